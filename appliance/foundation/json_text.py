"""JSON that a stranger sent."""

from __future__ import annotations

import json
from typing import Any


def loads(text: str | bytes) -> Any:
    """What it says. Raises ValueError, for brackets in brackets in brackets, too: the parser would run out of stack."""
    try:
        return json.loads(text)
    except RecursionError as why:
        raise ValueError("brackets are nested too deeply") from why
