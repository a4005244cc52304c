"""`kill -9` at any moment, also between memory and disk: what the records bring back is what the journal tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from appliance.foundation.health import State
from appliance.foundation.journal import verify
from nursecall.board import Place, place
from nursecall.calls import CallFacts, OpenCall
from nursecall.cancelling import MayNotCancel
from nursecall.events import CallEscalated, CallNotStored
from nursecall.reading import Press
from nursecall.replay import History, fold
from nursecall.store import CallStore
from tests.fakes.database import InlineDatabase
from tests.nursecall.a_ward import AWard, ward_with
from tests.support import now

T = TypeVar("T")


FAULT = sa.exc.OperationalError("INSERT", {}, Exception("disk full"))
MOODS = ("well", "well", "broken", "hangs before", "hangs after", "loses its answers")


class Disk(InlineDatabase):
    """Storage of many moods. It can hang or fail before the commit, and after it, when only the answer is missing."""

    def __init__(self) -> None:
        super().__init__()
        self.mood = "well"

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        if self.mood == "hangs before":
            await Deferred()
        if self.mood == "broken":
            raise FAULT
        result = await super().transact(work)
        if self.mood == "hangs after":
            await Deferred()
        if self.mood == "loses its answers":
            raise FAULT
        return result


class Killable(AWard):
    """The ward on such a disk. promised: beds and types whose press the wire was told is taken, and is on record."""

    def __init__(self, *, ends: bool) -> None:
        super().__init__(ward_with(0, presence_off_ends=ends, neighbours=["w2"]), start=False)
        self.database = self.disk = Disk()
        self.promised: set[Place] = set()
        self.restart()

    def facts(self) -> dict[str, CallFacts]:
        """All that memory knows of open calls, as the journal may know it."""
        return {call.facts.id: bare(call.facts) for call in self.wards._held.board}

    def places(self) -> set[Place]:
        """Where calls are open, by what was pressed there."""
        return {place(call.facts) for call in self.wards._held.board}

    def settled(self) -> bool:
        """Whether everything is on disk, and was read from there."""
        scribe = self.wards._held._scribe
        return scribe._started and not scribe._backlog and self.disk.mood == "well"

    def kill(self, mood: str) -> None:
        """Without a word to anybody; then up again, on a disk in that mood."""
        self.wards.stop()
        self.disk.mood = "well"
        self.agree()
        self.disk.mood = mood
        self.restart(start=False)
        Deferred.fromCoroutine(self.wards.start())

    def check(self) -> None:
        """Memory says the same as records and journal, and no promise is broken."""
        assert self.facts() == self.agree().open()
        assert self.promised <= self.places()

    def agree(self) -> History:
        """What the journal tells: the records say the same, the chain is whole, and nothing stands there twice."""
        journal = self.journal()
        told, (calls, bedsides) = fold(journal), now(CallStore(self.database).left())
        assert {facts.id: bare(facts) for facts in calls} == told.open()
        assert {(one.ward, one.bed): replace(one, changes=0) for one in bedsides} == told.bedsides
        numbered = [
            (entry.kind, entry.body["call"], entry.body.get("presses"), entry.body.get("serial"))
            for entry in journal
            if entry.kind.split(".")[1] in ("CallRaised", "CallRepeated", "CallEscalated")
        ]
        assert len(numbered) == len(set(numbered))
        with self.database.engine.begin() as connection:
            assert list(verify(connection)) == []
        return told

    def nth(self, which: int) -> OpenCall | None:
        """One of the open calls."""
        calls = self.wards.open()
        return calls[which % len(calls)] if calls else None


def bare(facts: CallFacts) -> CallFacts:
    """Without what is never journalled: names, notes, and how often the row was written."""
    return replace(facts, patient=None, note="", changes=0)


@dataclass(frozen=True)
class Op:
    """Something that happens: `what`, and to which."""

    what: str
    bed: str
    kind: str
    which: int
    seconds: int
    yes: bool

    def to(self, ward: Killable) -> None:
        """Let it happen."""
        getattr(self, self.what)(ward)

    def press(self, ward: Killable) -> None:
        told = ward.wards.heard(ward.line(), Press("w1", self.bed, self.kind))
        call = ward.wards._held.board.at("w1", self.bed, self.kind)
        assert call is not None
        # Only where storage was late or down may it be lost, and then the screen says so.
        unstored = {event.call for event in ward.heard(CallNotStored)}
        if told is None or (told.called and call.facts.id not in unstored):
            ward.promised.add(place(call.facts))

    def reset(self, ward: Killable) -> None:
        ward.promised -= {one for one in ward.promised if one[1] == self.bed}
        ward.reset(self.bed, self.kind if self.yes else None)

    def presence(self, ward: Killable) -> None:
        if ward.plan.wards[0].presence_off_ends and not self.yes:
            ward.promised -= {one for one in ward.promised if one[1] == self.bed}
        ward.presence(self.bed, self.yes)

    def terminal(self, ward: Killable) -> None:
        ward.terminal(self.bed, self.yes)

    def line(self, ward: Killable) -> None:
        ward.line_is(State.UP if self.yes else State.DOWN)

    def wait(self, ward: Killable) -> None:
        for _ in range(self.seconds):
            ward.clock.advance(5)

    def acknowledge(self, ward: Killable) -> None:
        self._do(ward, lambda call: ward.wards.acknowledge(call, "李"))

    def cancel(self, ward: Killable) -> None:
        call = ward.nth(self.which)
        if call is not None:
            ward.promised -= {one for one in ward.promised if one[1] == call.bed}
            self._run(ward.wards.cancel(call.id, "李"))

    def talk(self, ward: Killable) -> None:
        if self.yes:
            self._do(ward, lambda call: ward.wards.talk_began(call, "李"))
        else:
            self._do(ward, lambda call: ward.wards.talk_ended(call, "李"))

    def result(self, ward: Killable) -> None:
        told = ward.heard(CallEscalated)
        if told:
            event, outcomes = told[self.which % len(told)], ("accepted", "declined", "failed", "no-answer", "delivered")
            outcome: Any = outcomes[self.seconds % 5]
            for who, device in event.to:
                at = ward.clock.now()
                self._run(ward.wards.step_result(event.call, event.serial, device, who, outcome, at))

    def service(self, ward: Killable) -> None:
        self._run(ward.wards.raise_service("w1", self.bed, "service", "热水", "王"))

    def disk(self, ward: Killable) -> None:
        ward.disk.mood = MOODS[self.which]

    def mend(self, ward: Killable) -> None:
        ward.disk.mood = "well"
        ward.clock.advance(5)

    def kill(self, ward: Killable) -> None:
        ward.kill(MOODS[self.which])

    def _do(self, ward: Killable, what: Callable[[str], Any]) -> None:
        call = ward.nth(self.which)
        if call is not None:
            self._run(what(call.id))

    @staticmethod
    def _run(coroutine: Any) -> None:
        Deferred.fromCoroutine(coroutine).addErrback(_forbidden)


def _forbidden(why: Failure) -> None:
    why.trap(MayNotCancel)  # type: ignore[no-untyped-call]


PEOPLE = ("acknowledge", "cancel", "talk", "result", "service")
OPS = st.builds(
    Op,
    what=st.sampled_from(
        (*["press"] * 3, "wait", "reset", "presence", "terminal", "line", *PEOPLE, "disk", "mend", "kill")
    ),
    bed=st.sampled_from(["1", "1", "加1"]),
    kind=st.sampled_from(["call", "call", "wc", "code", "quiet"]),
    which=st.integers(0, 5),
    seconds=st.integers(1, 30),
    yes=st.booleans(),
)


@settings(max_examples=100, deadline=None)
@given(ops=st.lists(OPS, min_size=15, max_size=60), ends=st.booleans())
def test_whatever_happens_and_whenever_it_is_killed(ops: list[Op], ends: bool) -> None:
    """The records after a restart are what the journal tells; no call is lost that the wire was told is taken."""
    ward = Killable(ends=ends)
    for op in ops:
        op.to(ward)
        if ward.settled():
            ward.check()
    ward.kill("well")
    assert ward.settled()
    ward.check()
    ward.wards.stop()
    assert ward.clock.twisted.getDelayedCalls() == []
