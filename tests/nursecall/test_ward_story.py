"""Any story a ward can tell: presses, resets, acknowledgements, time, broken storage, restarts, in any order."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from appliance.foundation.journal import Event, verify
from nursecall.events import AnnouncementDue
from nursecall.replay import fold
from nursecall.schema import nurse_calls
from tests.nursecall.a_ward import PLAN, AWard
from tests.support import now

BROKEN = sa.exc.OperationalError("INSERT", {}, Exception("disk full"))
TICK = 10
"""Seconds; patience and retries happen on this grid, so that the model knows when."""

LAST = 4
"""Three messages, then the station."""

PATIENCE = {"w1": timedelta(seconds=120), "w2": timedelta(seconds=60)}
PRIORITY = {kind["id"]: kind["priority"] for kind in PLAN["call_types"]}
SILENT = {"quiet"}

Place = tuple[str, str, str]
PLACES = st.sampled_from([("w1", "1", "call"), ("w1", "1", "quiet"), ("w1", "加1", "call"), ("w2", "1", "call")])
"""Few, so that much happens at each."""


@dataclass
class Model:
    """What a call is, said as simply as possible."""

    raised_at: datetime
    since: datetime
    presses: int = 1
    taken: bool = False
    step: int = 0
    escalations: int = 0

    @property
    def state(self) -> str:
        """As the screen shows it."""
        return "acknowledged" if self.taken else "escalated" if self.step else "raised"


class Story(RuleBasedStateMachine):
    """The real service beside the model."""

    def __init__(self) -> None:
        super().__init__()
        self.ward = AWard()
        self.ward.bus.subscribe(AnnouncementDue, self.spoken)
        self.open: dict[Place, Model] = {}
        self.written: dict[Place, Model] = {}
        self.hidden: dict[Place, Model] = {}
        self.recalled = True

    def teardown(self) -> None:
        self.ward.wards.stop()
        assert self.ward.clock.twisted.getDelayedCalls() == []

    @property
    def broken(self) -> bool:
        """Whether nothing can be written now."""
        return self.ward.database.broken is not None

    @property
    def now(self) -> datetime:
        """The time."""
        return self.ward.clock.now()

    def keep(self) -> None:
        """What is done while storage works is written."""
        if not self.broken:
            self.written = deepcopy(self.open)

    def spoken(self, event: Event) -> None:
        """Only a call that waits for somebody is spoken, and only if it may be."""
        assert isinstance(event, AnnouncementDue)
        (call,) = (call for call in self.ward.wards.open() if call.id == event.call)
        assert call.state != "acknowledged"
        assert call.call_type not in SILENT

    def pass_on(self) -> None:
        """What the model does when patience is over."""
        for (ward, _, _), call in self.open.items():
            if not call.taken and call.step < LAST and self.now >= call.since + PATIENCE[ward]:
                # Nobody is on duty in the second ward: messages reach nobody, so the last destination has it at once.
                alone = ward == "w2"
                call.step, call.escalations = LAST if alone else call.step + 1, call.escalations + 1 + alone
                call.since = self.now

    @rule(place=PLACES)
    def press(self, place: Place) -> None:
        """Somebody calls."""
        ward, bed, kind = place
        self.ward.press(bed, kind, ward)
        call = self.open.get((ward, bed, kind))
        if call is None:
            self.open[ward, bed, kind] = Model(self.now, self.now)
        else:
            call.presses += 1
            if call.taken:
                call.taken, call.step, call.since = False, 0, self.now
        self.keep()

    @rule(place=PLACES, one=st.booleans())
    def reset(self, place: Place, one: bool) -> None:
        """Somebody was there."""
        ward, bed, kind = place[0], place[1], place[2] if one else None
        self.ward.reset(bed, kind, ward)
        for calls in (self.open, self.hidden):
            for place in list(calls):
                if place[:2] == (ward, bed) and kind in (None, place[2]):
                    del calls[place]
        self.keep()

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def acknowledge(self, data: Any) -> None:
        """Somebody at a screen says “I come”."""
        call = data.draw(st.sampled_from(self.ward.wards.open()))
        assert now(self.ward.wards.acknowledge(call.id, "李静"))
        self.open[call.ward, call.bed, call.call_type].taken = True
        self.keep()

    @rule(ticks=st.sampled_from([1, 6, 12]))
    def wait(self, ticks: int) -> None:
        """Time passes."""
        for _ in range(ticks):
            self.ward.clock.advance(TICK)
            self.pass_on()
        self.keep()

    @precondition(lambda self: not self.broken)
    @rule()
    def fail(self) -> None:
        """Storage breaks."""
        self.ward.database.broken = BROKEN

    @precondition(lambda self: self.broken)
    @rule()
    def mend(self) -> None:
        """Storage works again; within a moment everything is written and read that was not."""
        self.ward.database.broken = None
        self.ward.clock.advance(TICK)
        self.come_back()

    @rule(broken=st.booleans())
    def restart(self, broken: bool) -> None:
        """`kill -9`, and up again: what was never written is gone, all else is as it was."""
        if broken:
            self.ward.database.broken = BROKEN
        self.ward.restart()
        self.ward.bus.subscribe(AnnouncementDue, self.spoken)
        self.ward.clock.advance(0)
        self.open, self.hidden, self.recalled = {}, deepcopy(self.written), False
        if not self.broken:
            self.come_back()

    def come_back(self) -> None:
        """What was written before is open again, except where the bed has pressed anew."""
        if not self.recalled:
            self.open |= {place: call for place, call in self.hidden.items() if place not in self.open}
            self.hidden, self.recalled = {}, True
        self.pass_on()
        self.keep()

    @invariant()
    def the_screen_shows_what_is_open(self) -> None:
        """Every call, each once, as it is, the most urgent first."""
        shown = self.ward.wards.open()
        assert {(call.ward, call.bed, call.call_type): self.shown(call) for call in shown} == {
            place: (call.state, call.presses, call.escalations, call.raised_at, PRIORITY[place[2]])
            for place, call in self.open.items()
        }
        assert len(shown) == len(self.open)
        order = [(call.priority, call.raised_at) for call in shown]
        assert order == sorted(order)
        assert self.broken or all(call.stored for call in shown)

    @staticmethod
    def shown(call: Any) -> tuple[object, ...]:
        """What the model knows too."""
        return call.state, call.presses, call.escalations, call.raised_at, call.priority

    @invariant()
    def the_records_agree(self) -> None:
        """Never two open calls at one place; every row is what the journal tells; the chain is whole."""
        with self.ward.database.engine.begin() as connection:
            rows = [row._mapping for row in connection.execute(sa.select(nurse_calls))]
            assert list(verify(connection)) == []
        places = Counter((row["ward"], row["bed"], row["call_type"]) for row in rows if row["ended_at"] is None)
        assert all(count == 1 for count in places.values())
        told = fold(self.ward.journal()).calls
        assert {row["id"]: (row["state"], row["presses"], row["escalations"], row["step"]) for row in rows} == {
            call: (facts.state, facts.presses, facts.escalations, facts.step) for call, facts in told.items()
        }
        if not self.broken:
            assert set(places) == set(self.open)


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
