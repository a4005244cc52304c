"""What the wards need from whoever knows who works where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Person:
    """Somebody who can be told. mobile, extension: empty where they have none. role: `nurse`, `supervisor`, …"""

    name: str
    mobile: str = ""
    extension: str = ""
    role: str = "nurse"


class Duties(Protocol):
    """Who is on duty. Every answer comes at once, from memory: a call that waits cannot wait for records."""

    def on_duty(self, ward: str, at: datetime) -> Sequence[Person]:
        """Everybody on duty in `ward` at `at`, whatever their role, in the order they are told."""
        ...

    def assigned(self, ward: str, bed: str, at: datetime) -> Sequence[Person]:
        """Those to whom this bed is assigned at `at`."""
        ...

    def supervisor(self, ward: str, at: datetime) -> Sequence[Person]:
        """Who supervises `ward` at `at`."""
        ...

    def neighbours(self, ward: str) -> Sequence[str]:
        """Wards that help out."""
        ...

    def shifts(self, ward: str, at: datetime) -> Sequence[str]:
        """Which of the ward's shifts are on at `at`."""
        ...

    def night(self, ward: str, at: datetime) -> bool:
        """Whether `ward` works by night rules at `at`."""
        ...
