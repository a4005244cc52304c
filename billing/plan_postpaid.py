"""Whose calls outside are billed without an account being dialled, and how much they may cost in a month."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.values import Money, yuan
from pbx.spans import PATTERN, ascending, each


class PostpaidGroup(Section):
    """Extensions whose calls outside somebody is billed for at the end of the month.

    numbers: the extensions, `"8001-8100"` or one. pays: each bed by itself (the extension at it), a department or a
    person. id, name: of the department or person; a bed is named after its extension.
    monthly_limit: yuan that calls of one payer may cost in a month; none for as much as they like.
    warn_percent: from this part of the limit on each call begins with a word about it.
    tariff: empty for the one that patients pay.
    """

    numbers: str = Field(pattern=PATTERN)
    pays: Literal["bed", "department", "person"]
    id: str = Field(default="", pattern=r"^[a-z0-9-]{0,32}$")
    name: Text | None = None
    monthly_limit: Decimal | None = Field(default=None, gt=0, le=1_000_000, decimal_places=2)
    warn_percent: int = Field(default=80, ge=1, le=100)
    tariff: str = Field(default="", max_length=64)

    @field_validator("numbers")
    @classmethod
    def _ascending(cls, numbers: str) -> str:
        return ascending(numbers)

    @model_validator(mode="after")
    def _named(self) -> PostpaidGroup:
        if self.pays != "bed" and not (self.id and self.name):
            raise PlanError(("id",), "a department or person needs an id and a name")
        if self.pays == "bed" and self.id:
            raise PlanError(("id",), "beds are named after their extensions")
        return self

    @property
    def limit(self) -> Money | None:
        """The monthly limit in money."""
        return None if self.monthly_limit is None else yuan(self.monthly_limit)

    def has(self, extension: str) -> bool:
        """Whether calls of this extension are meant."""
        return extension in each(self.numbers)

    def payer(self, extension: str) -> str:
        """Who pays for a call of `extension`: `bed/8001`, `department/surgery`."""
        return f"{self.pays}/{self.id or extension}"
