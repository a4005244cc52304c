"""The hospital's card system over HTTP, signed. The protocol is in docs/one-card.md.

An answer counts only when it is JSON, names the key it answers and says what was done; whatever else comes is taken for
silence, and asked again under the same key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, get_args
from urllib.parse import quote, urlencode, urlsplit

from appliance.foundation import json_text
from appliance.foundation.clock import Clock
from appliance.foundation.secret import SecretMissing
from appliance.foundation.values import Money, in_yuan, yuan
from billing.card.system import CardMovement, CardRefused, CardSilent, Standing, Why
from pbx.http_client import Answer, HttpClient, Unanswered, Unreached
from pbx.tls import NoTrust

NO_ANSWER = "the service does not answer"
NONSENSE = "the service answers what cannot be understood"
NOT_US = "the service does not accept our signature"
PAGE = 200
"""Movements asked for at once."""
UNSIGNED, TOO_SLOW, TOO_MANY, SERVER_ERROR = 401, 408, 429, 500


class HttpCardSystem:
    """Satisfies `billing.card.system.CardSystem`. secret: by which requests are signed, read for each."""

    def __init__(self, url: str, secret: Callable[[], str], client: HttpClient, clock: Clock) -> None:
        self._url, self._base = url.rstrip("/"), urlsplit(url).path.rstrip("/")
        self._secret = secret
        self._client = client
        self._clock = clock

    async def ping(self) -> None:
        """Whether it is there."""
        await self._ask("GET", "/ping", {})

    async def standing(self, card: str) -> Standing:
        """What is known of a card."""
        told = await self._ask("GET", f"/cards/{quote(card, safe='')}", {})
        try:
            if told["card"] != card:
                raise ValueError(told["card"])
            return Standing(card, str(told.get("holder", "")), told["state"] == "active", yuan(told["available"]))
        except (KeyError, ValueError) as why:
            raise CardSilent(NONSENSE) from why

    async def reserve(self, key: str, hold: str, card: str, amount: Money) -> None:
        """Hold so much more."""
        await self._order(key, hold, "reserve", {"card": card, "amount": f"{in_yuan(amount):f}"}, amount)

    async def commit(self, key: str, hold: str, card: str, amount: Money) -> None:
        """Take so much, let go of the rest."""
        await self._order(key, hold, "commit", {"card": card, "amount": f"{in_yuan(amount):f}"}, amount)

    async def release(self, key: str, hold: str, card: str) -> None:
        """Let go."""
        await self._order(key, hold, "release", {"card": card}, Money(0))

    async def movements(self, start: datetime, end: datetime) -> Sequence[CardMovement]:
        """Everything taken in [start, end), page by page."""
        found: list[CardMovement] = []
        after = ""
        while True:
            query = {"from": start.isoformat(), "to": end.isoformat(), "after": after, "limit": PAGE}
            page = _movements(await self._ask("GET", f"/movements?{urlencode(query)}", {}))
            found += page
            if len(page) < PAGE:
                return found
            if page[-1].id == after:
                raise CardSilent(NONSENSE)
            after = page[-1].id

    async def _order(self, key: str, hold: str, verb: str, said: Mapping[str, object], amount: Money) -> None:
        told = await self._ask("POST", f"/holds/{hold}/{verb}", {"key": key, **said})
        try:
            as_asked = told["key"] == key and told["hold"] == hold and yuan(told.get("amount", "0")) == amount
        except (KeyError, ValueError) as why:
            raise CardSilent(NONSENSE) from why
        if not as_asked:
            raise CardSilent(NONSENSE)

    async def _ask(self, method: str, path: str, document: Mapping[str, object]) -> dict[str, Any]:
        body = json.dumps(document, ensure_ascii=False).encode() if document else b""
        try:
            headers = self._headers(method, path, body, str(document.get("key", "")))
            answer = await self._client.ask(method, self._url + path, headers, body)
        except (Unreached, Unanswered) as why:
            raise CardSilent(str(why)) from why
        except (SecretMissing, NoTrust) as why:
            raise CardSilent("the plan's settings cannot be used") from why
        return _understood(answer, str(document.get("key", "")))

    def _headers(self, method: str, path: str, body: bytes, key: str) -> dict[str, str]:
        at = str(int(self._clock.now().timestamp()))
        headers = {"Content-Type": "application/json", "X-Nightbell-Time": at}
        headers["X-Nightbell-Signature"] = signature(self._secret(), at, method, self._base + path, body)
        return headers | ({"Idempotency-Key": key} if key else {})


def signature(secret: str, at: str, method: str, path: str, body: bytes) -> str:
    """`sha256=` and the HMAC-SHA256, in hexadecimal, of time, method, path with its query, and body, a line each."""
    said = f"{at}\n{method}\n{path}\n".encode() + body
    return "sha256=" + hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


def client(reactor: Any, clock: Clock, seconds: int, ca_file: str) -> HttpClient:
    """What asks, each request within so many seconds."""
    return HttpClient(reactor, clock, timedelta(seconds=seconds), ca_file)


def _understood(answer: Answer, key: str) -> dict[str, Any]:
    """The answer's document. Raises CardRefused for a no that names our key, CardSilent for all that is no answer."""
    if answer.status == UNSIGNED:
        raise CardSilent(NOT_US)
    if answer.status >= SERVER_ERROR or answer.status in (TOO_MANY, TOO_SLOW):
        raise CardSilent(NO_ANSWER)
    try:
        told = json_text.loads(answer.body)
    except ValueError as why:
        raise CardSilent(NONSENSE) from why
    if not isinstance(told, dict) or str(told.get("key", "")) != key:
        raise CardSilent(NONSENSE)
    if 200 <= answer.status < 300:
        return told
    raise _refusal(told)


def _refusal(told: dict[str, Any]) -> CardRefused:
    error = told.get("error")
    why: Why = next((known for known in get_args(Why) if known == error), "other")
    try:
        available = yuan(told["available"]) if "available" in told else None
    except ValueError:
        available = None
    return CardRefused(why, available, str(told.get("said") or error or "")[:100])


def _movements(told: dict[str, Any]) -> list[CardMovement]:
    try:
        return [
            CardMovement(
                str(row["id"]), datetime.fromisoformat(row["at"]).astimezone(), str(row["card"]), str(row["hold"]),
                yuan(row["amount"]),
            )
            for row in told["movements"]
        ]  # fmt: skip
    except (KeyError, TypeError, ValueError) as why:
        raise CardSilent(NONSENSE) from why
