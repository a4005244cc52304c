"""The paging terminal's side, byte by byte. Time is a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.tap import Garbled, Page, Sender, Terminal, encode_page
from nursecall.wire.tap_sender import Event as SenderEvent
from nursecall.wire.tap_terminal import Event

PRESS, RESET = Page("28", "bed 28 call", ("28", "bed 28 call")), Page("28", "reset", ("28", "reset"))
BLOCK, RESET_BLOCK = (encode_page(page.pager, page.text)[0] + b"\r" for page in (PRESS, RESET))
WRONG = BLOCK[:-2] + bytes([BLOCK[-2] ^ 1]) + b"\r"
LONG = Page("28", "0123456789" * 60, ("28", "0123456789" * 60))
PARTS = [block + b"\r" for block in encode_page("28", LONG.text)]
LOGON = b"\x1bPG1\r"
GO_AHEAD = b"110 1.8\r\x06\r\x1b[p\r"
TAKEN = b"211 Page taken\r\x06\r"
NAK = b"514 Checksum error\r\x15\r"
BYE = b"115 Goodbye\r\x1b\x04\r"


class Played:
    """A party and its answers, played byte by byte."""

    def __init__(self, party: Terminal | Sender) -> None:
        self.party = party
        self.now = 0.0
        self.events: list[Event | SenderEvent] = []
        party.begin(0.0)

    def hears(self, data: bytes) -> bytes:
        """What it answers to `data`."""
        self.events += self.party.feed(data, self.now)
        return self.party.outgoing()

    def waits(self, seconds: float) -> bytes:
        """What it says within `seconds` of silence."""
        end = self.now + seconds
        while (deadline := self.party.deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.events += self.party.tick(self.now)
            if said := self.party.outgoing():
                return said
        self.now = end
        return b""

    @property
    def pages(self) -> list[Page]:
        """The pages that came."""
        return [event for event in self.events if isinstance(event, Page)]


def host(**options: str) -> Played:
    """A terminal on which nobody has logged in."""
    return Played(Terminal(**options))  # type: ignore[arg-type]


def logged_in(**options: str) -> Played:
    """A terminal with a host logged in."""
    played = host(**options)
    assert played.hears(LOGON.replace(b"\r", options.get("password", "").encode() + b"\r")) == GO_AHEAD
    played.waits(5)
    return played


class TestSession:
    """From CR to ESC EOT."""

    def test_a_whole_session(self) -> None:
        """CR, ID=, logon, go-ahead, block, ACK, EOT, goodbye."""
        terminal = host()
        assert terminal.hears(b"\r") == b"ID="
        assert terminal.hears(LOGON) == GO_AHEAD
        assert terminal.hears(BLOCK) == TAKEN
        assert terminal.hears(RESET_BLOCK) == TAKEN
        assert terminal.hears(b"\x04\r") == BYE
        assert terminal.events == [PRESS, RESET]
        assert terminal.party.deadline is None

    def test_id_is_said_three_times_then_we_hang_up(self) -> None:
        """T5, N1. The next CR begins anew."""
        terminal = host()
        assert terminal.hears(b"\r") == b"ID="
        assert [terminal.waits(9) for _ in range(4)] == [b"ID=", b"ID=", b"501 Timed out\r\x1b\x04\r", b""]
        assert terminal.hears(b"\r") == b"ID="

    def test_crs_in_a_row_get_one_id(self) -> None:
        """Two logons would come of two."""
        assert host().hears(b"\r\r\r\r\n") == b"ID="

    def test_who_has_ended_may_call_again_at_once(self) -> None:
        """Another bed waits: a CR that found us deaf would cost it the two seconds until the next."""
        played = logged_in()
        assert played.hears(BLOCK) == TAKEN
        assert played.hears(b"\x04\r") == BYE
        assert played.hears(b"\r") == b"ID="
        assert played.hears(LOGON) == GO_AHEAD

    def test_noise_instead_of_a_cr_is_answered_too(self) -> None:
        """The first CR is often lost."""
        terminal = host()
        assert terminal.hears(b"\x7f}\r") == b"ID="
        assert terminal.events == [Garbled("noise", b"\x7f}")]

    def test_a_wrong_password_may_be_said_three_times(self) -> None:
        """NAK, NAK, ESC EOT."""
        terminal = host(password="secret")
        assert terminal.hears(b"\x1bPG1other\r") == b"509 Wrong password\r\x15\r"
        assert terminal.hears(b"\x1bPG1\r") == b"509 Wrong password\r\x15\r"
        assert terminal.hears(b"\x1bPG1SECRET\r") == b"509 Wrong password\r\x1b\x04\r"
        assert terminal.hears(b"\x1bPG1secret\r") == GO_AHEAD

    def test_other_services_are_refused(self) -> None:
        """Not PG."""
        assert host().hears(b"\x1bXX1\r") == b"508 Not this service\r\x15\r"

    def test_a_host_that_never_logs_in_is_heard(self) -> None:
        """Many just send their blocks."""
        terminal = host()
        assert terminal.hears(BLOCK) == TAKEN
        assert terminal.pages == [PRESS]

    def test_with_a_password_it_must_log_in(self) -> None:
        """And is told so by hanging up."""
        terminal = host(password="secret")
        assert terminal.hears(BLOCK) == b"507 Log on first\r\x1b\x04\r"
        terminal.hears(b"\x1bPG1secret\r")
        assert terminal.hears(BLOCK) == TAKEN
        assert terminal.pages == [PRESS]

    def test_a_cr_of_one_who_is_logged_in_asks_whether_we_live(self) -> None:
        """ID=, again and again, and blocks are taken without a new logon; a CR right behind a block is nothing."""
        terminal = logged_in(password="secret")
        assert terminal.hears(BLOCK + b"\r") == TAKEN
        for _ in range(3):
            terminal.waits(600)
            assert terminal.hears(b"\r") == b"ID="
            assert terminal.party.heard_at == terminal.now
        assert terminal.hears(RESET_BLOCK) == TAKEN

    def test_somebody_types(self) -> None:
        """Manual mode: M, a pager, a text; as slowly as he likes. An empty line ends it."""
        terminal = host()
        assert terminal.hears(b"\r") == b"ID="
        assert terminal.hears(b"M\r") == b"110 1.8\rPager:\r"
        assert terminal.hears(b"2") == b""
        assert terminal.waits(60) == b""
        assert terminal.hears(b"8\r") == b"Text:\r"
        assert terminal.hears(b"bed 28 call\r") == b"211 Page taken\rPager:\r"
        assert terminal.hears(b"\r") == BYE
        assert terminal.events == [PRESS]

    def test_valid_traffic_is_noted(self) -> None:
        """Sessions count, noise does not."""
        terminal = host()
        terminal.waits(5)
        terminal.hears(b"\xff\x01noise\r" * 20)
        assert terminal.party.heard_at < 0
        terminal.hears(b"\r")
        assert terminal.party.heard_at == 5


class TestBlocks:
    """Good, bad, long, twice."""

    def test_a_wrong_check_is_refused_and_the_repetition_taken(self) -> None:
        """NAK, and the host says it again."""
        terminal = logged_in()
        assert terminal.hears(WRONG) == NAK
        assert isinstance(terminal.events[-1], Garbled)
        assert terminal.hears(BLOCK) == TAKEN
        assert terminal.pages == [PRESS]

    def test_three_wrong_checks_end_the_session_and_no_page_is_given_up(self) -> None:
        """ESC EOT: the host is to log in anew. RS would make it forget its page."""
        terminal = logged_in()
        assert [terminal.hears(WRONG) for _ in range(3)] == [NAK, NAK, b"503 Too many errors\r\x1b\x04\r"]
        assert terminal.hears(LOGON) == GO_AHEAD
        assert terminal.hears(BLOCK) == TAKEN

    @pytest.mark.parametrize("length", range(1, len(BLOCK) - 4))
    def test_a_cut_block_is_asked_for_again(self, length: int) -> None:
        """After T4 of silence, long before the host's own patience ends."""
        terminal = logged_in()
        terminal.hears(BLOCK[:length])
        assert terminal.waits(5) == b"501 Timed out\r\x15\r"
        assert terminal.hears(BLOCK) == TAKEN
        assert terminal.pages == [PRESS]

    def test_a_block_without_its_cr_is_taken(self) -> None:
        """After T4, or when the next word begins; its CR may come late."""
        terminal = logged_in()
        assert terminal.hears(BLOCK[:-1]) == b""
        assert terminal.waits(5) == TAKEN
        assert terminal.hears(b"\r") == b""

    def test_a_block_begun_anew_gets_one_answer(self) -> None:
        """A NAK to the first would pass for the second's."""
        assert logged_in().hears(BLOCK[:6] + BLOCK) == TAKEN

    def test_a_page_of_several_blocks(self) -> None:
        """Each acknowledged, told once whole."""
        terminal = logged_in()
        assert [terminal.hears(part) for part in PARTS] == [b"211 Go on\r\x06\r"] * 2 + [TAKEN]
        assert terminal.events == [LONG]

    @pytest.mark.parametrize("lost", range(3))
    def test_a_block_said_again_is_acknowledged_and_counted_once(self, lost: int) -> None:
        """Whichever answer was lost."""
        terminal = logged_in()
        for number, part in enumerate(PARTS):
            answer = terminal.hears(part)
            if number == lost:
                terminal.waits(10)
                assert terminal.hears(part) == answer
        assert terminal.events == [LONG]

    def test_a_page_begun_anew_replaces_what_there_was(self) -> None:
        """In the same session, without telling."""
        terminal = logged_in()
        for part in (PARTS[0], PARTS[1], PARTS[0], PARTS[1], PARTS[2]):
            terminal.hears(part)
        assert terminal.events == [LONG]

    def test_a_page_that_never_ends_is_told_as_garbled(self) -> None:
        """And does not run into the next one."""
        terminal = logged_in()
        terminal.hears(PARTS[0])
        terminal.waits(61)
        assert [event.why for event in terminal.events if isinstance(event, Garbled)] == ["cut short"]
        terminal.hears(BLOCK)
        assert terminal.pages == [PRESS]

    def test_a_page_too_long_to_be_one_is_refused(self) -> None:
        """RS: it would be too long for ever. It is told, and little is kept."""
        terminal = logged_in()
        answers = (terminal.hears(block + b"\r") for block in encode_page("28", "x" * 9000))
        assert next(answer for answer in answers if answer != b"211 Go on\r\x06\r") == b"513 Page too long\r\x1e\r"
        assert [type(event) for event in terminal.events] == [Garbled]
        terminal.hears(BLOCK)
        assert terminal.pages == [PRESS]

    def test_a_page_for_nobody_is_refused(self) -> None:
        """RS, and RS again when that was lost."""
        terminal = logged_in()
        nobody = encode_page("", "call")[0] + b"\r"
        for _ in range(2):
            assert terminal.hears(nobody) == b"515 No pager\r\x1e\r"
        assert [event.why for event in terminal.events if isinstance(event, Garbled)] == ["no pager"]


