"""The plan's section about recordings: whose talk is kept, in what form, how long, and who is told before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from pbx.spans import PATTERN, ascending, each

Mode = Literal["always", "never", "on-demand"]
Direction = Literal["internal", "in", "out"]
Format = Literal["pcm16", "pcm8", "alaw", "ulaw", "gsm"]
Span = Annotated[str, Field(pattern=PATTERN), AfterValidator(ascending)]
Told = Literal["no", "outside", "both"]

NOTICE = Text(zh="为保证服务质量，本次通话将被录音。", en="This call is recorded.")


class RecordingRule(Section):
    """What holds for some talk. What is left out does not matter to the rule.

    extensions: either end is one of these. direction: `internal` between extensions, `in` from outside, `out` to it.
    queue: the id of the queue it came through. keep_days: instead of the section's.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    mode: Mode
    extensions: tuple[Span, ...] = ()
    direction: Direction | None = None
    queue: str = ""
    keep_days: int | None = Field(default=None, ge=1, le=36_500)

    def covers(self, extension: str) -> int | None:
        """How many numbers the narrowest of its spans with `extension` has; None where it has it not."""
        return min((len(each(span)) for span in self.extensions if extension in each(span)), default=None)


class Recording(Section):
    """mode: for talk that no rule is about. announce: who hears `announcement` before a recording begins.

    announce_in: in which languages, in this order. key: pressed during talk to begin and end a recording on demand.
    keep_days: a recording that nobody has marked is deleted after so many.
    """

    mode: Mode = "never"
    format: Format = "alaw"
    keep_days: int = Field(default=180, ge=1, le=36_500)
    announce: Told = "outside"
    announcement: Text = NOTICE
    announce_in: tuple[Literal["zh", "en"], ...] = Field(default=("zh",), min_length=1)
    key: str = Field(default="*1", pattern=r"^[*#][0-9]{1,2}$")
    rules: tuple[RecordingRule, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> Recording:
        ids = [rule.id for rule in self.rules]
        for index, identity in enumerate(ids):
            if identity in ids[:index]:
                raise PlanError(("rules", index, "id"), "{name!r} is used twice", name=identity)
        return self

    def check(self, numbers: Collection[str]) -> None:
        """Raise PlanError for a rule about an extension that the plan has not."""
        for index, rule in enumerate(self.rules):
            for place, span in enumerate(rule.extensions):
                for number in each(span):
                    if number not in numbers:
                        where = ("recording", "rules", index, "extensions", place)
                        raise PlanError(where, "there is no extension {number}", number=number)
