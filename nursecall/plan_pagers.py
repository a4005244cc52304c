"""Pager systems that we send pages to: one class a protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from nursecall.plan_lines import SerialLine
from nursecall.plan_values import Identity, Seconds


class PagerLine(SerialLine):
    """What every pager system has.

    address: the pager or group that is called where a page names none. patience: seconds after which a page that was
    not taken is given up, so that somebody else is told.
    """

    id: Identity
    address: str = Field(default="", max_length=16)
    encoding: Literal["ascii", "gb18030", "utf-8"] = "gb18030"
    patience: Seconds = 20

    @property
    def part(self) -> str:
        """Its name among the parts of the house, and among traces, where a host line may have the same id."""
        return f"pager:{self.id}"


class EspaPagers(PagerLine):
    """ESPA 4.4.4. role: `control` polls the pager system; `station` waits for its polls. own, peer: one digit each.

    beep: the code a pager beeps by; none for the system's own. priority: 1 alarm, 2 high, 3 normal, unless a page says.
    transmissions: how often the pager system sends each page. silence: seconds without a sign of life.
    """

    protocol: Literal["espa444"] = "espa444"
    role: Literal["station", "control"] = "control"
    own: str = Field(default="1", pattern=r"^[0-9]$")
    peer: str = Field(default="2", pattern=r"^[0-9]$")
    beep: int | None = Field(default=None, ge=1, le=9)
    priority: int = Field(default=3, ge=1, le=3)
    transmissions: int = Field(default=1, ge=1, le=9)
    silence: Seconds = 20


class TapPagers(PagerLine):
    """TAP 1.8: the pager system is the terminal that we log in to. It is asked nothing while nobody is paged."""

    protocol: Literal["tap"]
    data_bits: Literal[7, 8] = 7
    parity: Literal["none", "even", "odd"] = "even"
    encoding: Literal["ascii", "gb18030", "utf-8"] = "ascii"
    password: str = Field(default="", pattern=r"^[0-9A-Za-z]{0,6}$")
    patience: Seconds = 40


def _protocol(pagers: Any) -> str | None:
    if isinstance(pagers, Mapping):
        return str(pagers.get("protocol", "espa444"))
    return getattr(pagers, "protocol", None)


PagerSystem = Annotated[
    Annotated[EspaPagers, Tag("espa444")] | Annotated[TapPagers, Tag("tap")],
    Discriminator(_protocol),
]
"""A row of `[[nursecall.pagers]]`."""

AnyPagers = EspaPagers | TapPagers
