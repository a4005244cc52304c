"""Fields that many sections have."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.values import Language
from web.forms.layout import Doc, Field

NAME = Field("name", "Name shown")
ID = Field(
    "id",
    "Short name",
    "By which rules, records and logs name it. It stays as it is once it is kept.",
    fixed=True,
    wrong="Small letters, digits and - only, a letter or digit first.",
)
SECONDS_FOR_ANSWER = Field("timeout", "Waits for an answer (seconds)")
CA_FILE = ("Certificates to trust (PEM file)", "Empty: those that every browser trusts.")
"""Label and help of the file with the authorities behind a server's certificate."""
CLOSED = {"false": "open at that time", "true": "closed at that time"}
"""Whether a row counts while its hours are open, or while they are not."""


def named(doc: Doc, language: Language) -> str:
    """What people call it."""
    name = doc.get("name")
    said = name.get(language) or name.get("zh") or name.get("en") if isinstance(name, dict) else name
    return str(said or doc.get("id") or "–")


def listed(values: Sequence[object], language: Language) -> str:
    """As a sentence has them."""
    return ("、" if language == "zh" else ", ").join(map(str, values))


def called(names: Sequence[tuple[str, str]], value: str) -> str:
    """What people call what is named so."""
    return dict(names).get(value, value)


def extensions(key: str, label: str, help: str = "", usual: str = "") -> Field:
    """A list of extensions, or of runs of them."""
    wrong = "Extensions, or runs of them such as 8001-8010."
    return Field(key, label, help, ref="extensions", usual=usual, hint="8001-8010, 8050", wrong=wrong)
