"""The entry device's side, byte by byte, and against our own terminal over a line that loses and spoils."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.tap import Delivered, Page, Refused, Sender, Terminal, Unreachable, encode_page
from tests.nursecall.wire.test_tap_terminal import Played

BLOCK, RESET_BLOCK = (encode_page("28", text)[0] + b"\r" for text in ("bed 28 call", "reset"))
LOGON = b"\x1bPG1\r"
GO_AHEAD = b"110 1.8\r\x06\r\x1b[p\r"
TAKEN, NAK, RS, HANG_UP = b"211 Page taken\r\x06\r", b"\x15\r", b"\x1e\r", b"\x1b\x04\r"
BYE = b"\x04\r"


def paging(*texts: str) -> Played:
    """A sender with pages to send, which has just sent its first CR."""
    played = Played(Sender())
    for text in texts:
        played.party.send("28", text, 0.0)  # type: ignore[union-attr]
    assert played.party.outgoing() == b"\r"
    return played


def logged_on(*texts: str) -> Played:
    """A sender whose first block is out."""
    played = paging(*texts)
    assert played.hears(b"ID=") == LOGON
    assert played.hears(GO_AHEAD) != b""
    return played


class TestSession:
    """CR, logon, blocks, EOT."""

    def test_a_whole_session(self) -> None:
        """Two pages, one logon; then silence until there is another."""
        system = paging("bed 28 call", "reset")
        assert system.hears(b"ID=") == LOGON
        assert system.hears(GO_AHEAD) == BLOCK
        assert system.hears(TAKEN) == RESET_BLOCK
        assert system.hears(b"213 Held for later\r\x06\r") == BYE
        assert system.hears(b"115 Goodbye\r" + HANG_UP) == b""
        assert system.events == [Delivered(1, "211 Page taken"), Delivered(2, "213 Held for later")]
        assert system.party.deadline is None
        assert system.party.send("28", "again", system.now) == 3  # type: ignore[union-attr]
        assert system.party.outgoing() == b"\r"

    @pytest.mark.parametrize(
        "answers",
        [
            (b"\r\nWelcome to PageNet\r\n\r\nID=", b"\r\x06\r\x1b[p\r", b"\r\x06\r"),
            (b"\nID=\r\n", b"\n\x06\r\n\n\x1b[p\r\n", b"\n211 ok\r\n\x06\r\n"),
            (b"ID=\r", b"\x1b[p\r", b"\x06\r"),
            (b"GRID=ID=", b"\x86\r\x1b[p\x8d", b"211\r\x86\x8d"),
            (b"ID=", GO_AHEAD, b"211 Page taken\x06\r"),
            (b"ID=", b"114 Hello\r114 more of it\r\x06\r\x1b[p\r", b"111 Wait\r211 ok\r\x06\r"),
        ],
    )
    def test_the_field_speaks_in_many_ways(self, answers: tuple[bytes, bytes, bytes]) -> None:
        """Text before ID=, LF around CR, no message sequences, an early go-ahead, parity bits."""
        system = paging("bed 28 call")
        assert system.hears(answers[0]) == LOGON
        assert system.hears(answers[1]) == BLOCK
        assert system.hears(answers[2]) == BYE
        assert isinstance(system.events[-1], Delivered)

    def test_a_terminal_without_a_go_ahead_gets_its_block_all_the_same(self) -> None:
        """After T3."""
        system = paging("bed 28 call")
        system.hears(b"ID=")
        assert system.hears(b"\x06\r") == b""
        assert system.waits(11) == BLOCK

    def test_a_silent_terminal_is_called_three_times_then_ever_less(self) -> None:
        """CR every T1; told once; the page is kept."""
        system = paging("bed 28 call")
        assert [system.waits(3) for _ in range(3)] == [b"\r", b"\r", BYE]
        assert system.events == [Unreachable("no answer")]
        before = system.now
        assert system.waits(6) == b"\r"
        assert system.now == before + 5
        for _ in range(20):
            system.waits(61)
        assert system.events == [Unreachable("no answer")]
        assert system.hears(b"ID=") == LOGON
        assert system.hears(GO_AHEAD) == BLOCK

    def test_a_logon_is_said_again_after_nak_and_after_silence(self) -> None:
        """Three times in all."""
        system = paging("bed 28 call")
        system.hears(b"ID=")
        assert system.hears(NAK) == LOGON
        assert system.waits(11) == LOGON
        assert system.hears(b"509 Wrong password\r" + NAK) == BYE
        assert system.events == [Unreachable("509 Wrong password")]

    def test_a_second_id_does_not_make_a_second_logon(self) -> None:
        """Its second ACK would be taken for that of our first block."""
        system = paging("bed 28 call")
        assert system.hears(b"ID=ID=") == LOGON

    def test_a_password_is_said(self) -> None:
        """Behind PG1."""
        system = Played(Sender(password="secret"))
        system.party.send("28", "x", 0.0)  # type: ignore[union-attr]
        assert system.hears(b"ID=") == b"\r\x1bPG1secret\r"


class TestBlocks:
    """Answers to blocks."""

    def test_nak_and_silence_make_it_say_a_block_again(self) -> None:
        """Then it waits a moment: an answer to the first may be late, and is not one to what comes next."""
        system = logged_on("bed 28 call", "reset")
        assert system.hears(NAK) == BLOCK
        assert system.waits(11) == BLOCK
        assert system.hears(TAKEN) == b""
        assert system.hears(TAKEN) == b""
        assert system.waits(1) == RESET_BLOCK
        assert system.events == [Delivered(1, "211 Page taken")]

    def test_rs_refuses_a_page_and_the_next_one_goes_out(self) -> None:
        """In the system's own words."""
        system = logged_on("bed 28 call", "reset")
        assert system.hears(b"511 Invalid pager ID\r" + RS) == RESET_BLOCK
        assert system.events == [Refused(1, "511 Invalid pager ID")]

    def test_a_page_that_cannot_be_delivered_now_is_tried_again(self) -> None:
        """512, with RS or NAK; three sessions, then it stands no longer in the way of others."""
        system = logged_on("bed 28 call", "reset")
        for _ in range(3):
            assert system.hears(b"512 Queue full\r" + RS) == BYE
            assert system.waits(61) == b"\r"
            system.hears(b"ID=")
            system.hears(GO_AHEAD)
        assert Refused(1, "512 Queue full") in system.events
        assert system.hears(TAKEN) == BYE
        assert system.events[-1] == Delivered(2, "211 Page taken")

    def test_a_terminal_that_hangs_up_is_called_again(self) -> None:
        """The page is kept."""
        system = logged_on("bed 28 call")
        assert system.hears(b"112 Enough pages\r" + HANG_UP) == BYE
        assert system.waits(6) == b"\r"
        system.hears(b"ID=")
        assert system.hears(GO_AHEAD) == BLOCK

    def test_noise_is_no_ack(self) -> None:
        """Nothing checks an answer, so only what stands alone counts."""
        system = logged_on("bed 28 call")
        assert system.hears(b"x\x06y\r\x06\x06\rabc\x06\r") == b""
        assert system.events == []

    def test_the_queue_outlives_the_line(self) -> None:
        """A page of several blocks begins from its first again."""
        blocks = encode_page("28", "x" * 600)
        system = logged_on("x" * 600)
        assert system.hears(b"\x06\r") == blocks[1] + b"\r"
        system.party.lost(system.now)
        assert system.party.deadline is None
        system.party.begin(system.now)
        assert system.hears(b"ID=") == b"\r" + LOGON
        assert system.hears(GO_AHEAD) == blocks[0] + b"\r"

    def test_what_is_not_under_way_can_be_given_up(self) -> None:
        """Once."""
        party = Sender()
        party.begin(0)
        first, second = party.send("1", "x", 0), party.send("2", "y", 0)
        party.feed(b"ID=" + GO_AHEAD, 0)
        assert not party.cancel(first)
        assert party.cancel(second)
        assert not party.cancel(second)
        assert party.pending == 1


