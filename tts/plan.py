"""The speech section of the plan."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from appliance.foundation.config import Section


class SpeechPlan(Section):
    """speed: words a minute. one: how 1 is read in room and bed numbers of three digits or more, yī or yāo.
    pinyin: the site's own readings, e.g. `{ "单" = "shan4" }` for surnames."""

    speed: int = Field(default=160, ge=80, le=300)
    one: Literal["yi", "yao"] = "yi"
    pinyin: dict[str, str] = {}
