"""The next number, and what the plan may say of numbers."""

from __future__ import annotations

import pytest

from appliance.foundation.config import Faulty, parse
from pbx.plan import PbxPlan
from pbx.provisioning.numbering import free, numbers_of

GROUP = '[[extensions]]\nnumbers = "8001-8100"\nname = { zh = "病区", en = "Wards" }\n'


def test_consecutively_or_lucky() -> None:
    """Digits are looked at where numbers of a run differ: in 7000-7999 the first 7 is everybody's."""
    assert numbers_of("8083-8086", "") == ("8083", "8084", "8085", "8086")
    assert numbers_of("8083-8088", "457") == ("8083", "8086", "8088")
    assert len(numbers_of("7000-7999", "4")) == 9**3
    assert numbers_of("7000-7009", "7") == tuple(str(number) for number in range(7000, 7010) if number != 7007)
    assert numbers_of("8004", "4") == ("8004",)


def test_the_next_that_is_free() -> None:
    """Run by run."""
    assert list(free(["8083-8085", "8090"], "4", {"8083"})) == ["8085", "8090"]


def test_the_plan_may_say_it() -> None:
    """Keys, language, ranges."""
    text = '[phones]\nnumbers = ["8081-8100"]\nskip = "457"\n[[phones.keys]]\nname = { zh = "总机", en = "Operator" }\nnumber = "8090"\n'  # noqa: E501
    plan = parse(text + GROUP, PbxPlan)
    assert plan.phones.keys[0].number == "8090"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('numbers = ["8095-8105"]', "phones.numbers[0]: there is no extension 8101"),
        ('numbers = ["8091-8095", "8095"]', "phones.numbers[1]: extension 8095 is listed twice"),
        ('numbers = ["8095-8091"]', "phones.numbers[0]: runs from a smaller to a larger number of the same length"),
        ('numbers = ["8044-8045"]\nskip = "45"', "phones.skip: leaves no number of 8044-8045"),
        (
            'numbers = ["82"]\n[[extensions]]\nnumbers = "82"\ntransport = "webrtc"\nname = { zh = "网", en = "w" }',
            "phones.numbers[0]: extension 82 is for a browser",
        ),
        (
            'keys = [{ name = { zh = "急救", en = "Aid" }, number = "120", watch = true }]',
            "phones.keys[0].number: a lamp follows extensions only: 120 is none",
        ),
        ('skip = "4x"', "phones.skip: "),
        ('ntp = "a b"', "phones.ntp: "),
    ],
)
def test_what_the_plan_may_not_say(text: str, fault: str) -> None:
    """Each fault names its place."""
    with pytest.raises(Faulty) as why:
        parse(f"[phones]\n{text}\n{GROUP}", PbxPlan)
    assert fault in str(why.value)
