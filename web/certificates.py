"""What the page of the box's certificate asks for and gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


class NotTaken(Exception):
    """What was brought, or asked for, cannot be used; nothing has changed. The text is a message id for `facts`."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts = facts


@dataclass(frozen=True)
class CertificateShown:
    """The certificate in force. own: the box made it itself. names: those it is for, and addresses.

    sha256: the fingerprint as browsers show it, two hexadecimal digits a byte between colons. days: left, negative
    when it has ended. asked: whether a request is waiting for its certificate. kept: whether there is one of the
    hospital's, in force or not. trouble: a message id of why that is not in force, for `facts`; empty for none.
    """

    own: bool
    names: Sequence[str]
    issuer: str
    begins: datetime
    ends: datetime
    days: int
    sha256: str
    asked: bool
    kept: bool
    trouble: str
    facts: dict[str, object]
