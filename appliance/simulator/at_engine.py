"""The simulated modem's own side of the AT dialogue (3GPP TS 27.005, 27.007): bytes in, bytes out, no device."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

Act = Callable[[re.Match[str]], None]

CTRL_Z, ESCAPE = "\x1a", "\x1b"
NO_SUCH_PLACE, BAD_PDU, NO_NETWORK = 321, 304, 331
PLACES = 20
"""Messages the SIM holds."""


class Refusal(Exception):
    """Answered with `+CMS ERROR: <code>`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Card(Protocol):
    """What the engine needs of the modem around it."""

    @property
    def registered(self) -> bool:
        """With the network."""
        ...

    @property
    def signal(self) -> int:
        """As +CSQ tells it: 0 to 31, 99 unknown."""
        ...

    @property
    def sim(self) -> str:
        """As +CPIN tells it: `READY`, `SIM PIN`, `SIM PUK`; empty for no SIM."""
        ...

    def reset(self) -> None:
        """Start anew, as after AT+CFUN=1,1."""

    def submit(self, pdu: bytes, answer: Callable[[int | Refusal], None]) -> None:
        """Send; `answer` is called, now or later, with the reference or why not. Raises Refusal."""

    def stored(self) -> dict[int, bytes]:
        """Received PDUs by their place on the SIM."""
        ...

    def delete(self, place: int) -> None:
        """Free a place."""


