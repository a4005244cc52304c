"""A supervisor with a call of others: listens, whispers to one side, joins in, or ends it. Each is on record first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.journal import Event
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import new_id
from pbx.ari.transport import AriError
from pbx.callout import NotReached
from pbx.calls.events import CallReleased, CallSupervised
from pbx.dialer import Conversation
from pbx.leg import Leg, first
from pbx.party import Party
from pbx.switchboard import Switchboard

Mode = Literal["listen", "whisper", "join"]
MODES: tuple[Mode, ...] = ("listen", "whisper", "join")

RINGS = timedelta(seconds=20)
LONGEST = timedelta(hours=4)

NO_CALL = "The call has already ended."
NO_PHONE = "Telephone {extension} does not answer."
NOT_ITSELF = "Telephone {extension} is in this call itself."
AWAY = "The exchange does not answer."


class NoSupervision(Exception):
    """It could not be done: a message id and its facts."""

    def __init__(self, message: str, **facts: str) -> None:
        super().__init__(message.format(**facts))
        self.message, self.facts = message, facts


class Talks(Protocol):
    """`pbx.dialer.Dialer`."""

    def talks(self) -> Sequence[Conversation]: ...
    def has(self, call: str) -> bool: ...
    async def release(self, call: str) -> None: ...


class Phones(Protocol):
    """`pbx.callout.Callout`."""

    async def desk(
        self, extension: str, ring: timedelta, longest: timedelta, *, auto_answer: bool = False, shown: str = ""
    ) -> Party: ...


@dataclass
class _Attending:
    """A supervisor at `party` with `talk`. ear: the channel that hears it; bridge: where both are, when not joined."""

    talk: Conversation
    target: Leg
    party: Party
    mode: Mode
    by: str
    ear: str = ""
    bridge: str = ""


class Supervision:
    """`is_extension`: whether a leg's endpoint is a telephone of the house: whispering is to that side."""

    log = Logger()

    def __init__(
        self,
        talks: Talks,
        phones: Phones,
        board: Switchboard,
        is_extension: Callable[[str], bool],
        database: Transactions,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self._talks, self._phones, self._board, self._is_extension = talks, phones, board, is_extension
        self._database, self._clock, self._bus = database, clock, bus
        self._with: dict[str, _Attending] = {}
        self._tasks = Tasks()

    def stop(self) -> None:
        """Attend to no call any more."""
        self._tasks.stop()

    def talks(self) -> Sequence[Conversation]:
        """Every call in which two talk now."""
        return self._talks.talks()

    def attended(self, call: str) -> Sequence[tuple[str, Mode]]:
        """Telephones of supervisors that are with a call, and how."""
        return [(who, one.mode) for who, one in self._with.items() if one.talk.call == call]

    async def attend(self, call: str, mode: Mode, extension: str, by: str) -> None:
        """Bring `extension` to a call, or change how it is with it; returns when it is so. Raises NoSupervision."""
        talk = self._talk(call)
        if extension in (talk.caller.endpoint, talk.called.endpoint):
            raise NoSupervision(NOT_ITSELF, extension=extension)
        attending = self._with.get(extension)
        if attending is not None and attending.talk.call != call:
            await self._end(attending)
            attending = None
        await self._record(CallSupervised(at=self._clock.now(), call=call, mode=mode, extension=extension, by=by))
        try:
            if attending is None:
                attending = await self._brought(talk, mode, extension, by)
            else:
                await self._apart(attending)
            attending.mode = mode
            await self._together(attending)
        except AriError as why:
            self.log.info("call {call} could not be attended: {why}", call=call, why=why)
            if attending is not None:
                await self._end(attending)
            raise NoSupervision(NO_CALL if self._over(talk) else AWAY) from why

    async def release(self, call: str, by: str) -> None:
        """End a call of others, be it that it only rings. Raises NoSupervision."""
        if not self._talks.has(call):
            raise NoSupervision(NO_CALL)
        await self._record(CallReleased(at=self._clock.now(), call=call, by=by))
        await self._talks.release(call)

    def _talk(self, call: str) -> Conversation:
        talk = next((talk for talk in self._talks.talks() if talk.call == call), None)
        if talk is None:
            raise NoSupervision(NO_CALL)
        return talk

    def _over(self, talk: Conversation) -> bool:
        return all(one.call != talk.call for one in self._talks.talks())

    async def _brought(self, talk: Conversation, mode: Mode, extension: str, by: str) -> _Attending:
        shown = f"{talk.caller.endpoint} – {talk.called.endpoint}"
        try:
            party = await self._phones.desk(extension, RINGS, LONGEST, auto_answer=True, shown=shown)
        except NotReached as why:
            raise NoSupervision(NO_PHONE, extension=extension) from why
        if self._over(talk):
            await party.hang_up()
            raise NoSupervision(NO_CALL)
        target = talk.caller if self._is_extension(talk.caller.endpoint) else talk.called
        attending = self._with[extension] = _Attending(talk, target, party, mode, by)
        self._tasks.start(self._until_over(extension, attending), f"supervising call {talk.call}")
        return attending

    async def _together(self, one: _Attending) -> None:
        ask = self._board.ari.request
        if one.mode == "join":
            await ask("POST", f"bridges/{one.talk.bridge}/addChannel", channel=one.party.leg.id)
            return
        one.ear, one.bridge = f"{one.talk.call}-ear-{new_id()[:8]}", f"{one.talk.call}-ears-{new_id()[:8]}"
        whisper = "out" if one.mode == "whisper" else "none"
        ear = self._board.leg(one.ear)
        await ask(
            "POST", f"channels/{one.target.id}/snoop/{one.ear}", spy="both", whisper=whisper, app="nightbell",
            appArgs="dialled",
        )  # fmt: skip
        await first(ear.entered, ear.gone)
        await ask("POST", f"bridges/{one.bridge}", type="mixing")
        await ask("POST", f"bridges/{one.bridge}/addChannel", channel=f"{one.party.leg.id},{one.ear}")

    async def _apart(self, one: _Attending) -> None:
        attempt = self._board.ari.attempt
        if one.mode == "join":
            await attempt("POST", f"bridges/{one.talk.bridge}/removeChannel", channel=one.party.leg.id)
            return
        await attempt("POST", f"bridges/{one.bridge}/removeChannel", channel=one.party.leg.id)
        await self._board.hang_up(one.ear)
        await attempt("DELETE", f"bridges/{one.bridge}")

    async def _until_over(self, extension: str, one: _Attending) -> None:
        try:
            await first(one.party.leg.gone, one.talk.over)
        finally:
            self._with.pop(extension, None)
        await self._end(one)

    async def _end(self, one: _Attending) -> None:
        await self._apart(one)
        await one.party.hang_up()

    async def _record(self, event: Event) -> None:
        """Before it is done: what is not on record does not happen."""
        await self._database.transact(lambda connection: journal.append(connection, event))
        self._bus.publish(event)
