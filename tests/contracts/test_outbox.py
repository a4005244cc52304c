"""The outbox keeps its promises on every kind of storage."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.journal import Event, entries, verify
from pbx.events import MessageAccepted, MessageDelivered, MessageFailed, MessageReceived, MessageSent
from pbx.schema import message_parts, messages, received_messages, received_parts
from pbx.sms.at import Verdict
from pbx.sms.inbox import Incoming
from pbx.sms.letters import pdus
from pbx.sms.office import Fate, Letter, Office, Receipt
from pbx.sms.outbox import Outbox
from pbx.sms.pdu import Alphabet, Concatenation, Deliver, Submit, decode_submit
from pbx.sms.post import BACK_OFF, LIFETIME
from pbx.sms.store import accept
from pbx.sms.trouble import GatewayError, Gone, NotReady, Refused, Unsendable
from tests.contracts.conftest import Storage
from tests.fakes.clock import START, FakeClock
from tests.real_reactor import Heard

LONG = "一病区28床呼叫无人应答,请您立即处理。" * 12


@dataclass
class FakeModem:
    """Satisfies office.Gateway. troubles: raised by the next messages, None for one that goes well."""

    id: str = "sms1"
    ready: bool = True
    troubles: list[GatewayError | None] = field(default_factory=list)
    heard: Heard[Submit] = field(default_factory=Heard)
    office: Office | None = None
    held: Deferred[None] | None = None
    window: int = 1
    given: int = 0

    def attach(self, office: Office | None) -> None:
        self.office = office

    def parts(self, letter: Letter) -> int:
        return len(list(pdus(letter)))

    async def send(self, letter: Letter, part: int) -> str:
        tpdu = list(pdus(letter))[part - 1]
        self.given += 1
        if not self.ready:
            raise NotReady
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, Gone):
            self.ready = False
        if trouble is not None:
            self.heard.append(decode_submit(tpdu))
            raise trouble
        if self.held is not None:
            await self.held
        self.heard.append(decode_submit(tpdu))
        return str(len(self.heard) % 256)

    def texts(self) -> list[str]:
        """What was given to it, part by part."""
        return [submit.text for submit in self.heard]


class Story:
    """An outbox on this storage, with time that moves when told."""

    def __init__(self, storage: Storage, *modems: FakeModem) -> None:
        self.storage = storage
        self.clock = FakeClock()
        self.events: Heard[Event] = Heard()
        self.modems = modems
        self.restart()

    def restart(self) -> None:
        """A new outbox, as after kill -9: nothing of the old one's memory."""
        self.bus = Bus()
        for kind in (MessageAccepted, MessageSent, MessageDelivered, MessageFailed, MessageReceived):
            self.bus.subscribe(kind, self.events.append)
        self.outbox = Outbox(self.storage.database, self.clock, self.bus)
        for modem in self.modems:
            self.outbox.attach(modem)

    async def told(self, kind: type[Event], times: int = 1) -> Any:
        """Wait for so many events of `kind`; the last."""
        await self.events.until(lambda events: sum(isinstance(event, kind) for event in events) >= times)
        return [event for event in self.events if isinstance(event, kind)][-1]

    async def rows(self, table: sa.Table) -> list[Any]:
        """All of a table."""
        return await self.storage.database.transact(lambda c: list(c.execute(sa.select(table)).all()))

    async def put_off(self) -> Any:
        """Wait until the message was put off; its row. Nothing is told of that, so storage is asked."""
        while True:
            (row,) = await self.rows(messages)
            if row.next_try_at is None or row.next_try_at > self.clock.now():
                return row

    async def time_passes(self, step: timedelta, until: Callable[[], bool]) -> None:
        """Step by step, with storage asked in between so that the outbox can keep in step."""
        while not until():
            self.clock.advance(step)
            await self.rows(messages)

    async def is_sent(self) -> Any:
        """Let time pass until the message is sent; the event."""
        await self.time_passes(timedelta(seconds=1), until=lambda: isinstance(self.events[-1], MessageSent))
        return self.events[-1]

    def play(self, scene: Coroutine[Any, Any, None]) -> None:
        """Run it to its end."""

        async def whole() -> None:
            try:
                await scene
            finally:
                self.outbox.stop()

        self.storage.run(whole())


