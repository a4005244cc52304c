"""Which of two languages is spoken: the same rule as setup/words.sh."""

from __future__ import annotations

import os
from collections.abc import Mapping


def words(chinese: str, english: str, environment: Mapping[str, str] = os.environ) -> str:
    """One of the two, by NIGHTBELL_LANGUAGE, else by the locale; Chinese unless that is English."""
    keys = ("NIGHTBELL_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    language = next((environment[key] for key in keys if environment.get(key)), "")
    return english if language.startswith("en") else chinese
