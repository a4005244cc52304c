"""The simulated modem, spoken to as a terminal program would, and told what to do by its verbs."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.abstract import FileDescriptor

from appliance.simulator.control import Simulator
from appliance.simulator.gsm import SimulatedModem
from appliance.simulator.modem import Modems
from appliance.simulator.pty import Pty
from pbx import plan
from pbx.sms.pdu import Deliver, StatusReport, Submit, decode_arriving, encode_submit, framed, unframed
from pbx.sms.userdata import Alphabet, Concatenation
from tests.fakes.clock import START, FakeClock
from tests.real_reactor import Heard, call, reactor, run
from tests.support import now

HELLO = framed(encode_submit(Submit("13800138000", "hello", Alphabet.GSM7, report=True)))


class Terminal(FileDescriptor):
    """A terminal program on the near end, in the reactor's thread."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        tty.setraw(self._file)
        super().__init__(reactor)  # type: ignore[arg-type]
        self.connected = True
        self.pieces: Heard[bytes] = Heard()
        self.startReading()  # type: ignore[no-untyped-call]

    def fileno(self) -> int:
        return self._file

    def doRead(self) -> None:
        try:
            self.pieces.append(os.read(self._file, 4096))
        except OSError:
            self.stopReading()  # type: ignore[no-untyped-call]

    def type(self, text: str) -> None:
        """Send."""
        os.write(self._file, text.encode("latin-1"))

    async def sees(self, *wanted: str) -> str:
        """Wait until all of these stand on the screen in this order; the screen up to the last, which is taken off."""
        await self.pieces.until(lambda pieces: _end(pieces, wanted) is not None)
        screen, end = b"".join(self.pieces), _end(self.pieces, wanted)
        self.pieces[:] = [screen[end:]]
        return screen[:end].decode("latin-1")

    def close(self) -> None:
        """Hang up."""
        self.stopReading()  # type: ignore[no-untyped-call]
        os.close(self._file)


def _end(pieces: list[bytes], wanted: tuple[str, ...]) -> int | None:
    screen, end = b"".join(pieces), 0
    for text in wanted:
        found = screen.find(text.encode("latin-1"), end)
        if found < 0:
            return None
        end = found + len(text)
    return end


class Bench:
    """One simulated modem with a terminal on it."""

    def __init__(self, directory: Path) -> None:
        self.clock = FakeClock()
        self.simulator = Simulator()
        self.modems = Modems(
            [plan.Modem(id="sms1", device="gsm")], directory / "devices", reactor=reactor, clock=self.clock
        )
        self.modems.register(self.simulator)
        self.modems.start()
        self.terminal = Terminal(directory / "devices" / "gsm")

    async def prepare(self) -> None:
        """Into PDU mode."""
        self.terminal.type("AT+CMGF=0\r")
        await self.terminal.sees("OK\r\n")

    def ask(self, verb: str, **request: Any) -> dict[str, Any]:
        """What the simulator answers."""
        return now(self.simulator.answer({"verb": verb, **request}))

    async def send(self, pdu: bytes, *answer: str) -> None:
        """Type a message, let the network take it, and see the answer."""
        self.terminal.type(f"AT+CMGS={len(pdu) - 1}\r")
        await self.terminal.sees("\r\n> ")
        self.terminal.type(pdu.hex() + "\x1a")
        # Its echo shows that the message was heard.
        await self.terminal.sees("\x1a")
        for _ in ("sent", "delivered"):
            self.clock.advance(1)
        await self.terminal.sees(*answer)

    def close(self) -> None:
        """Pack up."""
        self.terminal.close()
        self.modems.stop()


@contextmanager
def bench(directory: Path) -> Iterator[Bench]:
    """A bench for one test."""
    made = call(lambda: Bench(directory))
    try:
        run(made.prepare())
        yield made
    finally:
        call(made.close)


def test_it_introduces_itself(tmp_path: Path) -> None:
    """With echo until that is switched off; in either case; what it does not know is an error."""

    async def story(on: Bench) -> None:
        on.terminal.type("ATI\r")
        await on.terminal.sees("ATI", "Simulated modem", "OK")
        on.terminal.type("ate0\r")
        await on.terminal.sees("OK")
        on.terminal.type("AT+CSQ\rAT+CREG?\rAT+CPIN?\rAT+NONSENSE\r")
        screen = await on.terminal.sees("+CSQ: 21,99", "+CREG: 0,1", "+CPIN: READY", "ERROR")
        assert "AT" not in screen

    with bench(tmp_path) as on:
        run(story(on))


