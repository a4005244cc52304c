"""The language of the command line, one rule for every verb.

`--language` before the verb; else the environment's NIGHTBELL_LANGUAGE; else its LC_ALL, LC_MESSAGES or LANG where they
say Chinese or English; else the language of the box's settings; else Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path

import click

from appliance.foundation.config import Faulty
from appliance.foundation.i18n import translate
from appliance.foundation.toml_tree import tree
from appliance.foundation.values import LANGUAGES, Language

ENVIRONMENT = "NIGHTBELL_LANGUAGE"
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""As POSIX ranks them: the first that is set decides."""

_spoken: ContextVar[Language] = ContextVar("language of the command line", default="zh")


def language() -> Language:
    """What this command speaks."""
    return _spoken.get()


def speak(wanted: Language) -> None:
    """From now on."""
    _spoken.set(wanted)


def say(message: str, /, **facts: object) -> str:
    """`message` as the command line speaks."""
    return translate(message, language(), **facts)


def refusal(place: object, why: Faulty) -> click.ClickException:
    """Every fault of a document, which is `place`, a line each."""
    return click.ClickException(
        "\n".join(say("{path}: {reason}", path=place, reason=fault.text(language())) for fault in why.faults)
    )


def chosen(arguments: Sequence[str], environment: Mapping[str, str], settings: Path) -> Language:
    """By the rule, from what stands before the verb. settings: where they are unless told otherwise."""
    wanted = given(arguments, "--language") or environment.get(ENVIRONMENT) or _of_locale(environment)
    if wanted not in LANGUAGES:
        wanted = _of_settings(Path(given(arguments, "--settings") or environment.get("NIGHTBELL_SETTINGS") or settings))
    return next((known for known in LANGUAGES if known == wanted), "zh")


def given(arguments: Sequence[str], option: str) -> str:
    """What an option before the verb says; empty without it."""
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if not name.startswith("-"):
            break
        if name in ("--language", "--settings") and not equals:
            value = next(rest, "")
        if name == option:
            return value
    return ""


def _of_locale(environment: Mapping[str, str]) -> str:
    return next((environment[name] for name in LOCALE if environment.get(name)), "").lower()[:2]


def _of_settings(file: Path) -> str:
    """Only this one key: whether the file is sound is said later, in this language."""
    try:
        return str(tree(file.read_text("utf-8")).get("language", ""))
    except (OSError, ValueError):
        return ""