def test_accepted_means_on_disk_and_in_the_journal(storage: Storage) -> None:
    """Before anything is sent; the text is in no event."""
    story = Story(storage)

    async def scene() -> None:
        identity = await story.outbox.accept(" +86 138-0013-8000 ", LONG, about="call-1")
        (row,) = await story.rows(messages)
        assert (row.id, row.to, row.text, row.state) == (identity, "+8613800138000", LONG, "waiting")
        assert await story.rows(message_parts) == []
        event = await story.told(MessageAccepted)
        assert event == MessageAccepted(at=START, message=identity, to="+8613800138000", about="call-1")

    story.play(scene())
    (entry,) = storage.transact(lambda connection: list(entries(connection)))
    assert entry.kind == "pbx.MessageAccepted"
    assert "text" not in entry.body


def test_what_is_refused_is_not_stored(storage: Storage) -> None:
    """Neither the message nor an event."""
    story = Story(storage)

    async def scene() -> None:
        for to, text in (("12", "a"), ("10086", "a\0b"), ("10086", "好" * 671)):
            with pytest.raises(Unsendable):
                await story.outbox.accept(to, text)
        assert await story.rows(messages) == []

    story.play(scene())
    assert list(story.events) == []


def test_messages_go_out_in_the_order_they_were_accepted(storage: Storage) -> None:
    """Accepted in the same instant, before there was a modem."""
    modem = FakeModem(ready=False)
    story = Story(storage, modem)

    async def scene() -> None:
        story.outbox.start()
        for number in range(12):
            await story.outbox.accept("10086", f"message {number}")
        modem.ready = True
        assert modem.office is not None
        modem.office.gateway_ready()
        await story.told(MessageSent, times=12)
        assert modem.texts() == [f"message {number}" for number in range(12)]

    story.play(scene())


def test_parts_ask_for_reports_and_the_last_report_means_delivered(storage: Storage) -> None:
    """Every part has one reference, its number, and a validity of a day."""
    modem = FakeModem()
    story = Story(storage, modem)

    async def scene() -> None:
        story.outbox.start()
        identity = await story.outbox.accept("13800138000", LONG, about="call-1")
        sent = await story.told(MessageSent)
        assert sent == MessageSent(at=START, message=identity, to="13800138000", about="call-1", gateway="sms1")
        assert all(submit.report and submit.validity == timedelta(days=1) for submit in modem.heard)
        places = [submit.part for submit in modem.heard]
        assert [place and (place.part, place.parts) for place in places] == [(n, 4) for n in (1, 2, 3, 4)]
        assert len({place and place.reference for place in places}) == 1
        assert "".join(modem.texts()) == LONG
        for reference in (3, 1, 4, 2):
            assert not any(isinstance(event, MessageDelivered) for event in story.events)
            await story.outbox.reported("sms1", report(reference))
        delivered = await story.told(MessageDelivered)
        assert (delivered.message, delivered.about) == (identity, "call-1")
        assert (await story.rows(messages))[0].state == "delivered"

    story.play(scene())


def report(reference: int, fate: Fate = Fate.DELIVERED, recipient: str = "+8613800138000") -> Receipt:
    """The network reports with the country code, whatever was dialled."""
    return Receipt((str(reference),), recipient, fate)


def test_reports_that_are_not_ours_change_nothing(storage: Storage) -> None:
    """Another number's, another gateway's, an unknown reference."""
    modem = FakeModem()
    story = Story(storage, modem, FakeModem("sms2", ready=False))

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", "a")
        await story.told(MessageSent)
        await story.outbox.reported("sms1", report(1, recipient="13900139000"))
        await story.outbox.reported("sms2", report(1))
        await story.outbox.reported("sms3", report(1))
        await story.outbox.reported("sms1", report(99))
        assert (await story.rows(messages))[0].state == "sent"
        await story.outbox.reported("sms1", report(1))
        assert (await story.rows(messages))[0].state == "delivered"
        await story.outbox.reported("sms1", report(1))

    story.play(scene())
    assert sum(isinstance(event, MessageDelivered) for event in story.events) == 1


def test_a_report_that_overtakes_the_answer_is_not_lost(storage: Storage) -> None:
    """The phone was quicker than the modem's own answer."""
    modem = FakeModem(held=Deferred())
    story = Story(storage, modem)

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", "a")
        await given_to(modem, story)
        early = Deferred.fromCoroutine(story.outbox.reported("sms1", report(1)))
        assert modem.held is not None
        modem.held.callback(None)
        await early
        await story.told(MessageDelivered)

    story.play(scene())
    assert [type(event) for event in story.events] == [MessageAccepted, MessageSent, MessageDelivered]