@dataclass
class AtEngine:
    """Hears commands, says answers through `say`.

    mute: say nothing at all. mute_after_prompt: fall silent when a PDU was handed over.
    """

    card: Card
    say_bytes: Callable[[bytes], None]
    mute: bool = False
    mute_after_prompt: bool = False
    announces: bool = False
    reports: bool = False
    _echo: bool = True
    _codes: bool = False
    _pdu_mode: bool = False
    _unread: str = ""
    _expecting: int | None = None
    _busy: bool = False
    _commands: list[tuple[re.Pattern[str], Act]] = field(default_factory=list)

    def __post_init__(self) -> None:
        table: dict[str, Act] = {
            r"": self._ok,
            r"Z": self._reset,
            r"E([01])": self._set_echo,
            r"I": lambda _: self._information("Nightbell", "Simulated modem", "Revision: 1"),
            r"\+CGMI": lambda _: self._information("Nightbell"),
            r"\+CMEE=([012])": self._set_codes,
            r"\+CPIN\?": self._tell_sim,
            r"\+CREG\?": lambda _: self._information(f"+CREG: 0,{1 if self.card.registered else 2}"),
            r"\+COPS=3,0": self._ok,
            r"\+COPS\?": lambda _: self._information(self._operator()),
            r"\+CFUN=1,1": lambda _: self.card.reset(),
            r"\+CSQ": lambda _: self._information(f"+CSQ: {self.card.signal},99"),
            r"\+CSMS=0": lambda _: self._information("+CSMS: 1,1,1"),
            r"\+CMGF=([01])": self._set_mode,
            r"\+CNMI=(\d)(?:,(\d))?(?:,(\d))?(?:,(\d))?(?:,(\d))?": self._set_indications,
            r"\+CPMS\?": lambda _: self._information(self._memory()),
            r'\+CPMS="SM".*': lambda _: self._information(self._memory()),
            r"\+CMGS=(\d+)": self._prompt,
            r"\+CMGL=4": self._list,
            r"\+CMGR=(\d+)": self._read,
            r"\+CMGD=(\d+)(?:,0)?": self._delete,
        }
        self._commands = [(re.compile(pattern), act) for pattern, act in table.items()]

    def feed(self, data: bytes) -> None:
        """What the computer said."""
        for character in data.decode("latin-1"):
            if self._expecting is not None:
                self._hear_pdu(character)
            elif not self._busy:
                self._hear(character)

    def say(self, *lines: str) -> None:
        """Each line between line ends of its own, as modems do."""
        self._write("".join(f"\r\n{line}\r\n" for line in lines))

    def _write(self, text: str) -> None:
        if not self.mute:
            self.say_bytes(text.encode("latin-1"))

    def _hear(self, character: str) -> None:
        if self._echo:
            self._write(character)
        if character == ESCAPE:
            self._unread = ""
        elif character != "\r":
            self._unread += character if character != "\n" else ""
        else:
            line, self._unread = self._unread.strip(), ""
            if line:
                self._obey(line)

    def _obey(self, line: str) -> None:
        upper = line.upper()
        if not upper.startswith("AT"):
            return
        for pattern, act in self._commands:
            if found := pattern.fullmatch(upper[2:]):
                try:
                    act(found)
                except Refusal as why:
                    self._refuse(why)
                return
        self.say("ERROR")

    def _information(self, *lines: str) -> None:
        self.say(*lines, "OK")

    def _ok(self, _found: re.Match[str]) -> None:
        self.say("OK")

    def _reset(self, found: re.Match[str]) -> None:
        self._echo, self._codes, self._pdu_mode, self.announces, self.reports = True, False, False, False, False
        self._ok(found)

    def _set_mode(self, found: re.Match[str]) -> None:
        self._pdu_mode = found[1] == "0"
        self._ok(found)

    def _need_pdu_mode(self) -> None:
        # In text mode a real modem would take a PDU for words to send; there is no use in simulating that.
        if not self._pdu_mode:
            raise Refusal(BAD_PDU)

    def _set_echo(self, found: re.Match[str]) -> None:
        self._echo = found[1] == "1"
        self._ok(found)

    def _set_codes(self, found: re.Match[str]) -> None:
        self._codes = found[1] != "0"
        self._ok(found)

    def _set_indications(self, found: re.Match[str]) -> None:
        self.announces, self.reports = found[2] == "1", found[4] == "1"
        self._ok(found)

    def _operator(self) -> str:
        return '+COPS: 0,0,"CHINA MOBILE",7' if self.card.registered else "+COPS: 0"

    def _tell_sim(self, _found: re.Match[str]) -> None:
        state = self.card.sim
        if state:
            self._information(f"+CPIN: {state}")
        elif self._codes:
            self.say("+CME ERROR: 10")
        else:
            self.say("ERROR")

    def _memory(self) -> str:
        one = f'"SM",{len(self.card.stored())},{PLACES}'
        return f"+CPMS: {one},{one},{one}"

    def _prompt(self, found: re.Match[str]) -> None:
        self._need_pdu_mode()
        self._expecting = int(found[1])
        self._write("\r\n> ")

    def _hear_pdu(self, character: str) -> None:
        if self._echo:
            self._write(character)
        if character == ESCAPE:
            self._expecting, self._unread = None, ""
            self.say("OK")
        elif character != CTRL_Z:
            self._unread += character
        else:
            expected, self._expecting = self._expecting, None
            text, self._unread = self._unread.strip(), ""
            self._send(text, expected or 0)

    def _send(self, text: str, expected: int) -> None:
        if self.mute_after_prompt:
            self.mute = True
        try:
            pdu = bytes.fromhex(text)
            if not pdu or len(pdu) - 1 - pdu[0] != expected:
                raise Refusal(BAD_PDU)
            self._busy = True
            self.card.submit(pdu, self._sent)
        except (ValueError, Refusal) as why:
            self._busy = False
            self._refuse(why if isinstance(why, Refusal) else Refusal(BAD_PDU))

    def _sent(self, outcome: int | Refusal) -> None:
        self._busy = False
        if isinstance(outcome, Refusal):
            self._refuse(outcome)
        else:
            self._information(f"+CMGS: {outcome}")

    def _refuse(self, why: Refusal) -> None:
        self.say(f"+CMS ERROR: {why.code}")

    def _list(self, _found: re.Match[str]) -> None:
        self._need_pdu_mode()
        lines = []
        for place, pdu in sorted(self.card.stored().items()):
            lines += [f"+CMGL: {place},{_state(pdu)},,{_length(pdu)}\r\n{pdu.hex().upper()}"]
        self._information(*lines)

    def _read(self, found: re.Match[str]) -> None:
        self._need_pdu_mode()
        pdu = self.card.stored().get(int(found[1]))
        if pdu is None:
            raise Refusal(NO_SUCH_PLACE)
        self._information(f"+CMGR: 0,,{_length(pdu)}\r\n{pdu.hex().upper()}")

    def _delete(self, found: re.Match[str]) -> None:
        if not 1 <= int(found[1]) <= PLACES:
            raise Refusal(NO_SUCH_PLACE)
        self.card.delete(int(found[1]))
        self._ok(found)


def _state(pdu: bytes) -> int:
    """1 for a message received, 3 for one of our own that went out: that has the type SUBMIT."""
    return 3 if len(pdu) > 1 + pdu[0] and pdu[1 + pdu[0]] & 0x03 == 1 else 1


def _length(pdu: bytes) -> int:
    """Octets of a PDU without its service centre address."""
    return len(pdu) - 1 - pdu[0]
