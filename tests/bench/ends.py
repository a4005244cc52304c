"""The two ends of an outside call: a phone in a ward, and the carrier behind the trunks."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from tests.bench.sip import HOST, Address, Headers, Loop, Message, Wire, proof, speech, write

RING = 0.2
"""Seconds the carrier lets it ring."""

EAR = 9
"""Where both ends want sound sent: nowhere."""


@dataclass
class Times:
    """When what happened, seconds of the monotonic clock; None: not yet."""

    invited: float | None = None
    arrived: float | None = None
    picked_up: float | None = None
    answered: float | None = None
    over: float | None = None


@dataclass
class Carrier:
    """Stands behind as many trunks as asked for; rings, answers, and lives for whoever asks."""

    loop: Loop
    trunks: int
    times: Times = field(default_factory=Times)
    """Of the call that is being set up."""

    def __post_init__(self) -> None:
        self._tag = secrets.token_hex(4)
        self._wires = [Wire(self.loop, partial(self._heard, trunk)) for trunk in range(self.trunks)]
        self.probed: set[int] = set()

    @property
    def ports(self) -> Sequence[int]:
        """Where the trunks lead."""
        return [wire.port for wire in self._wires]

    def _heard(self, trunk: int, message: Message, source: Address) -> None:
        if message.method == "OPTIONS":
            self.probed.add(trunk)
            self._answer(trunk, message, source, "200 OK")
        elif message.method == "INVITE" and self.times.arrived is None:
            self.times.arrived = message.at
            self._answer(trunk, message, source, "180 Ringing")
            self.loop.later(RING, lambda: self._pick_up(trunk, message, source))
        elif message.method == "BYE":
            self._answer(trunk, message, source, "200 OK")
            self.times.over = message.at

    def _pick_up(self, trunk: int, invite: Message, source: Address) -> None:
        self.times.picked_up = self._answer(trunk, invite, source, "200 OK", speech(EAR))

    def _answer(self, trunk: int, asked: Message, source: Address, status: str, body: str = "") -> float:
        wire = self._wires[trunk]
        copied = [(name, value) for name in ("via", "record-route") for value in asked.every(name)]
        to = asked.get("to")
        headers = [
            *copied,
            ("From", asked.get("from")),
            ("To", to if ";tag=" in to else f"{to};tag={self._tag}"),
            ("Call-ID", asked.get("call-id")),
            ("CSeq", asked.get("cseq")),
            ("Contact", f"<sip:{HOST}:{wire.port}>"),
        ]
        return wire.send(write(f"SIP/2.0 {status}", headers, body), source)


class Phone:
    """A phone that dials, listens for an answer, and hangs up."""

    def __init__(self, loop: Loop, extension: str, secret: str, exchange: Address) -> None:
        self._loop = loop
        self._extension = extension
        self._secret = secret
        self._exchange = exchange
        self._wire = Wire(loop, self._heard)
        self._heard_last: Message | None = None

    def call(self, dialled: str, carrier: Carrier) -> Times:
        """One call, answered and hung up again. Raises AssertionError when it went otherwise."""
        carrier.times = times = Times()
        dialogue = _Dialogue(self._extension, f"sip:{dialled}@{HOST}:{self._exchange[1]}", self._wire.port)
        challenged = self._ask(dialogue, "INVITE", body=speech(EAR))[1]
        self._send(dialogue, "ACK", to=challenged.get("to"))
        header = challenged.get("www-authenticate") or challenged.get("proxy-authenticate")
        assert header, f"the exchange says {challenged.first}"
        shown = proof(header, self._extension, self._secret, "INVITE", dialogue.uri)
        times.invited, answer = self._ask(dialogue, "INVITE", body=speech(EAR), more=[("Authorization", shown)])
        assert answer.status == 200, f"the exchange says {answer.first}"
        times.answered = answer.at
        self._talk(dialogue, answer, times)
        return times

    def _talk(self, dialogue: _Dialogue, answer: Message, times: Times) -> None:
        dialogue.uri = answer.get("contact").partition("<")[2].partition(">")[0]
        dialogue.begin()
        self._send(dialogue, "ACK", to=answer.get("to"))
        self._loop.rest(RING)
        self._ask(dialogue, "BYE", to=answer.get("to"))
        self._loop.until(lambda: times.over, "the carrier's end of the call to end")

    def _ask(
        self, dialogue: _Dialogue, method: str, *, to: str = "", body: str = "", more: Headers = ()
    ) -> tuple[float, Message]:
        """Send a request; when that was, and its final answer."""
        dialogue.serial += 1
        dialogue.begin()
        self._heard_last = None
        at = self._send(dialogue, method, to=to, body=body, more=more)
        self._loop.until(lambda: self._heard_last, f"an answer to {method}")
        assert self._heard_last is not None
        return at, self._heard_last

    def _send(self, dialogue: _Dialogue, method: str, *, to: str = "", body: str = "", more: Headers = ()) -> float:
        data = write(f"{method} {dialogue.uri} SIP/2.0", [*dialogue.headers(method, to), *more], body)
        return self._wire.send(data, self._exchange)

    def _heard(self, message: Message, _source: Address) -> None:
        if message.status >= 200:
            self._heard_last = message


@dataclass
class _Dialogue:
    extension: str
    uri: str
    port: int
    serial: int = 0

    def __post_init__(self) -> None:
        self._to = f"<{self.uri}>"
        self._id, self._tag = secrets.token_hex(8), secrets.token_hex(4)
        self.branch = ""
        """Of the transaction: an ACK of a refusal still belongs to its INVITE's."""

    def begin(self) -> None:
        """A new transaction."""
        self.branch = secrets.token_hex(6)

    def headers(self, method: str, to: str) -> list[tuple[str, str]]:
        here = f"{HOST}:{self.port}"
        return [
            ("Via", f"SIP/2.0/UDP {here};branch=z9hG4bK{self.branch}"),
            ("From", f"<sip:{self.extension}@{HOST}>;tag={self._tag}"),
            ("To", to or self._to),
            ("Call-ID", self._id),
            ("CSeq", f"{self.serial} {method}"),
            ("Contact", f"<sip:{self.extension}@{here}>"),
            ("Max-Forwards", "70"),
        ]