async def given_to(modem: FakeModem, story: Story) -> None:
    """Wait until the message is at the modem; storage is in step with the outbox, so it is asked until then."""
    while not modem.given:
        await story.rows(messages)


def test_the_network_gave_up(storage: Storage) -> None:
    """The message has failed, and says so once."""
    modem = FakeModem()
    story = Story(storage, modem)

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", LONG)
        await story.told(MessageSent)
        await story.outbox.reported("sms1", report(2, fate=Fate.FAILED))
        await story.outbox.reported("sms1", report(3, fate=Fate.FAILED))
        assert (await story.rows(messages))[0].state == "failed"

    story.play(scene())
    assert sum(isinstance(event, MessageFailed) for event in story.events) == 1


def test_tries_are_spaced_and_counted(storage: Storage) -> None:
    """Each pause longer than the one before; after the last try the message has failed, with the network's word."""
    congestion = Refused(Verdict.CMS, 42)
    modem = FakeModem(troubles=[congestion] * 100)
    story = Story(storage, modem)

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", "a", about="call-1")
        for tries, pause in enumerate(BACK_OFF, 1):
            row = await story.put_off()
            assert (row.tries, row.next_try_at - story.clock.now()) == (tries, pause)
            due = row.next_try_at
            await story.time_passes(pause / 4, until=partial(_more_than, modem, tries))
            assert story.clock.now() >= due
        failed = await story.told(MessageFailed)
        assert (failed.why, failed.about) == ("the network is congested", "call-1")

    story.play(scene())
    assert len(modem.heard) == len(BACK_OFF) + 1


def _more_than(modem: FakeModem, tries: int) -> bool:
    return len(modem.heard) > tries


def test_a_message_that_waits_lets_the_next_go(storage: Storage) -> None:
    """One number's trouble is not another's."""
    modem = FakeModem(troubles=[Refused(Verdict.CMS, 42)])
    story = Story(storage, modem)

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", "first")
        await story.put_off()
        await story.outbox.accept("13900139000", "second")
        await story.told(MessageSent)
        await story.time_passes(timedelta(seconds=1), until=lambda: len(modem.heard) == 3)
        assert modem.texts() == ["first", "second", "first"]

    story.play(scene())


def test_after_a_crash_only_missing_parts_are_sent(storage: Storage) -> None:
    """What is on record as sent is not sent again; the parts still fit together."""
    modem = FakeModem(troubles=[None, None, Gone()])
    story = Story(storage, modem)

    async def before() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", LONG)
        await story.put_off()

    async def after() -> None:
        modem.ready = True
        story.clock.advance(BACK_OFF[0])
        story.outbox.start()
        await story.told(MessageSent)

    story.play(before())
    story.restart()
    story.play(after())
    assert [submit.part and submit.part.part for submit in modem.heard] == [1, 2, 3, 3, 4]
    assert len({submit.part and submit.part.reference for submit in modem.heard}) == 1


def test_another_modem_begins_at_the_first_part(storage: Storage) -> None:
    """Phones join parts by their sender's number, so a half from each modem would never be whole."""
    first, second = FakeModem(troubles=[None, Gone()]), FakeModem("sms2", ready=False)
    story = Story(storage, first, second)

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", LONG)
        await story.put_off()
        second.ready = True
        assert (await story.is_sent()).gateway == "sms2"
        assert "".join(second.texts()) == LONG

    story.play(scene())


def test_what_a_modem_took_is_not_given_to_it_again_when_another_has_tried(storage: Storage) -> None:
    """The phone would show it twice; what is missing there is the rest."""
    first, second = FakeModem(troubles=[None, Gone()]), FakeModem("sms2", ready=False, troubles=[Gone()])
    story = Story(storage, first, second)

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", LONG)
        await story.put_off()
        second.ready = True
        await story.time_passes(timedelta(seconds=1), until=lambda: not second.ready)
        first.ready = True
        assert (await story.is_sent()).gateway == "sms1"
        taken, lost, *rest = first.texts()
        assert taken + "".join(rest) == LONG
        assert rest[0] == lost

    story.play(scene())


def test_what_a_modem_began_stays_its_own_while_it_is_there(storage: Storage) -> None:
    """The other one is free, but its half would be of no use."""
    first, second = FakeModem(troubles=[None, Refused(Verdict.CMS, 42)]), FakeModem("sms2", ready=False)
    story = Story(storage, second, first)

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", LONG)
        await story.put_off()
        second.ready = True
        assert (await story.is_sent()).gateway == "sms1"

    story.play(scene())
    assert second.texts() == []


