"""Rules as sentences."""

from __future__ import annotations

import pytest

from appliance.foundation.config import parse
from appliance.foundation.values import Language
from pbx.inbound.sentences import Called, sentence
from pbx.plan_inbound import Rule

CALLED = Called({"telecom": "电信"}, {"office": "上班时间"}, {"ward-a": "内科一病区"}, {"main": "医院总机"})
NAME = 'id = "x"\nname = { zh = "夜间", en = "Night" }\n'


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        (
            'called = ["88880001"]\nclosed = "office"\n'
            'steps = [{ do = "ring", extensions = ["8081"], seconds = 15 }, '
            '{ do = "forward", numbers = ["13800138000"] }]',
            "en",
            "Calls to 88880001, while “上班时间” is closed: 8081 rings for 15 s; then 13800138000 are called in turn, "
            "each for 25 s, until one presses 1.",
        ),
        (
            'called = ["88880001"]\nclosed = "office"\n'
            'steps = [{ do = "ring", extensions = ["8081"], seconds = 15 }, { do = "menu", name = "main" }]',
            "zh",
            "拨打 88880001 的来电，“上班时间”关闭时：由 8081 振铃 15 秒；然后转到语音菜单“医院总机”。",
        ),
        (
            'caller = ["vip", "withheld"]\ntrunk = ["telecom"]\nopen = "office"\n'
            'steps = [{ do = "ward", ward = "ward-a" }, { do = "ddi" }, { do = "refuse", cause = "busy" }]',
            "zh",
            "所有来电，来自重要来电者或隐藏号码者，经中继电信，“上班时间”开放时：由内科一病区护士站振铃 25 秒；"
            "然后由被叫号码后 4 位对应的分机振铃 25 秒；然后拒接：占线。",
        ),
        (
            'steps = [{ do = "ring", extensions = ["8081", "8082"], how = "in-turn" }, '
            '{ do = "announce", text = { zh = "再见", en = "Goodbye" } }]',
            "en",
            "Every call: 8081, 8082 ring in turn, each for 25 s; then “Goodbye” is said and it hangs up.",
        ),
    ],
)
def test_a_rule_is_said(text: str, language: Language, said: str) -> None:
    """As somebody would."""
    assert sentence(parse(NAME + text, Rule), CALLED, language) == said
