"""Talks to the box's panel as a browser does, without its looks."""

from __future__ import annotations

import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

PATIENCE = 240.0
"""Seconds for a page: hashing a password takes many on an emulated machine."""


@dataclass
class Browser:
    """One visitor with cookies. port: where the panel is reached by HTTPS, of this machine unless `host` is another."""

    port: int
    host: str = "127.0.0.1"
    _opener: urllib.request.OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        # The box made its certificate itself, in this very start.
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=trusting), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def page(self, path: str, **form: str) -> str:
        """The page at `path`; with a form, what posting it leads to."""
        data = urllib.parse.urlencode(form).encode() if form else None
        with self._opener.open(f"https://{self.host}:{self.port}{path}", data, PATIENCE) as answer:
            return str(answer.read().decode())

    def health(self) -> dict[str, Any] | None:
        """What the box says of itself when it works; None while it does not."""
        try:
            told: dict[str, Any] = json.loads(self.page("/health"))
        except (OSError, ValueError):
            return None
        return told

    def log_in(self, name: str, password: str) -> str:
        """The page one comes to."""
        return self.page("/login", name=name, password=password, next="/", csrf=csrf(self.page("/login")))

    def is_refused(self, name: str, password: str) -> bool:
        """Whether the password lets nobody in."""
        try:
            self.log_in(name, password)
        except urllib.error.HTTPError as answer:
            if answer.code != HTTPStatus.UNAUTHORIZED:
                raise
            return True
        return False

    def change_password(self, old: str, new: str) -> str:
        """The page one comes to."""
        return self.page("/password", old=old, new=new, again=new, csrf=csrf(self.page("/password")))

    def fill(self, page: str, target: str, **form: str) -> str:
        """The page that the form of `page` which goes to `target` leads to."""
        return self.page(target, **form, csrf=csrf(self.page(page)))

    def act(self, path: str, **form: str) -> str:
        """What a button of a page does, by script; what is said of it."""
        return self._send(path, urllib.parse.urlencode(form).encode(), {})

    def send_update(self, bundle: Path) -> str:
        """A bundle to the page of updates; what is said of it."""
        ticket = self.act("/update/expect", octets=str(bundle.stat().st_size))
        return self._send("/update/arrival", bundle.read_bytes(), {"x-ticket": ticket})

    def _send(self, path: str, data: bytes, headers: dict[str, str]) -> str:
        token = csrf(self.page("/password"))
        asked = urllib.request.Request(
            f"https://{self.host}:{self.port}{path}", data,
            {"x-csrf": token, "content-type": "application/octet-stream"} | headers if headers else {"x-csrf": token},
        )  # fmt: skip
        with self._opener.open(asked, timeout=PATIENCE) as answer:
            return str(answer.read().decode())


def csrf(page: str) -> str:
    """The token of the page's forms."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    if found is None:
        raise ValueError("there is no form on the page")
    return found[1]
