"""Pinyin is the contract: exact syllables for what wards and telephones say."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts.phrases import nurse_call
from tts.pinyin import Pinyin, romanised, speakable_name

PINYIN = Pinyin()
ONES = ("yi1", "er4", "san1", "si4", "wu3", "liu4", "qi1", "ba1", "jiu3")


def bed_syllables(bed: int) -> str:
    tens, ones = divmod(bed, 10)
    head = [] if tens == 0 else ["shi2"] if tens == 1 else [ONES[tens - 1], "shi2"]
    return " ".join([*head, *([ONES[ones - 1]] if ones else [])])


def test_the_hospital_s_own_sentence() -> None:
    """Every syllable, every tone, every pause."""
    assert PINYIN.read("护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!") == (
        "hu4 shi4 nin2 hao3, yi1 ji2 hu4 li3, er4 shi2 ba1 chuang2 hu1 jiao4, "
        "qing3 nin2 gan3 kuai4 chu3 li3, xie4 xie5!"
    )


@pytest.mark.parametrize("bed", range(1, 100))
def test_beds_one_to_ninety_nine(bed: int) -> None:
    """Each bed by its own syllables, written down without the code under test."""
    assert PINYIN.read(nurse_call(str(bed), None, "呼叫", "zh")) == (
        f"hu4 shi4 nin2 hao3, {bed_syllables(bed)} chuang2 hu1 jiao4, qing3 nin2 gan3 kuai4 chu3 li3, xie4 xie5!"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("一零一床", "yi1 ling2 yi1 chuang2"),
        ("幺零幺床", "yao1 ling2 yao1 chuang2"),
        ("一二零三房间二床", "yi1 er4 ling2 san1 fang2 jian1 er4 chuang2"),
        ("加五床", "jia1 wu3 chuang2"),
        ("A十二床", "ei1 shi2 er4 chuang2"),
        ("特级护理", "te4 ji2 hu4 li3"),
        ("卫生间呼叫", "wei4 sheng1 jian1 hu1 jiao4"),
        ("输液完毕", "shu1 ye4 wan2 bi4"),
        ("紧急呼叫", "jin3 ji2 hu1 jiao4"),
        ("请求增援", "qing3 qiu2 zeng1 yuan2"),
        ("处理", "chu3 li3"),
        ("请大夫处置", "qing3 dai4 fu5 chu3 zhi4"),
        ("便血", "bian4 xue4"),
        ("重症监护", "zhong4 zheng4 jian1 hu4"),
        ("请重拨", "qing3 chong2 bo1"),
        ("重新输入", "chong2 xin1 shu1 ru4"),
        ("长途", "chang2 tu2"),
        ("您拨打的号码", "nin2 bo1 da3 de5 hao4 ma3"),
        ("您还有二十一分钟", "nin2 hai2 you3 er4 shi2 yi1 fen1 zhong1"),
        ("余额为十二元五角", "yu2 e2 wei4 shi2 er4 yuan2 wu3 jiao3"),
        ("女,绿", "nv3, lv4"),
        ("〇", "ling2"),
    ],
)
def test_what_wards_and_telephones_say(text: str, said: str) -> None:
    """Rooms, letters, call types, and the words a general dictionary gets wrong."""
    assert PINYIN.read(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("曾医生", "zeng1 yi1 sheng1"),
        ("单女士", "shan4 nv3 shi4"),
        ("解先生", "xie4 xian1 sheng1"),
        ("查主任", "zha1 zhu3 ren4"),
        ("请任护士接电话", "qing3 ren2 hu4 shi4 jie1 dian4 hua4"),
        ("菜单", "cai4 dan1"),
        ("检查主任务", "jian3 cha2 zhu3 ren4 wu4"),
        ("任何医生", "ren4 he2 yi1 sheng1"),
    ],
)
def test_surnames_only_where_a_person_is_meant(text: str, said: str) -> None:
    """曾 单 解 查 任 before a title; the same characters within words stay as they are."""
    assert PINYIN.read(text) == said


def test_names_may_be_pointed_out() -> None:
    """A name without a title is read as a name when the caller says that it is one."""
    assert PINYIN.read("单雄信,尉迟恭", names=["单雄信", "尉迟恭"]) == "shan4 xiong2 xin4, yu4 chi2 gong1"


def test_the_site_has_the_last_word() -> None:
    """Its words win everywhere; its characters where they stand in no known word; nonsense is named and left out."""
    site = Pinyin({"行区": "háng qū", "单": "shan4", "朝阳": "zhao1", "坏": "xx9"})
    assert site.read("单雄信看菜单,去行区") == "shan4 xiong2 xin4 kan4 cai4 dan1, qu4 hang2 qu1"
    assert site.faults == ["朝阳", "坏"]
    assert PINYIN.read("行区") == "xing2 qu1"


def test_a_rare_character_is_left_out_never_the_bed() -> None:
    """What has no reading is silent, the rest is said."""
    assert PINYIN.read("𠮷三床呼叫") == "san1 chuang2 hu1 jiao4"


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("张三", "张三"),
        ("阿卜杜·艾山", "阿卜杜·艾山"),
        (" 张三(12) ", "张三"),
        ("Ａlice", "Alice"),
        ("𠮷田", None),
        ("123", None),
        ("", None),
        ("张" * 50, "张" * 20),
    ],
)
def test_a_name_is_cleaned_or_left_out(name: str, cleaned: str | None) -> None:
    """NFKC, hanzi, letters and the dot, of bounded length."""
    assert speakable_name(name) == cleaned


def test_hanzi_in_english_are_romanised() -> None:
    """An English voice would read them as “Chinese letter”."""
    assert romanised("bed 绿 one").split() == ["bed", "lu", "one"]


@given(st.text())
def test_nothing_but_pinyin_comes_out(text: str) -> None:
    """Whatever goes in."""
    assert re.fullmatch(r"(?:[a-zê]+[1-5][,.!?]?(?: |$))*", PINYIN.read(text))
