"""Alarms on their way out: on disk before anything else, tried again, given up in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.journal import Event, entries
from pbx.events import NoticeFailed, NoticeSent
from pbx.notices import BACK_OFF, NotCarried, Notice, Notices
from pbx.schema import notices
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now


@dataclass
class FakeCarrier:
    """Satisfies notices.Carrier. troubles: raised by the next, None for one that goes well."""

    channel: str = "mail:it"
    troubles: list[NotCarried | None] = field(default_factory=list)
    carried: list[Notice] = field(default_factory=list)
    held: Deferred[None] | None = None

    async def carry(self, notice: Notice) -> None:
        self.carried.append(notice)
        trouble = self.troubles.pop(0) if self.troubles else None
        if self.held is not None:
            await self.held
        if trouble is not None:
            raise trouble


class Story:
    """Notices on storage in memory, with time that moves when told."""

    def __init__(self, *carriers: FakeCarrier) -> None:
        self.database, self.clock, self.carriers = InlineDatabase(), FakeClock(), carriers
        self.events: list[Event] = []
        self.restart()

    def restart(self) -> None:
        """As after kill -9."""
        bus = Bus()
        for kind in (NoticeSent, NoticeFailed):
            bus.subscribe(kind, self.events.append)
        self.notices = Notices(self.database, self.clock, bus)

    def accept(self, *subjects: str, channel: str = "mail:it") -> None:
        """One notice each."""
        now(self.notices.accept([Notice(channel, subject, "body", "it@hospital.example") for subject in subjects]))

    def states(self) -> list[str]:
        """Of every notice, oldest first."""
        query = sa.select(notices.c.state).order_by(notices.c.accepted_at)
        return now(self.database.transact(lambda connection: list(connection.execute(query).scalars())))


def test_each_carrier_gets_its_own_in_order() -> None:
    """What was accepted before it was there, too; events and journal tell."""
    mail, hook = FakeCarrier(), FakeCarrier("webhook:desk")
    story = Story(mail, hook)
    story.accept("one")
    story.notices.start([mail, hook])
    story.clock.advance(1)
    story.accept("two")
    story.accept("three", channel="webhook:desk")
    assert [notice.subject for notice in mail.carried] == ["one", "two"]
    assert [notice.subject for notice in hook.carried] == ["three"]
    assert [type(event) for event in story.events] == [NoticeSent] * 3
    kinds = now(story.database.transact(lambda connection: [entry.kind for entry in entries(connection)]))
    assert kinds == ["pbx.NoticeSent"] * 3
    story.notices.stop()


def test_tries_are_spaced_and_end() -> None:
    """Under the same id each time; a later notice does not wait for one that pauses."""
    carrier = FakeCarrier(troubles=[NotCarried("the mail server cannot be reached")] * (len(BACK_OFF) + 1))
    story = Story(carrier)
    story.notices.start([carrier])
    story.accept("one")
    for pause in BACK_OFF:
        tries = len(carrier.carried)
        story.clock.advance(pause - timedelta(seconds=1))
        assert len(carrier.carried) == tries
        story.clock.advance(timedelta(minutes=1))
    assert len({notice.id for notice in carrier.carried}) == 1
    (failed,) = story.events
    assert isinstance(failed, NoticeFailed)
    assert failed.why == "the mail server cannot be reached"
    story.accept("two")
    assert story.states() == ["failed", "sent"]
    story.notices.stop()


def test_a_hopeless_one_is_not_tried_again() -> None:
    """The recipient does not exist."""
    carrier = FakeCarrier(troubles=[NotCarried("the mail server refused the mail (550)", hopeless=True)])
    story = Story(carrier)
    story.notices.start([carrier])
    story.accept("one")
    assert story.states() == ["failed"]
    story.notices.stop()


def test_killed_in_the_middle_it_goes_out_again_under_the_same_id() -> None:
    """Nobody knows whether it was taken: better twice than never."""
    carrier = FakeCarrier(held=Deferred())
    story = Story(carrier)
    story.notices.start([carrier])
    story.accept("one")
    story.notices.stop()
    story.restart()
    carrier.held = None
    story.notices.start([carrier])
    assert story.states() == ["sent"]
    assert len({notice.id for notice in carrier.carried}) == 1
    story.notices.stop()


def test_broken_records_do_not_send_twice() -> None:
    """What was taken is recorded as soon as that is possible, and not sent again meanwhile."""
    carrier = FakeCarrier(held=Deferred())
    story = Story(carrier)
    story.notices.start([carrier])
    story.accept("one")
    story.database.broken = OSError("disk full")
    held, carrier.held = carrier.held, None
    assert held is not None
    held.callback(None)
    story.clock.advance(60)
    story.database.broken = None
    story.clock.advance(60)
    assert (story.states(), len(carrier.carried)) == (["sent"], 1)
    story.notices.stop()


def test_an_old_one_has_failed() -> None:
    """An alarm of yesterday would mislead."""
    story = Story()
    story.accept("one")
    story.clock.advance(timedelta(days=1, seconds=1))
    carrier = FakeCarrier()
    story.notices.start([carrier])
    assert (story.states(), carrier.carried) == (["failed"], [])
    story.notices.stop()
