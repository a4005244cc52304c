"""The sentences that are spoken, as people read them; `tts.spelling` and `tts.pinyin` make them speakable."""

from __future__ import annotations

import re
import unicodedata

from appliance.foundation.values import Language
from tts.digits import One, in_label
from tts.spelling import spell_out

__all__ = ["bed_name", "nurse_call", "spell_out"]

_ZH_GRADES = ("特级护理", "一级护理", "二级护理", "三级护理")
_EN_GRADES = ("special care", "level one care", "level two care", "level three care")
_EN_LABELS = (("加", " extra "), ("走廊", " corridor "), ("抢救", " resuscitation "), ("监护", " observation "))
_ROOM = re.compile(r"(\d+)-(\d+)")


def nurse_call(
    bed: str, care_grade: int | None, spoken: str, language: Language, one: One = "yi", person: str | None = None
) -> str:
    """What the nurse hears: 护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!

    bed: label from the plan; care_grade: 0 special, 1, 2, 3; any other is left out.
    spoken: what follows the bed, from the call type, e.g. 呼叫 or is calling.
    person: surname and title, said after the bed where the site wishes it.
    """
    grade = _grade(care_grade, language)
    name = bed_name(bed, language, one)
    if language == "zh":
        # The comma is heard, and keeps 床单 (a sheet) out of 28床,单女士.
        return f"护士您好,{grade}{name}{f',{person}' if person else ''}{spoken},请您赶快处理,谢谢!"
    return f"Nurse, please: {grade}{name}{f', {person},' if person else ''} {spoken}. Please attend at once. Thank you."


def _grade(care_grade: int | None, language: Language) -> str:
    if care_grade is None or not 0 <= care_grade <= 3:
        return ""
    return f"{_ZH_GRADES[care_grade]}," if language == "zh" else f"{_EN_GRADES[care_grade]}, "


def bed_name(bed: str, language: Language, one: One = "yi") -> str:
    """A bed's label in words: `28` 二十八床, `101` 一零一床, `1203-2` 一二零三房间二床, `加5` 加五床."""
    label = unicodedata.normalize("NFKC", bed).strip()
    if language == "zh":
        return _zh_bed(re.sub(r"号?床$", "", label), one)
    return _en_bed(re.sub(r"号?床$", "", label))


def _zh_bed(label: str, one: One) -> str:
    if room := _ROOM.fullmatch(label):
        return f"{in_label(room[1], 'zh', one)}房间{in_label(room[2], 'zh', one)}床"
    # 杠 keeps 12-3-4 and 12-34 apart for the ear.
    spoken = re.sub(r"(?<=\d)-(?=\d)", "杠", label)
    spoken = re.sub(r"\d+", lambda digits: in_label(digits[0], "zh", one), spoken)
    return f"{spoken.replace('-', '').replace('_', '')}床"


def _en_bed(label: str) -> str:
    if room := _ROOM.fullmatch(label):
        return f"room {in_label(room[1], 'en')}, bed {in_label(room[2], 'en')}"
    for hanzi, english in _EN_LABELS:
        label = label.replace(hanzi, english)
    label = re.sub(r"(?<=\d)-(?=\d)", " dash ", label)
    spoken = re.sub(r"\d+", lambda digits: f" {in_label(digits[0], 'en')} ", label)
    return f"bed {' '.join(re.sub(r'[_-]+(?![a-z])', ' ', spoken).split())}"
