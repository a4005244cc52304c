"""Runs of numbers as the plan writes them: `8001-8100`, or one number."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from appliance.foundation.config import PlanError

PATTERN = r"^[0-9]{2,6}(-[0-9]{2,6})?$"
_RANGE = re.compile(r"([0-9]{2,6})-([0-9]{2,6})")


def ascending(span: str) -> str:
    """`span` itself. Raises PlanError unless it runs upwards between numbers of one length."""
    found = _RANGE.fullmatch(span)
    if found and (len(found[1]) != len(found[2]) or int(found[1]) > int(found[2])):
        raise PlanError((), "runs from a smaller to a larger number of the same length")
    return span


def each(span: str) -> tuple[str, ...]:
    """Every number of `span`, leading zeros kept."""
    found = _RANGE.fullmatch(span)
    if not found:
        return (span,)
    return tuple(str(number).zfill(len(found[1])) for number in range(int(found[1]), int(found[2]) + 1))


Span = Annotated[str, Field(pattern=PATTERN), AfterValidator(ascending)]
"""A field of the plan that holds one."""
