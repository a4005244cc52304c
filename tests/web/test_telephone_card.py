"""The card beside a telephone: all of the plan in force that can be dialled, in both languages, for any log-in."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from appliance.foundation.config import parse
from appliance.foundation.values import LANGUAGES, Language
from appliance.plan import Plan
from tests.web.browser import hospital
from web.pages.telephone_card import FEATURES, KEYS, parts_of
from web.rights import ROLES

SAMPLE = parse((Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8"), Plan)


def test_every_number_of_the_sample_hospital_is_on_it() -> None:
    """Rooms as they stand in the plan; a paging zone with its code; what has no code has no row."""
    dialled = {number for part in parts_of(SAMPLE.pbx, "en") for number, _ in part.rows}
    assert {"110  119  120  122", "*67", "*57", "*88", "8801-8803", "8810", "*98", "*99", "*801", "*1", "*0"} <= dialled
    assert "" not in dialled
    codes = {code for _, code in SAMPLE.pbx.features.codes.each()}
    assert codes <= dialled


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_is_in_words(language: Language) -> None:
    """Each feature and key has some; none is the other language's."""
    said = [what for part in parts_of(SAMPLE.pbx, language) for what in (part.heading, *(row[1] for row in part.rows))]
    assert all(said)
    assert all(bool(re.search(r"[\u4e00-\u9fff]", what)) is (language == "zh") for what in said), said
    assert set(FEATURES) == {name for name, _ in SAMPLE.pbx.features.codes.each()}
    assert len(KEYS) == 8


@pytest.mark.parametrize("role", ROLES)
def test_whoever_has_a_log_in_prints_it(role: str) -> None:
    """Codes are no secret."""
    page = hospital().browser(role, language="en").get("/exchange/card")
    assert page.status == 200
    assert "Emergency call: every telephone, never billed" in html.unescape(page.text)
    assert "data-print" in page.text