class Wire:
    """A sender, our terminal, and what joins them; `spoil` may change what passes, both ways."""

    def __init__(self, chance: random.Random, trouble: float = 0.0, cuts: float = 0.0) -> None:
        self.sender, self.terminal = Sender(encoding="gb18030", seven_bit=False), Terminal(seven_bit=False)
        self.chance, self.trouble, self.cuts = chance, trouble, cuts
        self.now = 0.0
        self.pages: list[tuple[str, str]] = []
        self.settled: dict[int, object] = {}
        self.sender.begin(0)
        self.terminal.begin(0)

    def run(self, until: int) -> None:
        """Pass bytes and time until so many pages were delivered or refused."""
        while len(self.settled) < until:
            assert self.now < 1e6
            if not self._pass():
                deadlines = [d for d in (self.sender.deadline, self.terminal.deadline) if d is not None]
                self.now = max(self.now, min(deadlines))
                self._sent(self.sender.tick(self.now))
                self._came(self.terminal.tick(self.now))

    def _pass(self) -> bool:
        there, back = self.sender.outgoing(), self.terminal.outgoing()
        self.now += 0.001
        if self.chance.random() < self.cuts:
            for party in (self.sender, self.terminal):
                party.lost(self.now)
                party.begin(self.now)
            return True
        self._came(self.terminal.feed(self._spoilt(there), self.now))
        self._sent(self.sender.feed(self._spoilt(back), self.now))
        return bool(there or back)

    def _spoilt(self, data: bytes) -> bytes:
        if not data or self.chance.random() >= self.trouble:
            return data
        at = self.chance.randrange(len(data))
        # No noise that is an answer by itself: TAP checks blocks, and nothing else.
        noise = bytes(self.chance.choice(b"abcxyz \xf0\xfe\x7f") for _ in range(self.chance.randrange(1, 20)))
        return self.chance.choice([b"", noise + data, data[:at], data[:at] + noise + data[at:], data[at + 1 :]])

    def _came(self, events: Sequence[object]) -> None:
        self.pages += [(event.pager, event.text) for event in events if isinstance(event, Page)]

    def _sent(self, events: Sequence[object]) -> None:
        self.settled |= {event.ticket: event for event in events if isinstance(event, Delivered | Refused)}


