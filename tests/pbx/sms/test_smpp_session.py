"""Our side of a session, told by a centre that is a few lines of test."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pbx.sms.smpp_pdu import (
    BIND_TRANSCEIVER,
    DELIVER,
    ENQUIRE,
    NACK,
    SUBMIT,
    UNBIND,
    Bind,
    Empty,
    Framing,
    Message,
    Named,
    Pdu,
    Unreadable,
)
from pbx.sms.smpp_session import LET_GO, LOST_FRAME, NO_ANSWER, Answered, Bound, Came, Ended, Session

LOGIN = Bind("hospital", "secret")


class Centre:
    """Reads what a session sends."""

    def __init__(self) -> None:
        self.session = Session(LOGIN, 0, timeout=10, enquire=30)
        self._framing = Framing()

    def asked(self) -> list[Pdu]:
        """Every PDU since the last time."""
        pdus = []
        for pdu in self._framing.feed(self.session.outgoing()):
            assert not isinstance(pdu, Unreadable)
            pdus.append(pdu)
        return pdus

    def bound(self) -> Session:
        """The session, once logged in."""
        (bind,) = self.asked()
        assert (bind.command, bind.body) == (BIND_TRANSCEIVER, LOGIN)
        assert self.session.feed(bind.answer(0, Named("SMSC")).encode(), 1) == [Bound("SMSC")]
        return self.session


def test_a_message_is_answered_by_its_sequence() -> None:
    """Two under way, answered the other way round: one taken, one refused without a body."""
    centre = Centre()
    session = centre.bound()
    first, second = (session.submit(Message("a", "b", b"x"), 2) for _ in range(2))
    asked = centre.asked()
    assert [pdu.sequence for pdu in asked] == [first, second]
    assert session.feed(asked[1].answer(0x58).encode(), 3) == [Answered(second, 0x58, "")]
    assert session.feed(asked[0].answer(0, Named("id1")).encode(), 3) == [Answered(first, 0, "id1")]
    assert session.feed(asked[0].answer(0, Named("id1")).encode(), 3) == []


def test_an_answer_that_does_not_come_ends_the_session() -> None:
    """With the messages nobody knows the fate of."""
    centre = Centre()
    session = centre.bound()
    sequence = session.submit(Message("a", "b", b"x"), 2)
    assert session.deadline == 12
    assert session.tick(11.9) == []
    assert session.tick(12) == [Ended(NO_ANSWER, (sequence,))]
    assert session.deadline is None
    assert session.tick(99) == []


def test_quiet_is_asked_about() -> None:
    """enquire_link after thirty seconds; no answer, and it is over."""
    centre = Centre()
    session = centre.bound()
    assert session.tick(31) == []
    (enquire,) = centre.asked()
    assert enquire.command == ENQUIRE
    session.feed(enquire.answer().encode(), 32)
    session.tick(62)
    (enquire,) = centre.asked()
    assert session.tick(72) == [Ended(NO_ANSWER)]


def test_what_comes_waits_until_it_is_settled() -> None:
    """Only then the centre may forget it; or it is told to bring it again."""
    centre = Centre()
    session = centre.bound()
    message = Message("138", "1069", b"1")
    assert session.feed(Pdu(DELIVER, 77, message).encode(), 2) == [Came(77, message)]
    assert centre.asked() == []
    session.settle(77)
    session.refuse(78)
    stored, refused = centre.asked()
    assert (stored.command, stored.sequence, stored.status) == (DELIVER | NACK, 77, 0)
    assert (refused.sequence, refused.status) == (78, 8)


def test_the_centre_may_say_no_or_goodbye() -> None:
    """At the door, or any time."""
    centre = Centre()
    (bind,) = centre.asked()
    assert centre.session.feed(bind.answer(0x0E).encode(), 1) == [
        Ended("the message centre refused the log-in (0x0000000E)")
    ]
    centre = Centre()
    session = centre.bound()
    assert session.feed(Pdu(UNBIND, 5).encode(), 2) == [Ended(LET_GO)]
    assert [pdu.command for pdu in centre.asked()] == [UNBIND | NACK]


def test_a_request_we_do_not_know_is_refused_and_a_lost_frame_ends_it() -> None:
    """generic_nack for one, the end for the other."""
    centre = Centre()
    session = centre.bound()
    assert session.feed(Pdu(0x03, 5, Empty()).encode(), 2) == []
    assert [(pdu.command, pdu.sequence) for pdu in centre.asked()] == [(NACK, 5)]
    assert session.feed(b"HTTP/1.1 400 Bad Request\r\n", 3) == [Ended(LOST_FRAME)]
    assert session.feed(Pdu(ENQUIRE, 6).encode(), 4) == []


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([Pdu(c, 1).encode() for c in (
    SUBMIT | NACK, DELIVER | NACK, NACK, UNBIND, ENQUIRE, BIND_TRANSCEIVER | NACK)])), max_size=8))  # fmt: skip
def test_whatever_the_centre_sends_there_is_no_exception(pieces: list[bytes]) -> None:
    """And nothing comes after the end."""
    session = Session(LOGIN, 0, timeout=10, enquire=30)
    over = False
    for now, piece in enumerate(pieces):
        events = session.feed(piece, now) + session.tick(now)
        assert not (over and events)
        over = over or any(isinstance(event, Ended) for event in events)