def test_a_message_is_taken_and_reported(tmp_path: Path) -> None:
    """The phone shows it; the report comes of its own accord."""

    async def story(on: Bench) -> None:
        on.terminal.type("AT+CNMI=2,1,0,1,0\r")
        await on.terminal.sees("OK")
        await on.send(HELLO, "+CMGS: 1", "OK", "+CDS: ")
        (shown,) = on.ask("messages")["messages"]
        assert (shown["to"], shown["text"], shown["parts"], shown["modem"]) == ("13800138000", "hello", 1, "sms1")
        assert shown["at"].startswith(START.isoformat()[:16])
        assert on.ask("messages", to="10086")["messages"] == []

    with bench(tmp_path) as on:
        run(story(on))


def test_escape_leaves_the_prompt(tmp_path: Path) -> None:
    """Nothing is sent."""

    async def story(on: Bench) -> None:
        on.terminal.type("AT+CMGS=20\r")
        await on.terminal.sees("\r\n> ")
        on.terminal.type("0011\x1bAT+CSQ\r")
        await on.terminal.sees("OK", "+CSQ")
        assert on.ask("messages")["messages"] == []

    with bench(tmp_path) as on:
        run(story(on))


@pytest.mark.parametrize("typed", ["nonsense", HELLO.hex() + "00", "0041000b81", ""])
def test_a_pdu_that_is_none_is_refused(tmp_path: Path, typed: str) -> None:
    """As TS 27.005 says: invalid PDU mode parameter."""

    async def story(on: Bench) -> None:
        on.terminal.type(f"AT+CMGS={len(HELLO) - 1 if '00' in typed[-2:] else 4}\r")
        await on.terminal.sees("\r\n> ")
        on.terminal.type(typed + "\x1a")
        await on.terminal.sees("+CMS ERROR: 304")

    with bench(tmp_path) as on:
        run(story(on))


def test_parts_of_a_long_message_come_together(tmp_path: Path) -> None:
    """In any order; until the last is there the phone shows nothing."""
    parts = [Submit("10086", text, Alphabet.UCS2, Concatenation(9, 2, n)) for n, text in ((2, "求助"), (1, "护士"))]

    async def story(on: Bench) -> None:
        await on.send(framed(encode_submit(parts[0])), "+CMGS: 1")
        assert on.ask("messages") == {"ok": True, "messages": [], "unfinished": 1}
        await on.send(framed(encode_submit(parts[1])), "+CMGS: 2")
        answer = on.ask("messages")
        assert [(text["text"], text["parts"]) for text in answer["messages"]] == [("护士求助", 2)]
        assert answer["unfinished"] == 0

    with bench(tmp_path) as on:
        run(story(on))


def test_a_text_comes_in(tmp_path: Path) -> None:
    """Announced, listed, read, deleted; and gone."""

    async def story(on: Bench) -> None:
        on.terminal.type("AT+CNMI=2,1,0,1,0\r")
        await on.terminal.sees("OK")
        assert on.ask("incoming", **{"from": "+8613900139000", "text": "收到"}) == {"ok": True, "parts": 1}
        await on.terminal.sees('+CMTI: "SM",1')
        on.terminal.type("ATE0\rAT+CMGR=1\r")
        screen = await on.terminal.sees("+CMGR: 0,,", "OK")
        pdu = bytes.fromhex(screen.split("+CMGR: 0,,")[1].splitlines()[1])
        message = decode_arriving(unframed(pdu))
        assert isinstance(message, Deliver)
        assert (message.sender, message.text) == ("+8613900139000", "收到")
        on.terminal.type("AT+CMGL=4\rAT+CMGD=1\rAT+CMGR=1\r")
        await on.terminal.sees("+CMGL: 1,1,,", "OK", "OK", "+CMS ERROR: 321")

    with bench(tmp_path) as on:
        run(story(on))


