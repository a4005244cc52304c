"""What callers in menus are sure to hear, so that it can be made before they call."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.foundation.i18n import translate
from appliance.foundation.values import LANGUAGES, Language
from pbx.ivr.doing import SENTENCES
from pbx.ivr.plan import Flows
from pbx.ivr.prompts import Prompt, fields, sentences


def likely(flows: Flows) -> tuple[tuple[str, Language], ...]:
    """Each sentence once, in the order of the menus; none that holds a variable's value, nor one that is recorded."""
    return tuple(dict.fromkeys(_all(flows)))


def _all(flows: Flows) -> Iterator[tuple[str, Language]]:
    for flow in flows.values():
        for node in flow.nodes:
            for name in ("prompt", "wrong"):
                yield from _of(getattr(node, name, ()))
    for message in SENTENCES if flows else ():
        for language in LANGUAGES:
            yield from ((part, language) for part in sentences(translate(message, language)) if not _filled(part))


def _of(prompt: Prompt) -> Iterator[tuple[str, Language]]:
    for piece in prompt:
        for language in LANGUAGES:
            if not piece.sound[language]:
                parts = sentences(piece.say[language])
                yield from ((part, language) for part in parts if not next(fields(part), ""))


def _filled(sentence: str) -> bool:
    return "{" in sentence
