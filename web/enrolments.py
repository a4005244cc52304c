"""What the page of the box's certificate shows and takes of certificates that are asked for by the box itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Wish:
    """What was typed. roots: files with the authority's root certificate, as it hands them out. names: between blanks
    or commas, empty for what the box is called. Empty roots and hmac_key: as they were.
    """

    directory: str
    roots: Sequence[bytes] = ()
    contact: str = ""
    names: str = ""
    key_id: str = ""
    hmac_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class EnrolmentShown:
    """How it stands. root: name and fingerprint. asked: names and addresses it is for. in_settings: said there, so not
    to be changed here. next_at: when the next certificate is asked for; None while one is. why: a message id of what
    went wrong last, for `facts`; empty for nothing.
    """

    directory: str
    root: str
    contact: str
    names: Sequence[str]
    asked: Sequence[str]
    key_id: str
    in_settings: bool
    next_at: datetime | None
    why: str = ""
    facts: dict[str, object] = field(default_factory=dict)
