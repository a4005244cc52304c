"""What somebody means who answers an alarm with a short message."""

from __future__ import annotations

import unicodedata
from typing import Literal

Meaning = Literal["accept", "pass"]

_WORDS: dict[str, Meaning] = {
    **dict.fromkeys(("1", "ok", "okay", "yes", "收到", "已收到", "好", "好的", "接受"), "accept"),
    **dict.fromkeys(("2", "no", "pass", "转", "转交", "不行", "没空"), "pass"),
}


def meaning(text: str) -> Meaning | None:
    """“1”, “１”, “1.”, “收到!” take the call; “2” passes it on; None for whatever else they wrote."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(character for character in plain if unicodedata.category(character)[0] in "LN")
    return _WORDS.get(kept)
