"""How a patient is spoken of where the site wishes it: surname and title, 张先生, Ms Zhang; never the whole name."""

from __future__ import annotations

import re
import unicodedata

from appliance.foundation.values import Language
from tts.pinyin import romanised, speakable_name
from tts.readings import COMPOUND_SURNAMES, SURNAMES

_ZH_TITLES = {"M": "先生", "F": "女士"}
_EN_TITLES = {"M": "Mr", "F": "Ms"}
_HANZI = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def addressed(name: str, sex: str | None, language: Language) -> str | None:
    """`王秀英`, F as 王女士 or Ms Wang; None where the name cannot be read, and then the bed is enough.

    sex: M or F; with any other there is no title, and a bare surname is not said. A name in letters is of the form
    `John Smith`; a Chinese voice does not try it.
    """
    titles = _ZH_TITLES if language == "zh" else _EN_TITLES
    title, surname = titles.get(sex or ""), _surname(name)
    if title is None or surname is None:
        return None
    if language == "zh":
        return f"{surname}{title}" if _HANZI.match(surname) else None
    return f"{title} {_in_letters(surname).title()}"


def _in_letters(surname: str) -> str:
    """`单` as shan, `欧阳` as ouyang; letters as they are."""
    reading = re.sub(r"[1-5]", "", SURNAMES[surname]) if surname in SURNAMES else romanised(surname)
    return reading.replace(" ", "")


def _surname(name: str) -> str | None:
    clean = unicodedata.normalize("NFKC", name).strip()
    if not clean:
        return None
    if _HANZI.match(clean):
        # A name such as 买买提·吐尔逊 has its surname, if any, elsewhere.
        surname = clean[:2] if clean[:2] in COMPOUND_SURNAMES else clean[:1]
        return None if "·" in clean else speakable_name(surname)
    return speakable_name(clean.split()[-1])
