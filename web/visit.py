"""One request, and who makes it: language, theme, rights, form fields, cookies."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any

from appliance.foundation import json_text
from appliance.foundation.i18n import translate
from appliance.foundation.values import LANGUAGES, Language
from web.auth import Theme, User
from web.http import Request
from web.rights import Right
from web.sessions import Session, csrf_of

SESSION, STRANGER, LANGUAGE, THEME = b"nightbell", b"nightbell-stranger", b"nightbell-language", b"nightbell-theme"
THEMES: tuple[Theme, ...] = ("auto", "day", "night")
LARGEST_BODY = 2 * 1024 * 1024
"""Bytes: a hospital's list of patients as a workbook."""

YEAR = 365 * 24 * 3600


class Refused(Exception):
    """The request is answered with an HTTP status and one sentence (a message id)."""

    def __init__(self, status: int, message: str, **facts: object) -> None:
        super().__init__(message)
        self.status = status
        self.facts = facts


class Redirect(Exception):
    """Go there instead (303)."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


@dataclass
class Visit:
    """A request with the session it belongs to; None for a stranger, who has a cookie of their own for CSRF."""

    request: Request
    session: Session | None
    language: Language
    theme: Theme
    stranger: str = ""

    @property
    def user(self) -> User:
        """Who it is. Raises Redirect to the log-in page for a stranger."""
        if self.session is None:
            raise Redirect(f"/login?next={self.path}")
        return self.session.user

    @property
    def path(self) -> str:
        """The path asked for, without the query."""
        return self.request.path.decode("utf-8", "replace")

    @property
    def csrf(self) -> str:
        """What forms of this browser must carry."""
        return self.session.csrf if self.session else csrf_of(self.stranger)

    @property
    def address(self) -> str:
        """Where the browser is."""
        return str(getattr(self.request.getClientAddress(), "host", ""))

    def may(self, right: Right) -> bool:
        """Whether whoever asks has `right`."""
        return self.session is not None and self.session.user.may(right)

    def say(self, message: str, **facts: object) -> str:
        """`message` in the visitor's language."""
        return translate(message, self.language, **facts)

    def field(self, name: str, default: str = "") -> str:
        """A form or query field, trimmed, at most 500 characters."""
        values = (self.request.args or {}).get(name.encode(), [])
        return values[-1].decode("utf-8", "replace").strip()[:500] if values else default

    def fields(self, name: str) -> list[str]:
        """Every value of a field that may come more than once, such as ticked boxes."""
        values = (self.request.args or {}).get(name.encode(), [])
        return [value.decode("utf-8", "replace").strip()[:500] for value in values]

    def secret(self, name: str) -> str:
        """A form field exactly as typed."""
        values = (self.request.args or {}).get(name.encode(), [])
        return values[-1].decode("utf-8", "replace") if values else ""

    def upload(self, name: str) -> bytes:
        """A file that was sent with a form; empty where none was."""
        values = (self.request.args or {}).get(name.encode(), [])
        return values[-1] if values else b""

    def uploads(self, name: str) -> list[bytes]:
        """Several files that were sent with a form; those that are empty are left out."""
        return [one for one in (self.request.args or {}).get(name.encode(), []) if one]

    def file_name(self, name: str) -> str:
        """What its owner calls the file that was sent with a form; empty where that is not said."""
        body = self.request.content.read(LARGEST_BODY) if self.request.content else b""
        if self.request.content:
            self.request.content.seek(0)
        found = re.search(rb'name="%b"; ?filename="([^"\r\n]{1,300})"' % re.escape(name.encode()), body)
        said = found[1].decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2] if found else ""
        return "".join(letter for letter in said if letter.isprintable())[:100]

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises Refused."""
        try:
            body = json_text.loads(self.request.content.read(LARGEST_BODY) if self.request.content else b"")
        except ValueError as why:
            raise Refused(400, "That request cannot be understood.") from why
        if not isinstance(body, dict):
            raise Refused(400, "That request cannot be understood.")
        return body

    @property
    def by_script(self) -> bool:
        """Whether our own script asks, which shows the outcome itself."""
        return bool(self.request.getHeader("x-csrf"))

    def demand_csrf(self) -> None:
        """Raise Refused unless the form, or the script, carries this browser's token."""
        given = self.request.getHeader("x-csrf") or self.field("csrf")
        if not hmac.compare_digest(given.encode(), self.csrf.encode()):
            raise Refused(403, "This page was open too long. Go back, reload it and try again.")

    def set_cookie(self, name: bytes, value: str, *, seconds: int | None = None) -> None:
        """A cookie no script can read and no other site can send."""
        self.request.addCookie(
            name, value.encode(), path=b"/", httpOnly=True, sameSite=b"strict", secure=self.request.isSecure(),
            max_age=None if seconds is None else str(seconds).encode(),
        )  # fmt: skip


def cookie(request: Request, name: bytes) -> str:
    """The cookie `name` or an empty string."""
    return (request.getCookie(name) or b"").decode("ascii", "ignore")[:200]


def visit_of(request: Request, session: Session | None, site_language: Language) -> Visit:
    """Who asks, and how they like it: their preference, else the browser's cookie, else the site's."""
    user = session.user if session else None
    language = user.language if user and user.language else cookie(request, LANGUAGE)
    theme = user.theme if user and user.theme else cookie(request, THEME)
    visit = Visit(
        request, session,
        language if language in LANGUAGES else site_language,
        theme if theme in THEMES else "auto",
        stranger=cookie(request, STRANGER),
    )  # fmt: skip
    if session is None and len(visit.stranger) < 32:
        visit.stranger = secrets.token_urlsafe(32)
        visit.set_cookie(STRANGER, visit.stranger)
    return visit


def within(next_path: str, default: str = "/") -> str:
    """`next_path` if it leads into this site, else `default`."""
    plain = next_path.isascii() and next_path.isprintable()
    if plain and next_path.startswith("/") and not next_path.startswith("//") and "\\" not in next_path:
        return next_path
    return default
