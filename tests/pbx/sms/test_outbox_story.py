"""Whatever happens, in whatever order: nothing accepted is lost, and nothing the network said yes to is sent again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from pbx.schema import messages
from pbx.sms.office import Fate, Letter, Office, Receipt
from pbx.sms.outbox import Outbox
from pbx.sms.post import BACK_OFF, LIFETIME
from pbx.sms.trouble import Declined, Gone, NotReady, Silent
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now

Key = tuple[str, str, int]
"""A part: message, gateway, number."""


@dataclass
class Handed:
    """A part that a gateway was given and has not answered."""

    key: Key
    answer: Deferred[str]


@dataclass
class World:
    """What stays when the box is killed. yes: parts with a yes that the box heard. wrong: promises it broke."""

    yes: set[Key] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    given: int = 0


@dataclass
class Way:
    """A gateway that answers when told. Texts of n characters go in n parts."""

    id: str
    world: World
    window: int = 2
    ready: bool = True
    office: Office | None = None
    handed: list[Handed] = field(default_factory=list)

    def attach(self, office: Office | None) -> None:
        self.office = office

    def parts(self, letter: Letter) -> int:
        return len(letter.text)

    async def send(self, letter: Letter, part: int) -> str:
        if not self.ready:
            raise NotReady
        key = (letter.id, self.id, part)
        if key in self.world.yes:
            self.world.wrong.append("a part that was taken is given again")
        if letter.id in self.world.done:
            self.world.wrong.append("a message that was sent is given again")
        if any(one.key[0] == letter.id for one in self.handed):
            self.world.wrong.append("a message is given twice at once")
        handed = Handed(key, Deferred())
        self.handed.append(handed)
        if len(self.handed) > self.window:
            self.world.wrong.append("more is given than the gateway wants at once")
        return await handed.answer

    def say_yes(self) -> None:
        """To the oldest; what the box does of it is done when this returns."""
        handed = self.handed.pop(0)
        self.world.given += 1
        reference = str(self.world.given)
        self.world.yes.add(handed.key)
        handed.answer.callback(reference)

    def say_no(self, why: Exception) -> None:
        """To the oldest."""
        if not isinstance(why, Declined):
            self.ready = False
        self.handed.pop(0).answer.errback(why)


NUMBERS = st.sampled_from(("13800000001", "13800000002", "10086"))
TROUBLES = st.sampled_from(("no", "hopeless", "silent", "gone"))
WHICH = st.integers(0, 2)


class Story(RuleBasedStateMachine):
    """One outbox over three gateways; killed and started again on the same records."""

    def __init__(self) -> None:
        super().__init__()
        self.database, self.clock, self.world = InlineDatabase(), FakeClock(), World()
        self.ways = [Way(name, self.world) for name in ("first", "second", "third")]
        self.accepted: dict[str, str] = {}
        self.hopeless: set[str] = set()
        self.begin()

    def begin(self) -> None:
        """A new life of the box, with nothing but what is on disk."""
        self.outbox = Outbox(self.database, self.clock, Bus())
        for way in self.ways:
            self.outbox.attach(way)
        self.outbox.start()

    def rows(self) -> dict[str, Any]:
        """Messages on disk by id."""
        found = now(self.database.transact(lambda connection: connection.execute(sa.select(messages)).all()))
        rows = {row.id: row for row in found}
        self.world.done |= {row.id for row in found if row.state in ("sent", "delivered")}
        return rows

    @rule(to=NUMBERS, parts=st.integers(1, 3), only=st.sampled_from(("", "", "", "second")))
    def accept(self, to: str, parts: int, only: str) -> None:
        """A message is accepted."""
        self.accepted[now(self.outbox.accept(to, "x" * parts, only=only))] = only

    @rule(which=WHICH)
    def yes(self, which: int) -> None:
        """A gateway takes the oldest part it was given."""
        if self.ways[which].handed:
            self.ways[which].say_yes()

    @rule(which=WHICH, trouble=TROUBLES)
    def no(self, which: int, trouble: str) -> None:
        """A gateway refuses the oldest part it was given, or falls silent."""
        way = self.ways[which]
        if not way.handed:
            return
        if trouble == "hopeless":
            self.hopeless.add(way.handed[0].key[0])
        way.say_no({"no": Declined("no"), "hopeless": Declined("never", hopeless=True), "silent": Silent(),
                    "gone": Gone()}[trouble])  # fmt: skip

    @rule(which=WHICH)
    def back(self, which: int) -> None:
        """A gateway is there again."""
        way = self.ways[which]
        way.ready = True
        if way.office is not None:
            way.office.gateway_ready()

    @rule(seconds=st.sampled_from((1, 5, 20, 61, 301, 3601)))
    def time_passes(self, seconds: int) -> None:
        """Less than would make a message too old."""
        self.clock.advance(seconds)

    @rule(fate=st.sampled_from(Fate), reference=st.integers(1, 20), which=WHICH)
    @precondition(lambda self: self.world.given)
    def report(self, fate: Fate, reference: int, which: int) -> None:
        """A report, perhaps of nothing we know, perhaps while others are under way."""
        way = self.ways[which]
        told = Deferred.fromCoroutine(self.outbox.reported(way.id, Receipt((str(reference),), "", fate)))
        told.addErrback(lambda _: None)
        if fate is Fate.FAILED:
            self.hopeless |= set(self.accepted)

    @rule()
    def killed(self) -> None:
        """kill -9: what gateways were given and did not answer is in the dark."""
        for way in self.ways:
            way.handed.clear()
        self.outbox.stop()
        self.begin()

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every accepted message is on disk, and only failed where it was hopeless or tried to the end."""
        rows = self.rows()
        assert self.world.wrong == []
        assert set(self.accepted) <= set(rows)
        for row in rows.values():
            tried_out = row.tries > len(BACK_OFF)
            old = self.clock.now() - row.accepted_at >= LIFETIME
            assert row.state != "failed" or row.id in self.hopeless or tried_out or old

    def teardown(self) -> None:
        """All is well at last: every message that is not given up goes out."""
        for way in self.ways:
            way.ready = True
        self.killed()
        for _ in range(400):
            for way in self.ways:
                while way.handed:
                    way.say_yes()
            self.clock.advance(timedelta(minutes=1))
            rows = self.rows()
            if all(row.state != "waiting" for row in rows.values()):
                break
        self.nothing_is_lost()
        assert all(row.state != "waiting" for row in self.rows().values())
        self.outbox.stop()


TestStory = Story.TestCase
TestStory.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
