"""The speech section of the plan."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from appliance.foundation.config import PlanError, Section


class SpeechPlan(Section):
    """speed: words a minute. one: how 1 is read in room and bed numbers of three digits or more, yī or yāo.
    pinyin: the site's own readings, e.g. `{ "单" = "shan4" }` for surnames."""

    speed: int = Field(default=160, ge=80, le=300)
    one: Literal["yi", "yao"] = "yi"
    pinyin: dict[str, str] = {}

    @field_validator("pinyin")
    @classmethod
    def _readable(cls, pinyin: dict[str, str]) -> dict[str, str]:
        if pinyin:
            from tts.pinyin import Pinyin  # its dictionary is large, and most plans need none of it

            for word in Pinyin(pinyin).faults:
                raise PlanError((word,), f"{pinyin[word]!r} is not one syllable a character, such as shan4 for 单")
        return pinyin
