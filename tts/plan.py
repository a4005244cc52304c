"""The speech section of the plan."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from appliance.foundation.config import PlanError, Section

Chinese = Literal[
    "zf_xiaobei", "zf_xiaoni", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxi", "zm_yunxia", "zm_yunyang"
]
English = Literal["af_heart", "af_bella", "af_nicole", "am_fenrir", "am_michael", "am_puck", "bf_emma", "bm_george"]


class GoodVoice(Section):
    """Kokoro's voice in each language: zf and zm are Chinese women and men, a American, b British."""

    zh: Chinese = "zf_xiaobei"
    en: English = "af_heart"


class SpeechPlan(Section):
    """speed: words a minute. one: how 1 is read in room and bed numbers of three digits or more, yī or yāo.
    voice: of the good voice, where it is installed.
    names: whether station screens say the patient's surname and title after the bed, 张先生; never a public speaker.
    pinyin: the site's own readings, e.g. `{ "单" = "shan4" }` for surnames."""

    speed: int = Field(default=160, ge=80, le=300)
    one: Literal["yi", "yao"] = "yi"
    voice: GoodVoice = GoodVoice()
    names: bool = False
    pinyin: dict[str, str] = {}

    @field_validator("pinyin")
    @classmethod
    def _readable(cls, pinyin: dict[str, str]) -> dict[str, str]:
        if pinyin:
            from tts.pinyin import Pinyin  # its dictionary is large, and most plans need none of it

            for word in Pinyin(pinyin).faults:
                said = "{given!r} is not one syllable a character, such as shan4 for 单"
                raise PlanError((word,), said, given=pinyin[word])
        return pinyin
