"""A step of a decision, told in either language and kept as JSON."""

from __future__ import annotations

import json

from appliance.foundation.i18n import Text
from pbx.reason import Reason, Word

STEP = Reason(
    "{name}, {state}: {why} ({seconds})",
    {"name": Text(zh="电信", en="Telecom"), "state": Word("Up"), "why": "Up", "seconds": 30},
)


def test_facts_are_told_in_the_language_of_the_sentence() -> None:
    """A plan's text by its language, a word by the catalogue; a plain fact stays as it is."""
    assert STEP.text("en") == "Telecom, Up: Up (30)"
    assert STEP.text("zh") == "电信, 正常: Up (30)"


def test_what_is_kept_as_json_is_read_again() -> None:
    """All four kinds of facts."""
    assert Reason.read(json.loads(json.dumps(STEP.kept()))) == STEP
    assert isinstance(Reason.read(STEP.kept()).facts["state"], Word)
