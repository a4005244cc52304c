"""One text to many, on every kind of storage: all or nobody, once, and again where it failed."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.foundation.journal import verify
from pbx.events import BroadcastMade, MessageFailed, MessageSent, MessagesRetried
from pbx.schema import messages
from pbx.sms import views
from pbx.sms.broadcasts import Broadcasts
from pbx.sms.people import Person
from pbx.sms.trouble import Declined, Unsendable
from tests.contracts.conftest import Storage
from tests.contracts.test_outbox import FakeModem, Story

PEOPLE = [Person(f"1380000000{n}", f"护士{n}") for n in range(1, 4)]
ID = "a" * 32


def broadcasts(story: Story) -> Broadcasts:
    """Over the story's outbox."""
    return Broadcasts(story.storage.database, story.outbox, story.clock, story.bus)


def test_everybody_gets_the_text_with_their_own_name(storage: Storage) -> None:
    """In the order of the list; made twice under one id, it is written once."""
    modem = FakeModem()
    story = Story(storage, modem)
    made: list[Any] = []
    story.bus.subscribe(BroadcastMade, made.append)

    async def scene() -> None:
        story.outbox.start()
        many = broadcasts(story)
        assert await many.make(ID, "{name},演练", PEOPLE, "it")
        assert not await many.make(ID, "{name},演练", PEOPLE, "it")
        await story.told(MessageSent, times=3)
        assert modem.texts() == ["护士1,演练", "护士2,演练", "护士3,演练"]
        row = await views.broadcast(storage.database, ID)
        assert row is not None
        assert (row.people, row.states, row.made_by) == (3, {"sent": 3}, "it")
        assert [one.name for one in await views.results(storage.database, ID)] == ["护士1", "护士2", "护士3"]

    story.play(scene())
    assert [(event.people, event.by) for event in made] == [(3, "it")]
    assert storage.transact(lambda connection: list(verify(connection))) == []


def test_one_who_cannot_be_written_to_stops_it_for_all(storage: Storage) -> None:
    """Nobody wonders who got it and who did not."""
    story = Story(storage)

    async def scene() -> None:
        for text, people in (("好" * 671, PEOPLE), ("{name}", [*PEOPLE, Person("10086")]), ("a", [])):
            with pytest.raises(Unsendable):
                await broadcasts(story).make(ID, text, people, "it")
        assert await story.rows(messages) == []
        assert await views.broadcast(storage.database, ID) is None

    story.play(scene())


def test_only_what_failed_is_tried_again(storage: Storage) -> None:
    """From the first part, with a full day before it."""
    modem = FakeModem(troubles=[None, Declined("the number does not exist", hopeless=True), None])
    story = Story(storage, modem)
    retried: list[Any] = []
    story.bus.subscribe(MessagesRetried, retried.append)

    async def scene() -> None:
        story.outbox.start()
        many = broadcasts(story)
        await many.make(ID, "演练", PEOPLE, "it")
        await story.told(MessageFailed)
        await story.told(MessageSent, times=2)
        story.clock.advance(7200)
        assert await many.again(ID, "it") == 1
        await story.told(MessageSent, times=3)
        assert await many.again(ID, "it") == 0
        assert modem.heard[-1].to == "13800000002"

    story.play(scene())
    assert [event.people for event in retried] == [1]


def test_messages_are_found_by_number_name_text_and_state(storage: Storage) -> None:
    """Newest first; signs that mean something to a database mean nothing here."""
    modem = FakeModem(troubles=[Declined("no", hopeless=True)])
    story = Story(storage, modem)

    async def found(**how: Any) -> list[str]:
        return [row.to for row in await views.outgoing(storage.database, **how)]

    async def scene() -> None:
        story.outbox.start()
        await story.outbox.accept("13800138000", "100% sure_")
        await story.told(MessageFailed)
        await broadcasts(story).make(ID, "演练", PEOPLE[:1], "it")
        await story.told(MessageSent)
        assert await found() == ["13800000001", "13800138000"]
        assert await found(search="护士") == ["13800000001"]
        assert await found(search="100% sure_") == ["13800138000"]
        assert await found(search="%") == ["13800138000"]
        assert await found(state="failed") == ["13800138000"]

    story.play(scene())
