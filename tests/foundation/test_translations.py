"""Every word a user meets exists in Chinese too."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.pofile import read_po

from appliance.foundation.fault_words import NONE_OF, REST, WORDS
from appliance.foundation.i18n import PACKAGES

HOUSE = Path(__file__).parents[2]

SPEAKERS = {"translate": 0, "Refused": 0, "say": 0, "Reason": 0, "PlanError": 1, "Fault": 2}
"""What translates, now or in the end, and which of its arguments is the message."""


def catalogues() -> Iterator[tuple[str, str, str]]:
    """Package, English and Chinese of every entry."""
    for package in PACKAGES:
        with (HOUSE / package / "locale" / "zh.po").open("rb") as file:
            for message in read_po(file, locale="zh"):
                if message.id:
                    yield package, str(message.id), str(message.string)


def spoken() -> Iterator[tuple[str, str]]:
    """Where and what: each literal handed to what translates, each `detail=` and message of our own errors."""
    for package in PACKAGES:
        for file in sorted((HOUSE / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    for text in _texts(node):
                        yield f"{file.relative_to(HOUSE)}:{node.lineno}", text


def _texts(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name == "say" and isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") != "visit":
        name = ""  # a modem says things, too
    wanted = call.args[SPEAKERS[name] : SPEAKERS[name] + 1] if name in SPEAKERS else []
    wanted += [word.value for word in call.keywords if word.arg == "detail"]
    for argument in wanted:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
            yield argument.value


def test_every_message_has_its_chinese() -> None:
    """A message without an entry would be shown in English to a Chinese nurse."""
    known = {english for _, english, _ in catalogues()}
    assert [f"{place}: {text}" for place, text in spoken() if text not in known] == []


def test_whatever_is_wrong_with_a_document_has_its_chinese() -> None:
    """pydantic's kinds of errors, and messages of plans that have a name: `NO_WARD = "there is no …"`."""
    known = {english for _, english, _ in catalogues()}
    named = [text for file in sorted(HOUSE.glob("*/plan*.py")) for text in _named(ast.parse(file.read_text("utf-8")))]
    assert len(named) > 15
    assert [text for text in (*WORDS.values(), NONE_OF, REST, *named) if text not in known] == []


def _named(tree: ast.Module) -> Iterator[str]:
    """Strings that a name stands for which is handed to PlanError, or to what raises it."""
    handed = {
        argument.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("PlanError", "_known")
        for argument in call.args[1:]
        if isinstance(argument, ast.Name)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and {target.id for target in node.targets if isinstance(target, ast.Name)} & handed
        ):
            for part in ast.walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value:
                    yield part.value


def test_no_entry_is_empty_and_fields_agree() -> None:
    """The Chinese names the same {fields} as the English."""
    faulty = [(p, e) for p, e, c in catalogues() if not c or set(_fields(e)) != set(_fields(c))]
    assert faulty == []


def test_one_english_has_one_chinese() -> None:
    """All packages share one catalogue, so two meanings need two English wordings."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for _, english, chinese in catalogues():
        meanings[english].add(chinese)
    assert {english: chinese for english, chinese in meanings.items() if len(chinese) > 1} == {}


def _fields(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]
