"""Text without a digit left in it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.values import Language
from tts.spelling import amount, spell_out

TEXTS = st.text(alphabet=st.sampled_from("0123456789¥.,:%-#*+ 元床第分钟账号次角Abyuanminutes３½①٣") | st.characters())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("您的余额为12.50元。", "您的余额为十二元五角。"),
        ("余额¥12.50", "余额十二元五角"),
        ("12.50 yuan", "十二元五角"),
        ("¥1,234.56", "一千二百三十四元五角六分"),
        ("12.05元", "十二元零五分"),
        ("0.05元", "五分"),
        ("0.50元", "五角"),
        ("0.00元", "零元"),
        ("2元", "两元"),
        ("-¥3.10", "负三元一角"),
        ("每分钟0.2250元", "每分钟零点二二五元"),
        ("还可以通话3分钟", "还可以通话三分钟"),
        ("还剩2分钟", "还剩两分钟"),
        ("120分钟", "一百二十分钟"),
        ("第2次", "第二次"),
        ("账号100001", "账号一零零零零一"),
        ("请拨13800138000", "请拨一三八零零一三八零零零"),
        ("28床", "二十八床"),
        ("８０号", "八十号"),
        ("8:05", "八点零五分"),
        ("9折5%", "九折百分之五"),
        ("36.5度", "三十六点五度"),
        ("请按#号键", "请按井号键"),
        ("按*键", "按星号键"),
    ],
)
def test_chinese_is_spelled_out(written: str, said: str) -> None:
    """Money in yuan, jiao and fen; what is counted as a number; labels digit by digit."""
    assert spell_out(written, "zh") == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Your balance is ¥12.50.", "Your balance is twelve yuan and fifty fen."),
        ("12.50 yuan left", "twelve yuan and fifty fen left"),
        ("¥0.05", "five fen"),
        ("-¥3.00", "minus three yuan"),
        ("0.2250 yuan a minute", "zero point two two five yuan a minute"),
        ("You have 3 minutes.", "You have three minutes."),
        ("120 minutes", "one hundred and twenty minutes"),
        ("account 100001", "account one zero zero zero zero one"),
        ("bed 28", "bed twenty-eight"),
        ("press the # key", "press the hash key"),
        ("at 14:00", "at fourteen hundred"),
        ("at 8:05", "at eight oh five"),
        ("5% off", "five percent off"),
    ],
)
def test_english_is_spelled_out(written: str, said: str) -> None:
    """The same in English."""
    assert spell_out(written, "en") == said


def test_a_site_may_say_yao_for_one() -> None:
    """In labels only: a sum or a count keeps its yī."""
    assert spell_out("分机8001,11元,110分钟", "zh", "yao") == "分机八零零幺,十一元,一百一十分钟"


@given(TEXTS, st.sampled_from(["zh", "en"]))
def test_no_digit_is_ever_left(text: str, language: Language) -> None:
    """Whatever is written, no engine reads a digit its own way."""
    assert re.search(r"\d", spell_out(text, language)) is None


@given(TEXTS, st.sampled_from(["zh", "en"]))
def test_spelling_twice_changes_nothing(text: str, language: Language) -> None:
    """So that it does not matter who did it before."""
    once = spell_out(text, language)
    assert spell_out(once, language) == once


@given(st.integers(0, 10_000_000))
def test_no_two_sums_sound_the_same(fen: int) -> None:
    """One fen more or less is heard."""
    for language in ("zh", "en"):
        assert amount(Decimal(fen) / 100, language) != amount(Decimal(fen + 1) / 100, language)