def test_a_full_sim_keeps_the_network_waiting(tmp_path: Path) -> None:
    """Twenty places; the rest comes as room is made."""
    with bench(tmp_path) as on:
        call(lambda: [on.ask("incoming", **{"from": "10086", "text": str(n)}) for n in range(25)])
        modem = on.modems.modems["sms1"]
        assert on.ask("modem")["stored"] == 20
        call(lambda: empty(modem, 3, 4))
        assert on.ask("modem")["stored"] == 20
        call(lambda: empty(modem, *range(1, 21)))
        assert on.ask("modem")["stored"] == 3


def empty(modem: SimulatedModem, *places: int) -> None:
    """Delete what is there."""
    for place in places:
        modem.delete(place)


@pytest.mark.parametrize(
    ("action", "answer"),
    [({"action": "cms-error", "code": 38}, "+CMS ERROR: 38"), ({"action": "no-signal"}, "+CMS ERROR: 331")],
)
def test_faults_that_refuse(tmp_path: Path, action: dict[str, Any], answer: str) -> None:
    """Until mended, or as many times as asked."""

    async def story(on: Bench) -> None:
        assert on.ask("modem", id="sms1", **action)["ok"]
        await on.send(HELLO, answer)
        on.ask("modem", action="mend")
        await on.send(HELLO, "+CMGS: 1", "OK")

    with bench(tmp_path) as on:
        run(story(on))


def test_failed_delivery_is_reported(tmp_path: Path) -> None:
    """With a permanent status."""

    async def story(on: Bench) -> None:
        on.ask("modem", action="failed-delivery")
        on.terminal.type("AT+CNMI=2,1,0,1,0\r")
        await on.terminal.sees("OK")
        on.terminal.type("ATE0\r")
        await on.terminal.sees("OK")
        on.modems.modems["sms1"].submit(HELLO, lambda _outcome: None)
        for _ in ("sent", "delivered"):
            on.clock.advance(1)
        screen = await on.terminal.sees("+CDS: ", "\r\n", "\r\n")
        report = decode_arriving(unframed(bytes.fromhex(screen.split("+CDS: ")[1].splitlines()[1])))
        assert isinstance(report, StatusReport)
        assert report.failed

    with bench(tmp_path) as on:
        run(story(on))


def test_silence_garbage_and_mending(tmp_path: Path) -> None:
    """Nothing at all is said while silent; noise is noise; mended it answers again."""

    async def story(on: Bench) -> None:
        on.ask("modem", action="silence")
        on.terminal.type("AT\r")
        assert on.ask("modem")["silent"]
        on.ask("modem", action="garbage")
        await on.terminal.pieces.until(lambda pieces: len(b"".join(pieces)) >= 400)
        # Noise may well have these two letters in it.
        assert b"\r\nOK\r\n" not in b"".join(on.terminal.pieces)
        on.ask("modem", action="mend")
        on.terminal.type("AT\r")
        await on.terminal.sees("OK")

    with bench(tmp_path) as on:
        run(story(on))


def test_unplugging_takes_the_device_away(tmp_path: Path) -> None:
    """The link too; plugging in makes a new one."""
    device = tmp_path / "devices" / "gsm"
    with bench(tmp_path) as on:
        assert device.exists()
        assert not call(lambda: on.ask("modem", action="unplug"))["plugged"]
        assert not device.is_symlink()
        assert call(lambda: on.ask("modem", action="plug"))["plugged"]
        assert device.exists()
    assert not device.is_symlink()


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"verb": "modem", "id": "sms9"}, "There is no modem sms9. There are: sms1."),
        ({"verb": "modem", "action": "explode"}, "A modem cannot explode. It can: "),
        ({"verb": "incoming", "from": "好", "text": "a"}, "This message cannot be: an address is"),
        ({"verb": "incoming", "text": "a"}, "The request needs from."),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, request_: dict[str, Any], error: str) -> None:
    """In one sentence."""
    with bench(tmp_path) as on:
        answer = now(on.simulator.answer(request_))
    assert not answer["ok"]
    assert answer["error"].startswith(error)


def test_a_real_device_is_never_replaced(tmp_path: Path) -> None:
    """The simulated end goes nowhere where there is something already."""
    device = tmp_path / "ttyUSB0"
    device.write_text("real")
    with pytest.raises(FileExistsError):
        Pty(device, reactor=reactor, received=lambda _data: None).open()
    assert device.read_text() == "real"
