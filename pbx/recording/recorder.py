"""Takes what two say to one another, in Asterisk itself: it goes on when we are dead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation import journal
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import new_id
from pbx.engine.configuration import is_trunk
from pbx.leg import Gone, Leg
from pbx.plan_recording import Recording
from pbx.reason import Reason
from pbx.recording import store
from pbx.recording.capture import Capture
from pbx.recording.events import RecordingAsked
from pbx.recording.key_code import TalkCode
from pbx.recording.room import Room
from pbx.recording.rule import Verdict, verdict
from pbx.recording.talk import Talk
from pbx.switchboard import Switchboard

BY_OWNER = "It is recorded by the word of {rule}."


class Asterisk(Protocol):
    """`pbx.engine.records.Records`."""

    def hung_up(self, identity: str) -> datetime | None: ...


@dataclass
class _Under:
    """A talk that goes on. id: of its recording; wanted: whether it should be recorded now.

    leg: which is recorded, where that is not the talk's own.
    """

    talk: Talk
    verdict: Verdict
    id: str = ""
    leg: Leg | None = None
    wanted: bool = False
    busy: bool = False
    over: bool = False
    ended_at: datetime | None = None
    code: TalkCode | None = None


class Recorder:
    """Told of each leg of talk by `began` and `parted`. Nothing here ever holds up or ends a call."""

    log = Logger()

    def __init__(
        self,
        plan: Recording,
        capture: Capture,
        board: Switchboard,
        records: Asterisk,
        room: Room,
        database: Transactions,
        clock: Clock,
    ) -> None:
        self._plan, self._capture, self._board, self._records = plan, capture, board, records
        self._room, self._database, self._clock = room, database, clock
        self._talks: dict[str, _Under] = {}
        self._left: dict[str, tuple[str, Leg]] = {}
        self._passed: dict[str, str] = {}
        self._adopted: list[_Under] = []
        self._tasks = Tasks()
        room.filled = self._stop_all

    def began(self, talk: Talk) -> None:
        """Two begin to talk: record them, or be ready to."""
        under = self._follow(talk)
        self.log.debug("call {call}: {why}", call=talk.call, why=under.verdict.why.text("en"))
        self._passed_on(talk)
        self._attend(under)

    def adopted(self, talk: Talk) -> None:
        """Two have talked since before we were started; `take_up` finds whether they are recorded."""
        self._adopted.append(self._follow(talk))

    def _follow(self, talk: Talk) -> _Under:
        under = self._talks[talk.call] = _Under(talk, self._judged(talk))
        talk.leg.gone.then(lambda gone: self._over(under, gone.at))
        talk.other.gone.then(lambda gone: self._over(under, gone.at))
        return under

    def _attend(self, under: _Under) -> None:
        if under.verdict.mode == "always":
            self._want(under, True)
        elif under.verdict.mode == "on-demand":
            self._listen(under)

    def parted(self, call: str) -> None:
        """They no longer talk with one another."""
        if under := self._talks.get(call):
            self._over(under, self._clock.now())
        elif left := self._left.pop(call, None):
            self._tasks.start(self._end(*left, self._clock.now()), "ending a recording")

    async def ask(self, extension: str, by: str, *, begins: bool) -> bool:
        """Begin or end the recording of the talk that `extension` is in; False where that may not be."""
        under = next((one for one in self._talks.values() if extension in one.talk.ends.extensions), None)
        if under is None or under.verdict.mode != "on-demand" or under.wanted is begins:
            return False
        await self._ask(under, by, begins)
        return True

    def on_demand(self) -> dict[str, bool]:
        """Extensions in talk that may be recorded on demand, and whether they are."""
        may = [one for one in self._talks.values() if one.verdict.mode == "on-demand"]
        return {extension: one.wanted for one in may for extension in one.talk.ends.extensions}

    def take_up(self) -> None:
        """Follow recordings that a life before began, and went on without us. Calls are taken up by now."""
        self._tasks.start(self._tasks.until_done(self._take_up, "taking up recordings", self._clock), "recordings")

    async def _take_up(self) -> None:
        left = [one for one in await self._database.transact(store.going) if one.id not in self._ids()]
        there = {channel.id for channel in await self._board.channels()} if left else set()
        for one in left:
            leg = self._board.legs.get(one.channel)
            under = self._talks.get(one.call)
            if leg is not None and under is not None and under in self._adopted and not under.over:
                under.id, under.leg, under.wanted = one.id, leg, True
            elif leg is not None and one.channel in there:
                self._left[one.call] = (one.id, leg)
                leg.gone.then(partial(self._left_over, one.call))
            else:
                ended = self._records.hung_up(one.channel) or self._capture.written(one.id) or self._clock.now()
                await self._database.transact(partial(store.end, identity=one.id, at=ended))
        adopted, self._adopted = self._adopted, []
        for under in adopted:
            if under.id and under.over:
                self._want(under, False)
            elif under.id and under.verdict.mode == "on-demand":
                self._listen(under)
            elif not under.id and not under.over:
                self._attend(under)

    def stop(self) -> None:
        """Let go: what is being recorded goes on."""
        self._tasks.stop()
        for under in list(self._talks.values()):
            under.code = None
        self._talks.clear()
        self._left.clear()
        self._passed.clear()
        self._adopted.clear()

    def _judged(self, talk: Talk) -> Verdict:
        if keep := talk.keep:
            return Verdict("always", keep.rule, keep.days, Reason(BY_OWNER, {"rule": keep.rule}))
        return verdict(self._plan, talk.ends)

    def _ids(self) -> Collection[str]:
        return {under.id for under in self._talks.values()} | {identity for identity, _ in self._left.values()}

    def _listen(self, under: _Under) -> None:
        under.code = TalkCode(self._plan.key)
        for leg in (under.talk.leg, under.talk.other):
            if not is_trunk(leg.name):
                leg.pressed.append(partial(self._pressed, under, leg))

    def _pressed(self, under: _Under, leg: Leg, key: str, at: datetime) -> None:
        if under.code is not None and not under.over and under.code.hear(leg.id, key, at):
            by = leg.name.partition("/")[2].rpartition("-")[0]
            self._tasks.start(self._ask(under, by, not under.wanted), "recording on demand")

    async def _ask(self, under: _Under, by: str, begins: bool) -> None:
        asked = RecordingAsked(at=self._clock.now(), call=under.talk.call, by=by, begins=begins)
        await self._database.transact(lambda connection: journal.append(connection, asked))
        self._want(under, begins)

    def _want(self, under: _Under, wanted: bool) -> None:
        under.wanted = wanted
        if not under.busy:
            under.busy = True
            self._tasks.start(self._see_to(under), f"recording call {under.talk.call}")

    async def _see_to(self, under: _Under) -> None:
        """Until it is as it should be: whoever changes their mind meanwhile is heard."""
        try:
            while bool(under.id) is not (under.wanted and not under.over):
                if under.id:
                    identity, under.id = under.id, ""
                    self._leave_word(under, identity)
                    await self._end(identity, under.leg or under.talk.leg, under.ended_at or self._clock.now())
                elif not await self._begin(under):
                    under.wanted = False
        finally:
            under.busy = False

    def _over(self, under: _Under, at: datetime) -> None:
        if under.over:
            return
        under.over, under.ended_at = True, at
        under.code = None
        if self._talks.get(under.talk.call) is under:
            del self._talks[under.talk.call]
        if under.id:
            self._want(under, False)

    def _leave_word(self, under: _Under, identity: str) -> None:
        """Who of the two talks on with another is told in this recording, too."""
        for leg in (under.talk.leg, under.talk.other):
            if under.over and leg.alive:
                self._passed[leg.id] = identity
                leg.gone.then(partial(self._forget, leg.id))

    def _forget(self, leg: str, _gone: Gone) -> None:
        self._passed.pop(leg, None)

    def _passed_on(self, talk: Talk) -> None:
        for leg in (talk.leg, talk.other):
            if identity := self._passed.pop(leg.id, ""):
                to = talk.called if leg is talk.leg else talk.caller
                passed = partial(store.passed, identity=identity, to=to)
                self._tasks.start(self._database.transact(passed), "noting a transfer")

    def _left_over(self, call: str, gone: Gone) -> None:
        if left := self._left.pop(call, None):
            self._tasks.start(self._end(*left, gone.at), "ending a recording")

    async def _begin(self, under: _Under) -> bool:
        talk = under.talk
        if not self._room.open:
            self.log.warn("call {call} is not recorded: there is no room", call=talk.call)
            return False
        try:
            await self._capture.announce(talk)
            if under.over:
                return False
            identity, now = new_id(), self._clock.now()
            keep = timedelta(days=under.verdict.keep_days)
            row = (identity, talk, under.verdict.rule, self._plan.format, now, keep)
            under.id = identity
            await self._database.transact(lambda connection: store.begin(connection, *row))
            await self._capture.start(talk.leg, identity)
        except CancelledError:
            raise
        except Exception as why:
            self.log.warn("call {call} is not recorded: {why}", call=talk.call, why=why)
            self._room.failed(why)
            identity, under.id = under.id, ""
            if identity:
                await self._database.transact(partial(store.drop, identity=identity))
            return False
        self._room.worked()
        return True

    async def _end(self, identity: str, leg: Leg, at: datetime) -> None:
        if leg.alive:
            await self._capture.stop(leg, identity)

        async def end() -> None:
            await self._database.transact(partial(store.end, identity=identity, at=at))

        await self._tasks.until_done(end, "ending a recording", self._clock)

    def _stop_all(self) -> None:
        for under in list(self._talks.values()):
            if under.wanted:
                self.log.warn("call {call} is no longer recorded: there is no room", call=under.talk.call)
                self._want(under, False)
