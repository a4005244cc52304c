"""The simulated card system: its books behind HTTP, and its faults on demand.

Each fault counts for so many requests that move money, or until `mend`:

    hang      nothing is done and nothing is answered
    lose      it is done, and not answered
    late      it is done after `seconds`, and not answered by then
    twice     it is done as if it had come twice, and answered once
    nonsense  it is done, and the answer is rubbish
    wrong-key it is done, and the answer names another request
    error     nothing is done; HTTP 500
    refuse    nothing is done; the hold is called closed
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from twisted.internet.base import ReactorBase
from twisted.internet.error import CannotListenError
from twisted.logger import Logger
from twisted.web.server import NOT_DONE_YET

from appliance.foundation.clock import Clock
from appliance.foundation.values import yuan
from appliance.simulator.card_books import CardBooks, No, Told
from appliance.simulator.control import Answer, Refused, Request, Simulator, number, word
from appliance.simulator.web_door import WebDoor
from billing.card.http import signature

FAULTS = ("hang", "lose", "late", "twice", "nonsense", "wrong-key", "error", "refuse")
ACTIONS = (*FAULTS, "stop", "start", "mend", "issue", "block", "unblock", "forget", "invent")
RUBBISH = b"<html>\xe7\xb3\xbb\xe7\xbb\x9f\xe7\xbb\xb4\xe6\x8a\xa4\xe4\xb8\xad</html>"
A_LONG_TIME = 1_000_000
SAMPLES = (("20260001", "王建国", "50"), ("20260002", "John Smith", "20"), ("20260003", "李桂英", "0.60"))
"""Card, holder, yuan."""
SKEW = 300
"""Seconds by which a request's time may differ."""


