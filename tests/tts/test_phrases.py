"""The sentences, as people read them."""

from __future__ import annotations

import pytest

from tts.persons import addressed
from tts.phrases import bed_name, nurse_call
from tts.pinyin import Pinyin


def test_the_hospital_s_own_sentence() -> None:
    """Exactly as the hospital wrote it."""
    assert (
        nurse_call(bed="28", care_grade=1, spoken="呼叫", language="zh")
        == "护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!"
    )


def test_the_same_in_english() -> None:
    """The same facts in the same order."""
    assert (
        nurse_call(bed="28", care_grade=1, spoken="is calling", language="en")
        == "Nurse, please: level one care, bed twenty-eight is calling. Please attend at once. Thank you."
    )


@pytest.mark.parametrize(
    ("grade", "zh", "en"),
    [
        (0, "特级护理,", "special care, "),
        (1, "一级护理,", "level one care, "),
        (2, "二级护理,", "level two care, "),
        (3, "三级护理,", "level three care, "),
        (None, "", ""),
        (7, "", ""),
    ],
)
def test_the_care_grade_is_said_where_it_is_known(grade: int | None, zh: str, en: str) -> None:
    """A patient without one is called without one."""
    assert nurse_call("5", grade, "呼叫", "zh") == f"护士您好,{zh}五床呼叫,请您赶快处理,谢谢!"
    assert nurse_call("5", grade, "is calling", "en").startswith(f"Nurse, please: {en}bed five is calling.")


@pytest.mark.parametrize(
    ("bed", "zh", "en"),
    [
        ("1", "一床", "bed one"),
        ("2", "二床", "bed two"),
        ("10", "十床", "bed ten"),
        ("05", "五床", "bed five"),
        ("99", "九十九床", "bed ninety-nine"),
        ("101", "一零一床", "bed one zero one"),
        ("120", "一二零床", "bed one two zero"),
        ("1203-2", "一二零三房间二床", "room one two zero three, bed two"),
        ("12-34", "十二房间三十四床", "room twelve, bed thirty-four"),
        ("加5", "加五床", "bed extra five"),
        ("28床", "二十八床", "bed twenty-eight"),
        ("２８", "二十八床", "bed twenty-eight"),
        ("A12", "A十二床", "bed A twelve"),
        ("A-12", "A十二床", "bed A twelve"),
        ("VIP-3", "VIP三床", "bed VIP three"),
        ("1-2-3", "一杠二杠三床", "bed one dash two dash three"),
        ("监护1", "监护一床", "bed observation one"),
        ("加5床", "加五床", "bed extra five"),
        ("抢救床", "抢救床", "bed resuscitation"),
        ("抢救2", "抢救二床", "bed resuscitation two"),
        ("走廊加3", "走廊加三床", "bed corridor extra three"),
        ("临1", "临一床", "bed 临 one"),
    ],
)
def test_a_bed_is_named_by_its_label(bed: str, zh: str, en: str) -> None:
    """Numbers up to two digits, digits one by one beyond, rooms and extra beds as such."""
    assert bed_name(bed, "zh") == zh
    assert bed_name(bed, "en") == en


@pytest.mark.parametrize(
    ("name", "sex", "zh", "en"),
    [
        ("张伟", "M", "张先生", "Mr Zhang"),
        ("王秀英", "F", "王女士", "Ms Wang"),
        ("欧阳娜娜", "F", "欧阳女士", "Ms Ouyang"),
        ("单雄信", "M", "单先生", "Mr Shan"),
        ("John Smith", "M", None, "Mr Smith"),
        ("张伟", "", None, None),
        ("", "F", None, None),
        ("𠮷田", "F", None, None),
        ("买买提·吐尔逊", "M", None, None),
    ],
)
def test_a_patient_is_surname_and_title_or_nobody(name: str, sex: str, zh: str | None, en: str | None) -> None:
    """A name that no voice can read is left out; the bed never is."""
    assert addressed(name, sex, "zh") == zh
    assert addressed(name, sex, "en") == en
    assert "二十八床" in nurse_call("28", 1, "呼叫", "zh", person=addressed(name, sex, "zh"))
    assert "bed twenty-eight" in nurse_call("28", 1, "is calling", "en", person=addressed(name, sex, "en"))


def test_a_patient_s_surname_is_read_as_a_surname() -> None:
    """单 is shàn, and no 床单 (a sheet) comes of 28 床 and 单女士; with and without a grade, in English too."""
    call = nurse_call("28", 1, "呼叫", "zh", person="单女士")
    assert call == "护士您好,一级护理,二十八床,单女士呼叫,请您赶快处理,谢谢!"
    assert "chuang2, shan4 nv3 shi4 hu1 jiao4," in Pinyin().read(call)
    english = nurse_call("28", None, "is calling", "en", person="Ms Shan")
    assert english == "Nurse, please: bed twenty-eight, Ms Shan, is calling. Please attend at once. Thank you."


def test_a_site_may_say_yao_for_one() -> None:
    """幺 in room numbers, never in a bed's two digits."""
    assert nurse_call("1101-1", None, "呼叫", "zh", one="yao") == "护士您好,幺幺零幺房间一床呼叫,请您赶快处理,谢谢!"


def test_no_two_beds_sound_the_same() -> None:
    """Of a ward with rooms, extra beds and 99 numbers."""
    beds = [
        *map(str, range(1, 1000)),
        *(f"加{n}" for n in range(1, 40)),
        *(f"{r}-{b}" for r in (1, 12, 123) for b in (1, 2)),
    ]
    for language in ("zh", "en"):
        names = [bed_name(bed, language) for bed in beds]
        assert len(set(names)) == len(beds)