class TestTwice:
    """Our answer was lost, or somebody pressed again?"""

    def test_a_page_said_again_after_the_hosts_patience_is_told_once(self) -> None:
        """T3, three times."""
        terminal = logged_in()
        for _ in range(4):
            assert terminal.hears(BLOCK) == TAKEN
            terminal.waits(10)
        assert terminal.pages == [PRESS]

    def test_a_page_said_again_in_a_new_session_is_told_once(self) -> None:
        """Also one of several blocks."""
        for parts, page in (([BLOCK], PRESS), (PARTS, LONG)):
            terminal = logged_in()
            for _ in range(2):
                for part in parts:
                    terminal.hears(part)
                terminal.waits(10)
                terminal.hears(parts[-1])
                terminal.waits(10)
                terminal.hears(LOGON)
            assert terminal.events == [page]

    def test_the_same_bed_pressed_again_is_told_again(self) -> None:
        """The host ended its session at once, so it had our ACK."""
        terminal = host()
        for _ in range(3):
            terminal.hears(LOGON + BLOCK)
            terminal.hears(b"\x04\r")
        assert terminal.pages == [PRESS] * 3

    def test_a_host_that_stays_logged_in_may_page_the_same_again(self) -> None:
        """A minute later, or after another page."""
        terminal = logged_in()
        terminal.hears(BLOCK)
        terminal.waits(60)
        terminal.hears(BLOCK)
        terminal.hears(RESET_BLOCK)
        terminal.hears(BLOCK)
        assert terminal.pages == [PRESS, PRESS, RESET, PRESS]

    def test_a_repetition_after_unplugging_is_not_told_again(self) -> None:
        """The cord was pulled while our ACK was on the wire; not so hours after it."""
        terminal = logged_in()
        terminal.hears(BLOCK)
        terminal.waits(1)
        terminal.party.lost(terminal.now)
        terminal.waits(3600)
        terminal.party.begin(terminal.now)
        assert terminal.hears(BLOCK) == TAKEN
        assert terminal.pages == [PRESS]
        terminal.waits(3600)
        terminal.party.lost(terminal.now)
        terminal.party.begin(terminal.now)
        terminal.hears(BLOCK)
        assert terminal.pages == [PRESS, PRESS]