class CardSystem:
    """At the address that the plan names, on this box only. secret: what requests must be signed with."""

    log = Logger()

    def __init__(
        self, url: str, secret: Callable[[], str], file: Path | None, *, reactor: ReactorBase, clock: Clock
    ) -> None:
        self._door, self._base = WebDoor(url, self._answer, reactor=reactor), urlsplit(url).path.rstrip("/")
        self.books = CardBooks(clock.now, file)
        self.asked = self.unsigned = 0
        self._secret, self._clock = secret, clock
        self._fault, self._times, self._seconds = "", 0, 0.0

    def furnish(self) -> None:
        """Some cards to begin with, where there are none."""
        if not self.books.cards:
            for card, holder, balance in SAMPLES:
                self.books.issue(card, holder, yuan(balance))

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._door.port

    def start(self) -> None:
        """Listen. A port that is taken is reported; the rest of the hospital is simulated all the same."""
        try:
            self._door.start()
        except CannotListenError as why:
            self.log.error("the card system is not simulated: {why}", why=why)

    def stop(self) -> None:
        """Be gone; who waits for an answer sees the connection end."""
        self._door.stop()

    def register(self, simulator: Simulator) -> None:
        """Answer the verb `card`: `action`, and what it needs (see the module); without one, how it is."""
        simulator.register("card", self.act)

    def act(self, request: Request) -> Answer:
        """Break, mend, issue; what it is like afterwards."""
        action = word(request, "action", "")
        if action in FAULTS:
            self._fault, self._times = action, int(number(request, "times", A_LONG_TIME, least=1))
            self._seconds = number(request, "seconds", 8, most=3600)
        elif action in ("stop", "start"):
            (self.stop if action == "stop" else self.start)()
        elif action == "mend":
            self._fault, self._times = "", 0
            self.start()
        elif action:
            self._change(action, request)
        return self._state()

    def _change(self, action: str, request: Request) -> None:
        if action not in ACTIONS:
            known = ", ".join(ACTIONS)
            raise Refused("A card system cannot {action}. It can: {known}.", action=action, known=known)
        if action == "forget":
            if not self.books.movements:
                raise Refused("Nothing was taken yet.")
            self.books.movements.pop()
            self.books.keep()
            return
        card = word(request, "card")
        if action == "issue":
            try:
                balance = yuan(word(request, "balance", "50"))
            except ValueError:
                raise Refused("{key} is not a number.", key="balance") from None
            self.books.issue(card, word(request, "holder", ""), balance)
            return
        if card not in self.books.cards:
            raise Refused("There is no card {card}.", card=card)
        if action == "invent":
            told = {"key": f"invented-{len(self.books.answers)}", "card": card, "amount": word(request, "balance", "1")}
            name = f"invented{len(self.books.answers)}"
            for verb in ("reserve", "commit"):
                self.books.do(verb, name, told | {"key": f"{told['key']}-{verb}"})
            return
        self.books.cards[card].active = action == "unblock"
        self.books.keep()

    def _state(self) -> Answer:
        cards = [self.books.standing(number) for number in sorted(self.books.cards)]
        holds = [
            {"hold": name, "card": hold.card, "amount": hold.amount}
            for name, hold in self.books.holds.items()
            if not hold.ended
        ]
        return {
            "listening": self._door.listening,
            "fault": self._fault,
            "asked": self.asked,
            "cards": cards,
            "holds": holds,
            "movements": list(self.books.movements),
        }

    # ------------------------------------------------------------- the wire

    def _answer(self, request: Any) -> object:
        """An answer now, or never."""
        body = request.content.read()
        method, target = request.method.decode(), request.uri.decode()
        self.asked += 1
        if not self._signed(request, method, target, body):
            self.unsigned += 1
            return _told(request, 401, {"error": "other", "said": "not signed"})
        path = unquote(urlsplit(target).path).removeprefix(self._base)
        if method == "POST":
            return self._moved(request, path, body)
        if self._fault == "hang":
            return NOT_DONE_YET
        try:
            return _told(request, 200, self._looked(path, parse_qs(urlsplit(target).query)))
        except No as no:
            return _told(request, no.status, no.told)

    def _signed(self, request: Any, method: str, target: str, body: bytes) -> bool:
        at, given = (request.getHeader(f"x-nightbell-{name}") or "" for name in ("time", "signature"))
        near = at.isdigit() and abs(int(at) - self._clock.now().timestamp()) <= SKEW
        return near and hmac.compare_digest(given, signature(self._secret(), at, method, target, body))

    def _looked(self, path: str, query: dict[str, list[str]]) -> Told:
        def first(name: str) -> str:
            return query.get(name, [""])[0]

        if path == "/ping":
            return {"ok": True}
        if path.startswith("/cards/"):
            return self.books.standing(path.removeprefix("/cards/"))
        if path == "/movements":
            limit = int(first("limit")) if first("limit").isdigit() else 200
            return {"movements": self.books.taken(first("from"), first("to"), first("after"), limit)}
        raise No(404, "other", said="no such page")

    def _moved(self, request: Any, path: str, body: bytes) -> object:
        try:
            name, verb, said = _order(path, body)
        except ValueError:
            return _told(request, 404, {"error": "other", "said": "no such page"})
        match fault := self._next_fault():
            case "hang":
                return NOT_DONE_YET
            case "late":
                self._clock.later(timedelta(seconds=self._seconds), lambda: self._do(verb, name, said))
                return NOT_DONE_YET
            case "error":
                return _told(request, 500, {"error": "other"})
            case "refuse":
                return _told(request, 409, {"error": "closed", "key": said.get("key", ""), "hold": name})
        return self._answered(request, fault, *self._do(verb, name, said), lambda: self._do(verb, name, said))

    def _answered(
        self, request: Any, fault: str, status: int, told: Told, again: Callable[[], tuple[int, Told]]
    ) -> object:
        """It is done; what becomes of the answer."""
        match fault:
            case "twice":
                status, told = again()
            case "lose":
                return NOT_DONE_YET
            case "nonsense":
                return RUBBISH
            case "wrong-key":
                told |= {"key": "another"}
        return _told(request, status, told)

    def _next_fault(self) -> str:
        if self._times <= 0:
            return ""
        self._times -= 1
        fault = self._fault
        if not self._times:
            self._fault = ""
        return fault

    def _do(self, verb: str, name: str, said: Told) -> tuple[int, Told]:
        try:
            return 200, self.books.do(verb, name, said)
        except No as no:
            return no.status, {"key": said.get("key", ""), "hold": name, **no.told}


def _order(path: str, body: bytes) -> tuple[str, str, Told]:
    """Hold, verb and what is said. Raises ValueError."""
    said = json.loads(body)
    _, holds, name, verb = path.split("/")
    if holds != "holds" or not isinstance(said, dict):
        raise ValueError(path)
    return name, verb, said


def _told(request: Any, status: int, told: Told) -> bytes:
    request.setResponseCode(status)
    request.setHeader("content-type", "application/json")
    return json.dumps(told, ensure_ascii=False).encode()
