"""Telephones at the beds of a ward: which bed has which extension, and on what terms nurses speak with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pydantic import Field, field_validator

from appliance.foundation.config import PlanError, Section

_SPAN = re.compile(r"([0-9]{1,6})-([0-9]{1,6})")


class BedsidePhones(Section):
    """beds: bed label to extension, or a range to a range as long: `{ "28" = "8028", "1-20" = "8101-8120" }`.

    limit: seconds after which the exchange ends speech with a bed. ring: seconds a telephone rings.
    auto_answer: ask the bedside telephone to answer by itself, for phones that can and patients who cannot.
    record: keep each talk as a sound file for `keep_days`.
    """

    beds: Mapping[str, str] = {}
    limit: int = Field(default=180, ge=10, le=3600)
    ring: int = Field(default=30, ge=5, le=120)
    auto_answer: bool = False
    record: bool = False
    keep_days: int = Field(default=30, ge=1, le=3650)

    @field_validator("beds")
    @classmethod
    def _spread(cls, beds: Mapping[str, str]) -> Mapping[str, str]:
        pairs = [pair for bed, extension in beds.items() for pair in _pairs(bed, extension)]
        spread = dict(pairs)
        if len(spread) < len(pairs):
            raise PlanError((), "a bed is listed twice")
        for bed, extension in spread.items():
            if list(spread.values()).count(extension) > 1:
                said = "extension {extension} of bed {bed} is listed twice"
                raise PlanError((), said, extension=extension, bed=bed)
        return spread

    def bed(self, extension: str) -> str | None:
        """Whose telephone that is."""
        return next((bed for bed, its in self.beds.items() if its == extension), None)


def _pairs(bed: str, extension: str) -> Iterator[tuple[str, str]]:
    beds, extensions = _SPAN.fullmatch(bed), _SPAN.fullmatch(extension)
    if extensions is None:
        if not re.fullmatch(r"[0-9]{2,6}", extension):
            raise PlanError((), "{extension!r} is no extension", extension=extension)
        yield bed, extension
        return
    first, last = int(extensions[1]), int(extensions[2])
    if beds is None or last - first != int(beds[2]) - int(beds[1]) or last < first:
        said = "beds {bed!r} and extensions {extension!r} are not ranges of the same length"
        raise PlanError((), said, bed=bed, extension=extension)
    for offset in range(last - first + 1):
        yield str(int(beds[1]) + offset), str(first + offset).zfill(len(extensions[1]))
