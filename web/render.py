"""Templates into pages and fragments, in two languages; everything escaped unless it is our own markup."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language, Money, in_yuan, shown
from web.rights import ROLE_NAMES

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def build() -> str:
    """Names what the browser may keep for ever; changes when any static file does."""
    content = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            content.update(str(path.relative_to(STATIC)).encode() + path.read_bytes())
    return content.hexdigest()[:12]


@cache
def environment() -> Environment:
    """The templates, with the words and figures they use."""
    jinja = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    jinja.globals |= {"static": f"/static/{build()}", "role_names": ROLE_NAMES}
    jinja.filters |= {
        "money": shown, "exact": exact, "epoch": epoch, "lasted": lasted, "json": _json, "level": level,
        "clock": clock, "moment": moment, "day": day, "ticking": ticking,
    }  # fmt: skip
    return jinja


def template(name: str) -> Template:
    """A template by its file name."""
    return environment().get_template(name)


def words(language: Language) -> Callable[..., str]:
    """`t("Bed {bed}", bed=28)` for templates."""

    def t(message: str, **facts: object) -> str:
        return translate(message, language, **facts)

    return t


def fragment(name: str, language: Language, **facts: object) -> str:
    """A piece of a page."""
    return template(name).render(t=words(language), language=language, **facts).strip()


def level(priority: int) -> str:
    """The look and the tone of a priority: emergency, urgent, call, service."""
    return "emergency" if priority <= 1 else "urgent" if priority == 2 else "call" if priority <= 5 else "service"


def epoch(at: datetime) -> int:
    """Milliseconds since 1970, as scripts count."""
    return int(at.timestamp() * 1000)


def lasted(span: timedelta | float | None) -> str:
    """`2:05` or `1:02:05`; a dash for what is not known."""
    if span is None:
        return "–"
    whole = max(0, int(span.total_seconds() if isinstance(span, timedelta) else span))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


_RUNNING = re.compile(r'(<time class="wait" data-since="(\d+)"[^>]*>)(?=</time>)')
_AWAITED = re.compile(r'(<time class="until" data-until="(\d+)">)(?=</time>)')


def ticking(html: str, now: datetime) -> str:
    """Fill in running times as they are now. Pieces leave them out, so that they differ only when the call does."""
    stamp = epoch(now)
    html = _RUNNING.sub(lambda found: found[1] + lasted((stamp - int(found[2])) / 1000), html)
    return _AWAITED.sub(lambda found: found[1] + lasted((int(found[2]) - stamp) / 1000), html)


def exact(money: Money) -> str:
    """Money to the last decimal: `¥0.1234`, `¥12.30`."""
    amount = in_yuan(money)
    text = f"{abs(amount):,.4f}"
    while text[-1] == "0" and text[-3] != ".":
        text = text[:-1]
    return f"{'-' if amount < 0 else ''}¥{text}"


def clock(at: datetime, zone: ZoneInfo, *, with_seconds: bool = True) -> str:
    """Time of day at the site."""
    return at.astimezone(zone).strftime("%H:%M:%S" if with_seconds else "%H:%M")


def moment(at: datetime | None, zone: ZoneInfo) -> str:
    """Day and time at the site: `2026-03-02 09:15`."""
    return "–" if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def day(when: date, language: Language) -> str:
    """A date in words: `Monday, 2 March 2026`, `2026年3月2日 星期一`."""
    pattern = "y年M月d日 EEEE" if language == "zh" else "EEEE, d MMMM y"
    return format_date(when, pattern, locale=language)


def _json(value: object) -> str:
    # Not marked safe: autoescape makes it fit for an attribute.
    return json.dumps(value, ensure_ascii=False)
