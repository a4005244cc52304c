"""Values that every section of the ward's plan uses."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from appliance.foundation.config import PlanError

Identity = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
"""A name by which rows of the plan refer to one another."""

Seconds = Annotated[int, Field(gt=0, le=86_400)]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as why:
        raise PlanError((), "{pattern!r} is not a regular expression: {why}", pattern=pattern, why=why) from why
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
"""A regular expression, searched anywhere in the text."""
