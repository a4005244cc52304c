"""Every sentence of billing exists in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.pofile import read_po

import billing

HERE = Path(billing.__file__).parent
SPOKEN = {"ask", "say", "words", "translate", "RowFault", "_Bad"}
"""Calls whose first sentence is a message id."""


def catalogue() -> dict[str, str]:
    """English to Chinese."""
    with (HERE / "locale" / "zh.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale="zh") if message.id}


def sentences() -> Iterator[str]:
    """Message ids in the source: `message = …`, and sentences given to what speaks or translates."""
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.AnnAssign(target=ast.Name(id="message"), value=ast.Constant(value=str(text))):
                    yield text
                case ast.Assign(targets=[ast.Name(id="message" | "SORRY")], value=ast.Constant(value=str(text))):
                    yield text
                case ast.Assign(targets=[ast.Name(id="AFTERWARDS")], value=ast.Dict(values=values)):
                    yield from (value.value for value in values if isinstance(value, ast.Constant))  # type: ignore[misc]
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments) if name in SPOKEN:
                    texts = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                    yield from (text for text in texts if " " in text)
                case ast.Tuple(elts=[ast.Constant(value=str(text)), ast.Dict()]):
                    yield text


def fields(text: str) -> set[str]:
    """Names of the `{name}` fields."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_sentence_has_its_chinese() -> None:
    """None is missing from the catalogue."""
    found = set(sentences())
    assert len(found) > 45
    assert found - set(catalogue()) == set()


def test_the_chinese_fills_the_same_fields() -> None:
    """No more and no fewer."""
    wrong = [english for english, chinese in catalogue().items() if fields(english) != fields(chinese)]
    assert wrong == []
