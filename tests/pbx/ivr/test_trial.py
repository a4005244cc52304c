"""A menu is tried without a telephone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from appliance.foundation.days import CHINA
from pbx.ivr.desks import Numbers
from pbx.ivr.plan import whole
from pbx.ivr.trial import Trial
from tests.pbx.ivr.a_flow import plan
from tests.pbx.ivr.flows import HOSPITAL, LOOKED_UP

SHANGHAI = ZoneInfo("Asia/Shanghai")


def begun(text: str = HOSPITAL, at: datetime = datetime(2026, 9, 30, 9)) -> Trial:
    """A call that has just begun."""
    pbx = plan(text)
    trial = Trial(
        whole(pbx.flows), {row.id: row for row in pbx.schedules}, "main", at=at.replace(tzinfo=SHANGHAI),
        zone=SHANGHAI, kind=CHINA, desks=Numbers(pbx.numbers()),
    )  # fmt: skip
    trial.begin()
    return trial


def said(trial: Trial) -> list[str]:
    """All that was said."""
    return [line.text for line in trial.lines if line.what == "said"]


def test_keys_are_clicked_and_a_desk_answers_as_it_is_chosen() -> None:
    """The same engine: the tree, then what became of the transfer."""
    trial = begun()
    assert trial.waiting is not None
    assert trial.waiting.what == "key"
    for key in ("1", "1", "1"):
        trial.reply(key)
    assert trial.waiting is not None
    assert (trial.waiting.what, trial.waiting.about) == ("choice", "8002")
    trial.reply("busy")
    assert said(trial)[-2:] == ["线路正忙。", "挂号请按1"]
    trial.reply("hang-up")
    assert trial.waiting is None
    assert trial.lines[-1].text == "hung-up"


def test_the_clock_is_set_to_a_holiday_and_to_a_make_up_day() -> None:
    """National Day 2026, and the Saturday that makes up for it."""
    holiday = begun(at=datetime(2026, 10, 1, 9))
    holiday.reply("1")
    assert said(holiday)[-1] == "节日快乐"
    assert holiday.waiting is None
    made_up = begun(at=datetime(2026, 10, 10, 14))
    made_up.reply("1")
    assert said(made_up)[-1] == "挂号请按1"


def test_a_look_up_is_answered_by_hand() -> None:
    """With the values that would come."""
    trial = begun(LOOKED_UP)
    assert trial.waiting is not None
    assert (trial.waiting.options, trial.waiting.fields) == (("found", "none", "failed"), ("status",))
    trial.reply("found", {"status": "已审核"})
    assert said(trial) == ["状态：已审核"]


def test_a_message_is_not_really_recorded() -> None:
    """The caller speaks by a click."""
    trial = begun()
    trial.reply("1")
    trial.reply("3")
    trial.reply("speaks")
    trial.reply("1")
    assert said(trial)[-1] == "再见"
    assert trial.lines[-1].text == "end"


def test_letting_the_time_run_out() -> None:
    """Is a reply, too: the operator is rung."""
    trial = begun()
    trial.reply("1")
    for _ in range(3):
        trial.reply("")
    assert trial.waiting is not None
    assert trial.waiting.about == "8001"