def test_a_day_without_a_modem_is_the_end(storage: Storage) -> None:
    """An alarm of yesterday would mislead; that it failed is told."""
    story = Story(storage, FakeModem(ready=False))

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", "28床呼叫")
        story.clock.advance(LIFETIME)
        story.clock.advance(timedelta(minutes=1))
        failed = await story.told(MessageFailed)
        assert failed.why == "no gateway could send it within a day"

    story.play(scene())


def test_a_clock_put_back_holds_nothing_up(storage: Storage) -> None:
    """A try that a wrong clock set for next year is due now."""
    modem = FakeModem(troubles=[Refused(Verdict.CMS, 42)])
    story = Story(storage, modem)

    async def scene() -> None:
        story.clock = FakeClock(START + timedelta(days=365))
        story.restart()
        story.outbox.start()
        await story.outbox.accept("13800138000", "a")
        await story.put_off()
        story.outbox.stop()
        story.clock = FakeClock()
        story.restart()
        story.outbox.start()
        await story.told(MessageSent)

    story.play(scene())


def test_what_comes_in_is_stored_once(storage: Storage) -> None:
    """However often the modem hands it over; another like it, sent later, is another."""
    story = Story(storage, FakeModem())
    message = Incoming("+8613900139000", "收到 🏥", START, ())
    later = Incoming("+8613900139000", "收到 🏥", START + timedelta(seconds=1), ())

    async def scene() -> None:
        for incoming in (message, message, later):
            await story.outbox.arrived("sms1", incoming)
        rows = await story.rows(received_messages)
        assert [(row.sender, row.text, row.gateway) for row in rows] == [("+8613900139000", "收到 🏥", "sms1")] * 2

    story.play(scene())
    assert [type(event) for event in story.events] == [MessageReceived] * 2
    assert storage.transact(lambda connection: list(verify(connection))) == []


def test_the_first_gateway_that_is_ready_sends(storage: Storage) -> None:
    """In the order they were attached; the next one only while the first is away."""
    first, second = FakeModem("first"), FakeModem("second")
    story = Story(storage, first, second)

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", "one")
        await story.told(MessageSent)
        first.ready = False
        await story.outbox.accept("13800138000", "two")
        await story.told(MessageSent, times=2)
        first.ready = True
        await story.outbox.accept("13800138000", "three")
        await story.told(MessageSent, times=3)

    story.play(scene())
    assert (first.texts(), second.texts()) == (["one", "three"], ["two"])


def test_what_one_gateway_refuses_the_next_one_sends_at_once(storage: Storage) -> None:
    """No pause in between: an alarm does not wait for a gateway that says no."""
    first, second = FakeModem("first", troubles=[Refused(Verdict.CMS, 42)]), FakeModem("second")
    story = Story(storage, first, second)

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", "one")
        sent = await story.told(MessageSent)
        assert (sent.gateway, sent.at) == ("second", START)
        (row,) = await story.rows(messages)
        assert (row.tries, row.tried, row.gateway) == (0, "", "second")

    story.play(scene())


def test_when_every_gateway_refused_there_is_a_pause(storage: Storage) -> None:
    """One round of tries, however many gateways; then the first again."""
    congestion = Refused(Verdict.CMS, 42)
    first, second = FakeModem("first", troubles=[congestion]), FakeModem("second", troubles=[congestion])
    story = Story(storage, first, second)

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", "one")
        row = await story.put_off()
        assert (row.tries, row.next_try_at - story.clock.now(), row.tried) == (1, BACK_OFF[0], "")
        assert (await story.is_sent()).gateway == "first"

    story.play(scene())


def test_a_message_may_be_bound_to_one_gateway(storage: Storage) -> None:
    """A test of the second gateway that the first one sends would prove nothing."""
    first, second = FakeModem("first"), FakeModem("second", ready=False)
    story = Story(storage, first, second)

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", "test", only="second")
        await story.outbox.accept("13800138000", "other")
        await story.told(MessageSent)
        second.ready = True
        assert second.office is not None
        second.office.gateway_ready()
        await story.told(MessageSent, times=2)

    story.play(scene())
    assert (first.texts(), second.texts()) == (["other"], ["test"])


