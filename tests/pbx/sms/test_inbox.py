"""Parts that come in become messages."""

from __future__ import annotations

from datetime import timedelta

from pbx.sms.inbox import Inbox, Place
from pbx.sms.pdu import Alphabet, Concatenation, Deliver
from tests.fakes.clock import START

HOUR = timedelta(hours=1)


def part(text: str, number: int, *, sender: str = "10086", reference: int = 7, parts: int = 3) -> Deliver:
    """One of three parts."""
    return Deliver(sender, text, Alphabet.UCS2, START, Concatenation(reference, parts, number))


def place(index: int) -> Place:
    """On the SIM."""
    return Place("SM", index)


def test_parts_in_any_order_make_one_message() -> None:
    """With every place it may be deleted from."""
    inbox = Inbox()
    assert inbox.add(part("三", 3), place(1), START) is None
    assert inbox.add(part("一", 1), place(2), START) is None
    whole = inbox.add(part("二", 2), place(3), START)
    assert whole is not None
    assert (whole.sender, whole.text, whole.places) == ("10086", "一二三", (place(1), place(2), place(3)))
    assert inbox.overdue(START + 2 * HOUR) == []


def test_reading_a_part_again_changes_nothing() -> None:
    """The modem is listed now and then while parts are missing."""
    inbox = Inbox()
    for _ in range(3):
        assert inbox.add(part("一", 1), place(1), START) is None
    assert inbox.add(part("二", 2), place(2), START) is None
    whole = inbox.add(part("三", 3), place(3), START)
    assert whole is not None
    assert whole.places == (place(1), place(2), place(3))


def test_senders_and_references_are_kept_apart() -> None:
    """Two people write at once, and one of them twice."""
    inbox = Inbox()
    for sender, reference in (("10086", 7), ("10010", 7), ("10086", 8)):
        assert inbox.add(part("a", 1, sender=sender, reference=reference, parts=2), None, START) is None
    whole = inbox.add(part("b", 2, sender="10010", parts=2), None, START)
    assert whole is not None
    assert (whole.sender, whole.text) == ("10010", "ab")


def test_a_part_that_never_comes_is_waited_for_an_hour() -> None:
    """Then the rest is worth more than nothing."""
    inbox = Inbox()
    inbox.add(part("一", 1), place(1), START)
    inbox.add(part("三", 3), place(2), START + HOUR / 2)
    assert inbox.overdue(START + HOUR * 0.99) == []
    (late,) = inbox.overdue(START + HOUR)
    assert (late.text, late.places) == ("一[…]三", (place(1), place(2)))
    assert inbox.overdue(START + 2 * HOUR) == []


def test_a_message_has_the_same_identity_whenever_it_is_read() -> None:
    """And another one has another."""
    one, again, other = (Inbox().add(Deliver("1", text, Alphabet.GSM7, START), None, START) for text in "aab")
    assert one is not None
    assert again is not None
    assert other is not None
    assert one.id == again.id != other.id
    timeless = [Inbox().add(Deliver("1", "a", Alphabet.GSM7, None), place(n), START) for n in (1, 1, 2)]
    identities = [message.id for message in timeless if message is not None]
    assert identities[0] == identities[1] != identities[2]
