"""The dial simulator asked twice: by the plan in force, and by one that is not, drafted or kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.foundation.values import Language
from pbx.decision import Decision, NoSuchExtension
from web.pages import section_reading as reading
from web.panel import Answer, Panel
from web.render import fragment
from web.visit import Refused, Visit

DIALLABLE = re.compile(r"\+?[0-9*#]{1,64}")
NOT_DIALLABLE = "That cannot be dialled: give digits, * and #, with or without + before them."


@dataclass(frozen=True)
class Both:
    """What becomes of a call now, and what would; None where there is no such extension."""

    now: Decision | None
    then: Decision | None

    @property
    def differs(self) -> bool:
        """Whether anything but the words of the explanation would."""
        bare = [replace(one, why=(), refusal=None) if one else None for one in (self.now, self.then)]
        return bare[0] != bare[1]

    def facts(self, title: str, language: Language) -> dict[str, object]:
        """For `dial_compare.html`."""
        return {
            "differs": self.differs, "now_call": self.now, "then_call": self.then, "then_title": title,
            "now_steps": steps(self.now, language), "then_steps": steps(self.then, language),
        }  # fmt: skip


def add(panel: Panel) -> None:
    """Put this answer on the panel."""

    @panel.route(f"{reading.HERE}/<name>/<index>/try", "plan", method="POST")
    async def trial(visit: Visit, name: str, index: str) -> Answer:
        layout, given = reading.layout_of(name), visit.json()
        extension, dialled = str(given.get("extension", "")).strip(), digits(str(given.get("number", "")))
        if not DIALLABLE.fullmatch(dialled):
            raise Refused(422, NOT_DIALLABLE)
        both = compared(panel, extension, dialled, await reading.drafted(panel, visit, layout, index, given))
        facts = both.facts(visit.say("As it would be"), visit.language)
        return fragment("dial_compare.html", visit.language, **facts)


def digits(text: str) -> str:
    """As it is dialled: without what people write between."""
    return re.sub(r"[\s()-]", "", text)


def compared(panel: Panel, extension: str, dialled: str, text: str) -> Both:
    """By the plan in force, and by another."""
    return Both(_decided(panel, extension, dialled, None), _decided(panel, extension, dialled, text))


def steps(call: Decision | None, language: Language) -> Sequence[str]:
    """Why, in words."""
    return [step.text(language) for step in call.why] if call else []


def _decided(panel: Panel, extension: str, dialled: str, text: str | None) -> Decision | None:
    try:
        return panel.house.dialling.decide(extension, dialled, None, text)
    except NoSuchExtension:
        return None
