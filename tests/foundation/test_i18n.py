"""Two languages, in every package's catalogue."""

from __future__ import annotations

import re
from importlib import resources
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from pydantic import ValidationError

from appliance.foundation.i18n import PACKAGES, Text, translate

NAMES = {"Asterisk", "Nightbell", "Python", "P-Called-Party-ID", "P-Asserted-Identity", "Remote-Party-ID"}
"""Said in either language."""


def catalogue(package: str) -> Catalog:
    """The package's Chinese; empty where it has none."""
    source = resources.files(package).joinpath("locale", "zh.po")
    if not source.is_file():
        return Catalog(locale="zh")
    with source.open("rb") as file:
        return read_po(file, locale="zh", abort_invalid=True)


def entries(package: str) -> dict[str, str]:
    """Message → Chinese."""
    return {str(message.id): str(message.string) for message in catalogue(package) if message.id}


def fields(text: str) -> set[str]:
    """Names in braces. Raises ValueError for braces that are none."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_english_is_the_message_itself() -> None:
    """With its fields filled in."""
    assert translate("Row {row}: {reason}", "en", row=7, reason="odd") == "Row 7: odd"


def test_chinese_comes_from_the_catalogue() -> None:
    """With the same fields."""
    assert translate("Row {row}: {reason}", "zh", row=7, reason="怪") == "第 7 行：怪"


def test_what_has_no_chinese_is_said_in_english() -> None:
    """Better than nothing."""
    assert translate("There is no such message {x}", "zh", x=1) == "There is no such message 1"


def test_braces_stay_where_there_is_nothing_to_fill_in() -> None:
    """A message without facts is no pattern."""
    assert translate("{", "en") == "{"


def test_a_fact_may_have_any_name() -> None:
    """Also those of the parameters."""
    assert translate("{message} {language}", "en", message="a", language="b") == "a b"


@pytest.mark.parametrize("package", PACKAGES)
def test_translations_fill_in_the_same_fields(package: str) -> None:
    """No field is forgotten, none is made up, no translation is empty."""
    wrong = {
        message: chinese
        for message, chinese in entries(package).items()
        if not chinese or fields(message) != fields(chinese)
    }
    assert wrong == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_translations_are_chinese(package: str) -> None:
    """Except names, and those without a word in them."""
    said = {
        message: chinese
        for message, chinese in entries(package).items()
        if re.search(r"[a-z]{4}", re.sub(r"\{\w+\}", "", message)) and message not in NAMES
    }
    assert {message for message, chinese in said.items() if not re.search(r"[\u4e00-\u9fff]", chinese)} == set()


def test_packages_agree_on_what_they_share() -> None:
    """One message has one translation in the whole house: the last one read would win."""
    first: dict[str, tuple[str, str]] = {}
    quarrels = []
    for package in PACKAGES:
        for message, chinese in entries(package).items():
            other, known = first.setdefault(message, (package, chinese))
            if known != chinese:
                quarrels.append((message, other, known, package, chinese))
    assert quarrels == []


def test_text_of_the_plan_is_in_both_languages() -> None:
    """And in no third."""
    text = Text(zh="一病区", en="Ward 1")
    assert (text["zh"], text["en"]) == ("一病区", "Ward 1")
    with pytest.raises(ValidationError):
        Text.model_validate({"zh": "一病区"})
    with pytest.raises(ValidationError):
        Text.model_validate({"zh": "一病区", "en": "Ward 1", "fr": "Salle 1"})