PIECES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([b"\r", LOGON, b"M\r", BLOCK, WRONG, BLOCK[:8], *PARTS, b"\x04\r", b"\x1b\x04\r", b"ID="]),
)


@given(st.lists(PIECES, max_size=15), st.sampled_from(["", "secret"]))
def test_no_bytes_break_it_and_the_next_page_comes_through(pieces: list[bytes], password: str) -> None:
    """Whatever was said before; at the latest when the host logs in anew and says it a second time."""
    terminal = host(password=password)
    for piece in pieces:
        terminal.hears(piece)
        terminal.waits(0.5)
    terminal.waits(120)
    terminal.events.clear()
    for _ in range(2):
        terminal.hears(LOGON.replace(b"\r", password.encode() + b"\r"))
        terminal.hears(encode_page("5", "other")[0] + b"\r")
        terminal.waits(5)
    assert Page("5", "other", ("5", "other")) in terminal.pages


@given(st.lists(PIECES, max_size=15).map(b"".join))
def test_however_the_bytes_are_chopped_the_events_and_answers_are_the_same(data: bytes) -> None:
    """Byte by byte or at once."""
    whole, bytewise = host(), host()
    answer = whole.hears(data)
    assert b"".join(bytewise.hears(data[at : at + 1]) for at in range(len(data))) == answer
    assert bytewise.events == whole.events
