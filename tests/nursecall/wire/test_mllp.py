"""The envelope of HL7 messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.mllp import HEAD, Block, Deframer, Event, Garbage, TooLarge, envelope

INSIDE = st.binary(max_size=30).map(lambda data: data.replace(b"\x0b", b"v").replace(b"\x1c", b"f"))


def events(data: bytes, *cuts: int, largest: int = 1000) -> list[Event]:
    """What `data` means when it comes in pieces, up to the end of the connection."""
    deframer, found, last = Deframer(largest), list[Event](), 0
    for cut in [*sorted(cuts), len(data)]:
        found += deframer.feed(data[last:cut])
        last = max(last, cut)
    return [*found, *deframer.end()]


def test_a_message_is_what_stands_between_the_marks() -> None:
    """Two in one packet."""
    assert events(envelope(b"MSH|a\r") + envelope(b"MSH|b\r")) == [Block(b"MSH|a\r"), Block(b"MSH|b\r")]


def test_ends_as_they_occur_in_the_field() -> None:
    """Without the last CR, with a line feed after it, with blanks between."""
    assert events(b"\x0ba\x1c\x0bb\x1c\r\n\0 \r\n\x0bc\x1c") == [Block(b"a"), Block(b"b"), Block(b"c")]


def test_a_message_is_whole_at_its_end_mark() -> None:
    """A sender that keeps back the CR does not wait for its answer for ever."""
    deframer = Deframer()
    assert list(deframer.feed(b"\x0ba")) == []
    assert deframer.inside
    assert list(deframer.feed(b"\x1c")) == [Block(b"a")]
    assert not deframer.inside


def test_a_message_that_was_cut_is_named_when_the_next_begins() -> None:
    """And when the connection ends; the next message is whole."""
    assert events(b"\x0bMSH|cu\x0bMSH|b\x1c\r\x0bMSH|c") == [
        Garbage(b"MSH|cu", 6, cut=True),
        Block(b"MSH|b"),
        Garbage(b"MSH|c", 5, cut=True),
    ]


def test_what_stands_outside_is_named() -> None:
    """A browser that asks the wrong port, an end without a beginning."""
    assert events(b"GET / HTTP/1.1\r\n\r\n\x0ba\x1c\rx\x1c\r") == [
        Garbage(b"GET / HTTP/1.1\r\n\r\n", 18, cut=False),
        Block(b"a"),
        Garbage(b"\rx\x1c\r", 4, cut=False),
    ]


def test_noise_is_counted_and_not_kept() -> None:
    """So that a caller can hang up on it; memory stays small."""
    deframer = Deframer()
    for _ in range(100):
        assert list(deframer.feed(b"x" * 1000)) == []
    assert deframer.noise == 100_000
    (garbage,) = deframer.end()
    assert isinstance(garbage, Garbage)
    assert (len(garbage.data), garbage.size) == (HEAD, 100_000)


def test_a_message_that_is_too_large_is_named_with_its_beginning() -> None:
    """Exactly as large as allowed is still whole; the one after it too."""
    data = envelope(b"a" * 1000) + envelope(b"b" * 1001) + envelope(b"c")
    assert events(data) == [Block(b"a" * 1000), TooLarge(b"b" * 1000, 1001), Block(b"c")]


@given(st.lists(INSIDE, max_size=5), st.lists(st.integers(0, 200), max_size=8))
def test_messages_come_out_as_they_went_in(messages: list[bytes], cuts: list[int]) -> None:
    """However the bytes are chopped."""
    assert events(b"".join(map(envelope, messages)), *cuts) == [Block(message) for message in messages]


@given(st.binary(max_size=80) | st.lists(st.sampled_from(b"\x0b\x1c\r ab"), max_size=40).map(bytes),
       st.lists(st.integers(0, 80), max_size=8), st.integers(0, 20))  # fmt: skip
def test_whatever_comes_the_same_events_however_it_is_chopped(data: bytes, cuts: list[int], largest: int) -> None:
    """And no byte of a message is lost or counted twice."""
    whole = events(data, largest=largest)
    assert events(data, *cuts, largest=largest) == whole
    assert sum(len(event.data) if isinstance(event, Block) else event.size for event in whole) <= len(data)