def test_an_alarm_goes_before_what_was_written_to_many(storage: Storage) -> None:
    """Though it was accepted later."""
    modem = FakeModem(ready=False)
    story = Story(storage, modem)

    async def scene() -> None:
        story.outbox.start()
        many = [replace(story.outbox.letter(f"1380013800{n}", "drill"), bulk=True) for n in range(5)]
        await story.storage.database.transact(lambda connection: accept(connection, many, START))
        await story.outbox.accept("13900139000", "bed 28")
        modem.ready = True
        story.outbox.look()
        await story.told(MessageSent, times=6)

    story.play(scene())
    assert modem.texts() == ["bed 28", *["drill"] * 5]


def test_a_window_of_messages_is_under_way_at_once(storage: Storage) -> None:
    """As many as the gateway wants, no more; a report for one that is not answered yet waits for its answer."""
    modem = FakeModem(window=3, held=Deferred())
    story = Story(storage, modem)

    async def scene() -> None:
        story.outbox.start()
        for number in range(5):
            await story.outbox.accept(f"1380013800{number}", "a")
        while modem.given < 3:
            await story.rows(messages)
        early = Deferred.fromCoroutine(story.outbox.reported("sms1", report(1, recipient="")))
        await story.rows(messages)
        assert (modem.given, early.called) == (3, False)
        assert modem.held is not None
        modem.held.callback(None)
        await early
        await story.told(MessageSent, times=5)
        await story.told(MessageDelivered)

    story.play(scene())


def test_the_newest_message_to_a_number_says_what_an_answer_is_about(storage: Storage) -> None:
    """With or without country code; not one that was never sent, nor one too long ago."""
    modem = FakeModem()
    story = Story(storage, modem)

    async def scene() -> None:
        story.outbox.start()
        for about in ("call-1", "call-2"):
            await story.outbox.accept("13800138000", "a", about=about)
            await story.told(MessageSent, times=int(about[-1]))
            story.clock.advance(timedelta(minutes=1))
        await story.outbox.accept("13900139000", "a", about="call-3")
        await story.told(MessageSent, times=3)
        modem.ready = False
        await story.outbox.accept("13800138000", "a", about="call-4")
        hours = timedelta(hours=2)
        assert await story.outbox.about("+8613800138000", hours) == "call-2"
        assert await story.outbox.about("8613900139000", hours) == "call-3"
        assert await story.outbox.about("13700137000", hours) == ""
        story.clock.advance(hours)
        assert await story.outbox.about("+8613800138000", hours) == ""

    story.play(scene())


def test_parts_that_come_in_wait_on_disk_for_each_other(storage: Storage) -> None:
    """In any order, with a kill in between, one of them twice; a surrogate pair that was cut is whole again."""
    story = Story(storage)
    texts = ["一" * 67, "二" * 66 + "\ud83c", "\udfe5 三"]
    parts = [Deliver("+8613900139000", text, Alphabet.UCS2, None, Concatenation(7, 3, n)) for n, text in
             enumerate(texts, 1)]  # fmt: skip

    async def scene() -> None:
        for part in (parts[2], parts[0], parts[2]):
            await story.outbox.part_arrived("smsc", part)
        assert await story.rows(received_messages) == []
        story.restart()
        await story.outbox.part_arrived("smsc", parts[1])
        (row,) = await story.rows(received_messages)
        assert (row.sender, row.gateway) == ("+8613900139000", "smsc")
        assert row.text == "一" * 67 + "二" * 66 + "\U0001f3e5 三"
        assert await story.rows(received_parts) == []

    story.play(scene())


def test_a_part_that_never_comes_is_marked(storage: Storage) -> None:
    """After an hour what there is is kept."""
    story = Story(storage)

    async def scene() -> None:
        story.outbox.start()
        part = Deliver("13900139000", "one ", Alphabet.GSM7, None, Concatenation(7, 2, 1, wide=True))
        await story.outbox.part_arrived("smsc", part)
        await story.time_passes(timedelta(minutes=10), until=lambda: bool(story.events))
        received = await story.told(MessageReceived)
        assert received.text == "one […]"

    story.play(scene())


def test_messages_bound_to_a_gateway_that_is_away_hold_nobody_up(storage: Storage) -> None:
    """However many they are."""
    first, second = FakeModem("first"), FakeModem("second", ready=False)
    story = Story(storage, first, second)

    async def scene() -> None:
        story.outbox.start()
        for number in range(20):
            await story.outbox.accept("13800138000", f"test {number}", only="second")
        await story.outbox.accept("13900139000", "bed 28")
        await story.told(MessageSent)

    story.play(scene())
    assert first.texts() == ["bed 28"]