class TestTogether:
    """What our sender says our terminal understands."""

    def test_pages_arrive_once_and_in_order(self) -> None:
        """Also the same one twice."""
        texts = [f"{n}床 呼叫" * (1 + n % 40) for n in range(100) for _ in range(1 + (n % 10 == 0))]
        wire = Wire(random.Random(1))
        for text in texts:
            wire.sender.send("28", text, 0)
        wire.run(len(texts))
        assert wire.pages == [("28", text) for text in texts]
        assert all(isinstance(event, Delivered) for event in wire.settled.values())

    @pytest.mark.parametrize("seed", range(20))
    def test_pages_arrive_through_noise_and_losses_or_are_refused(self, seed: int) -> None:
        """A fifth of all that passes is lost or spoilt, both ways: none comes twice, none is lost untold.

        Not of every seed: a check of twelve bits lets one spoilt block in some thousands pass.
        """
        texts = [f"{n}床 呼叫" * (1 + n % 30) for n in range(40)]
        wire = Wire(random.Random(seed), trouble=0.2)
        tickets = {wire.sender.send(str(n), text, 0): (str(n), text) for n, text in enumerate(texts)}
        wire.run(len(texts))
        delivered = [page for ticket, page in tickets.items() if isinstance(wire.settled[ticket], Delivered)]
        assert sorted(set(wire.pages)) == sorted(wire.pages)
        assert set(delivered) <= set(wire.pages)
        assert len(delivered) >= 35

    @pytest.mark.parametrize("seed", range(10))
    def test_pages_arrive_though_the_line_breaks_again_and_again(self, seed: int) -> None:
        """Every twentieth time something passes: all, once, in order."""
        texts = [f"{n}床 呼叫" * (1 + n % 30) for n in range(40)]
        wire = Wire(random.Random(seed), cuts=0.05)
        for n, text in enumerate(texts):
            wire.sender.send(str(n), text, 0)
        wire.run(len(texts))
        assert wire.pages == [(str(n), text) for n, text in enumerate(texts)]


@given(st.lists(st.one_of(st.binary(max_size=30), st.sampled_from([b"ID=", GO_AHEAD, TAKEN, NAK, RS, HANG_UP]))))
def test_no_bytes_break_it_and_what_it_keeps_is_delivered_in_the_end(pieces: list[bytes]) -> None:
    """Every page is settled once, whatever the terminal says."""
    system = Played(Sender())
    tickets = [system.party.send("28", f"page {n}", 0.0) for n in range(3)]  # type: ignore[union-attr]
    for piece in pieces:
        system.hears(piece)
        system.waits(3)
    terminal = Terminal()
    for _ in range(100):
        terminal.feed(system.party.outgoing(), system.now)
        system.hears(terminal.outgoing())
        system.events += system.party.tick(system.now)
        system.now += 10
    settled = [event.ticket for event in system.events if isinstance(event, Delivered | Refused)]
    assert settled == tickets
