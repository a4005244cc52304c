"""Every sentence of the panel exists in Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from appliance.foundation import i18n
from appliance.foundation.values import Language
from tests.web.browser import hospital
from web import shell, stations
from web.panel import SENTENCES
from web.render import HERE


@cache
def chinese() -> dict[str, str]:
    """The panel's own catalogue, and those of what it shows."""
    from babel.messages.pofile import read_po

    known: dict[str, str] = {}
    for package in i18n.PACKAGES:
        with (HERE.parent / package / "locale" / "zh.po").open("rb") as file:
            known |= {str(m.id): str(m.string) for m in read_po(file, locale="zh") if m.id}
    return known


def in_templates() -> Iterator[str]:
    """Each literal inside a `t(…)` of a template."""
    for path in (HERE / "templates").glob("*.html"):
        text = path.read_text()
        for call in re.finditer(r"\bt\(", text):
            piece = _argument(text, call.end())
            keys = set(re.findall(r'"([^"]+)":', piece))
            yield from (word for word in re.findall(r'"([^"]+)"', piece) if word not in keys)


def _argument(text: str, start: int) -> str:
    """The first argument of a call."""
    depth = 0
    for end in range(start, len(text)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(text[end], 0)
        if depth < 0 or (depth == 0 and text[end] == ","):
            return text[start:end]
    raise AssertionError("a call without end")


def in_source() -> Iterator[str]:
    """Sentences in the code: whatever begins with a capital letter, has a space and ends with a full stop."""
    for path in HERE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            said = node.value if isinstance(node, ast.Constant) and id(node) not in prose else None
            if isinstance(said, str) and re.fullmatch(r"[A-Z][^\n]* [^\n]*[.!?]", said):
                yield said


def in_scripts() -> Iterator[str]:
    """What scripts look up must be among the words they are given."""
    for path in (HERE / "static" / "js").glob("*.js"):
        yield from re.findall(r'say\("([^"]+)"\)', path.read_text())


def test_every_word_of_the_templates_is_translated() -> None:
    """None is missing, and none is the English again."""
    words, known = set(in_templates()), chinese()
    assert len(words) > 100
    plain = {word for word in words if word not in ("M", "F", "m", "f")}
    assert sorted(word for word in plain if word not in known) == []


def test_every_sentence_of_the_code_is_translated() -> None:
    """Errors, health details, script words."""
    known = chinese()
    given = {
        *shell.SCRIPT_WORDS,
        *stations.WHYS.values(),
        *SENTENCES.values(),
        *(link.name for link in shell.LINKS),
        *shell.ICONS,
    }
    assert sorted(word for word in {*in_source(), *given} if word not in known) == []


def test_scripts_have_the_words_they_say() -> None:
    """A word that is not handed over would appear in English."""
    assert sorted(set(in_scripts()) - set(shell.SCRIPT_WORDS)) == []


def test_both_languages_have_the_same_fields() -> None:
    """A field lost in translation would be lost on the screen."""
    for english, translated in chinese().items():
        assert set(re.findall(r"{(\w+)", english)) == set(re.findall(r"{(\w+)", translated)), english


@pytest.mark.parametrize("role", ["admin", "nurse"])
def test_chinese_pages_ask_for_no_word_that_is_missing(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the templates put together at run time."""
    asked: set[str] = set()
    real = i18n.translate

    def listen(message: str, language: Language, /, **facts: object) -> str:
        asked.add(message)
        return real(message, language, **facts)

    monkeypatch.setattr("web.render.translate", listen)
    place = hospital()
    place.cardboard.wards.press("w1", "1", presses=2, escalations=1, stored=False)
    place.cardboard.wards.press("w1", "2", state="acknowledged", acknowledged_by="x")
    browser = place.browser(role, language="zh")
    for path in ("/station", "/station/w1", "/wallboard", "/accounts", "/patients", "/reports", "/status", "/password"):
        assert browser.get(path).status in (200, 403)
    assert len(asked) > 30
    assert sorted(asked - set(chinese())) == []


def test_nothing_is_fetched_from_elsewhere() -> None:
    """No address of another host in anything a browser gets."""
    for path in [*Path(HERE / "static").rglob("*.css"), *Path(HERE / "static").rglob("*.js"),
                 *Path(HERE / "templates").glob("*.html")]:  # fmt: skip
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", text), path
