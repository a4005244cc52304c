"""How a step of an escalation is carried out: one carrier a kind. Each tells the wards what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from nursecall.calls import OpenCall
from nursecall.events import CallEscalated, Outcome
from nursecall.plan_escalation import By
from pbx.events import MessageDelivered, MessageFailed


class Carrier(Protocol):
    """Carries out steps of one kind. What becomes of each addressee it reports with `Wards.step_result`."""

    async def carry(self, step: CallEscalated, text: str) -> None:
        """Tell everybody in `step.to`. text: the call in a sentence, without a patient's name."""
        ...


class Results(Protocol):
    """`nursecall.ward.Wards`."""

    def open(self, ward: str | None = None) -> list[OpenCall]: ...
    async def step_result(
        self, call: str, step: int, device: str, who: str, outcome: Outcome, at: datetime
    ) -> bool: ...


class Mail(Protocol):
    """Takes a short message; it is on disk when this returns."""

    async def accept(self, to: str, text: str, about: str) -> str: ...


class Carriers:
    """The carriers there are. A step for which there is none has failed, so that the next is taken at once."""

    log = Logger()

    def __init__(self, wards: Results, carriers: Mapping[By, Carrier]) -> None:
        self._wards, self._carriers = wards, carriers

    async def carry(self, step: CallEscalated, text: str) -> None:
        """Carry out `step`."""
        try:
            await self._carriers[step.by].carry(step, text)
        except CancelledError:
            raise  # we are being stopped: nothing has failed
        except Exception as why:
            if step.by in self._carriers:
                self.log.failure("a step by {by} could not be carried out: {why}", by=step.by, why=why)
            for who, device in step.to:
                await self._wards.step_result(step.call, step.serial, device, who, "failed", step.at)


class Stations:
    """The station screens show what waits anyway, and how often it was passed on: so they have it."""

    def __init__(self, wards: Results) -> None:
        self._wards = wards

    async def carry(self, step: CallEscalated, text: str) -> None:
        """Nothing is left to do."""
        for who, ward in step.to:
            await self._wards.step_result(step.call, step.serial, ward, who, "delivered", step.at)


class Texts:
    """Short messages."""

    log = Logger()

    def __init__(self, wards: Results, mail: Mail) -> None:
        self._wards, self._mail = wards, mail

    async def carry(self, step: CallEscalated, text: str) -> None:
        """Everybody gets one; a number that cannot be used is reported, and keeps nobody else from being told."""
        for who, mobile in step.to:
            try:
                await self._mail.accept(mobile, text, about=step.call)
            except Exception as why:
                self.log.warn("no message can be sent to {who}: {why}", who=who, why=why)
                await self._wards.step_result(step.call, step.serial, mobile, who, "failed", step.at)

    async def report(self, message: MessageDelivered | MessageFailed) -> None:
        """A message arrived, or never will: that is what became of the last telling of its call on that mobile."""
        outcome: Outcome = "delivered" if isinstance(message, MessageDelivered) else "failed"
        for call in self._wards.open():
            told = [one for one in call.told if call.id == message.about and one.by == "sms"]
            last = next((one for one in reversed(told) if one.device == message.to and one.outcome is None), None)
            if last is not None:
                await self._wards.step_result(call.id, last.serial, last.device, last.who, outcome, message.at)
