"""A nurse's screen without a browser: logs in, and hears what the panel sends."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

PATIENCE = 30.0
TOKEN = re.compile(r'data-csrf="([0-9a-f]{64})"')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

Heard = tuple[float, str, dict[str, Any]]
"""When it had arrived (seconds of the system's monotonic clock), the event's name, its data."""


class Nurse:
    """A logged-in HTTP client. address: of the panel, such as http://127.0.0.1:8080."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self._host = urlsplit(address).netloc
        self._cookies: dict[str, str] = {}
        page = self._ask("GET", "/login")
        token = TOKEN.search(page.read().decode())
        assert token, "the log-in page carries no token"
        form = urlencode({"name": user, "password": password, "csrf": token[1]})
        answer = self._ask("POST", "/login", form, FORM)
        assert answer.status == 303, f"{user} could not log in: {answer.status}"
        self._csrf = ""

    def station(self, ward: str) -> Screen:
        """The station of `ward` as it goes on."""
        return Screen(self._ask("GET", f"/live?view=station&ward={ward}"))

    def acknowledge(self, ward: str, call: str) -> bool:
        """Take a call at the station of `ward`. False where it has ended."""
        if not self._csrf:
            token = TOKEN.search(self._ask("GET", f"/station/{ward}").read().decode())
            assert token, "the station carries no token"
            self._csrf = token[1]
        answer = self._ask("POST", f"/station/{ward}/calls/{call}/acknowledge", "", {"X-CSRF": self._csrf})
        answer.read()
        return answer.status == 204

    def _ask(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> HTTPResponse:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        connection = HTTPConnection(self._host, timeout=PATIENCE)
        connection.request(method, path, body or None, {"Cookie": cookies, **(headers or {})})
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("set-cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer


class Screen:
    """An open station. Made when its first snapshot has come."""

    def __init__(self, answer: HTTPResponse) -> None:
        assert answer.status == 200, f"the panel answers {answer.status}"
        self._answer = answer
        self._events = self._listen()
        next(event for event in self._events if event[1] == "snapshot")

    def __iter__(self) -> Iterator[Heard]:
        """What comes from now on."""
        return self._events

    def until(self, bed: str, *, calling: bool) -> float:
        """Wait for the change by which `bed` calls, or calls no more; when it had arrived."""
        asked = time.monotonic()
        for at, name, data in self._events:
            assert at < asked + PATIENCE, f"bed {bed} did not change on the screen"
            beds = data["regions"].get("beds", {"pieces": {}}) if name == "change" else {"pieces": {}}
            tile = beds["pieces"].get(f"bed-{bed}")
            if tile is not None and ("bed-calling" in tile) is calling:
                return at
        raise AssertionError("the panel ended the connection")

    def close(self) -> None:
        """Go away."""
        self._answer.close()

    def _listen(self) -> Iterator[Heard]:
        name = ""
        while line := self._answer.readline():
            if line.startswith(b"event: "):
                name = line[7:].decode().strip()
            elif line.startswith(b"data: "):
                at = time.monotonic()
                yield at, name, json.loads(line[6:])
