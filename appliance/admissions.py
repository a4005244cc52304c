"""Who is admitted gets an account for calls, if the plan says so; who is discharged is to be settled."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, Protocol

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Language
from appliance.plan import Plan
from nursecall.patient import Patient
from nursecall.patient_events import PatientCame, PatientLeft

BY = "hospital system"
"""Who opened such an account, as the journal has it."""


class Beds(Protocol):
    """Who lies where."""

    def every(self, ward: str | None = None) -> Sequence[Patient]: ...


class Accounts(Protocol):
    """What is asked of billing."""

    async def open_for_visit(self, patient: str, holder: str, language: Language, by: str) -> str | None: ...
    async def leaving(self, patient: str, at: datetime | None, by: str) -> list[str]: ...
    async def visits(self) -> Sequence[str]: ...


class Admissions:
    """Listens to patients coming and going. What fails is logged, and made up for at the next start."""

    log = Logger()

    def __init__(self, bus: Bus, plan: Callable[[], Plan], beds: Beds, accounts: Accounts, clock: Clock) -> None:
        self._plan, self._beds, self._accounts, self._clock = plan, beds, accounts, clock
        self._tasks = Tasks()
        bus.subscribe(PatientCame, lambda came: self._begin(self._came(came.visit), "opening an account"))
        bus.subscribe(PatientLeft, lambda left: self._begin(self._left(left), "marking an account"))

    async def catch_up(self) -> None:
        """After a start: patients who came or left while nobody was listening."""
        here = {patient.key for patient in self._beds.every()}
        for key in sorted(here):
            await self._came(key)
        for key in await self._accounts.visits():
            if here and key not in here:
                await self._accounts.leaving(key, self._clock.now(), BY)

    async def _came(self, key: str) -> None:
        if not self._plan().billing.open_on_admission:
            return
        patient = next((one for one in self._beds.every() if one.key == key), None)
        if patient is None:
            return
        language = self._plan().site.language
        if await self._accounts.open_for_visit(key, patient.name[:64], language, BY) is None:
            await self._accounts.leaving(key, None, BY)

    async def _left(self, left: PatientLeft) -> None:
        await self._accounts.leaving(left.visit, left.at, BY)

    def stop(self) -> None:
        """Leave what is under way to the next start."""
        self._tasks.stop()

    def _begin(self, act: Coroutine[Any, Any, None], what: str) -> None:
        self._tasks.start(act, what)
