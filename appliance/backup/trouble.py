"""Why a backup was not made, or a file not restored: one sentence."""

from __future__ import annotations

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language


class Trouble(Exception):
    """message: English, a message id; `facts` fill its fields. Nothing was changed."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(translate(message, "en", **facts))
        self.message = message
        self.facts = {name: str(fact) for name, fact in facts.items()}

    def text(self, language: Language) -> str:
        """The sentence."""
        return translate(self.message, language, **self.facts)


def brief(why: BaseException) -> str:
    """What the system says of a fault, in a line."""
    said = getattr(why, "strerror", None) or str(why)
    return said.splitlines()[0][:160] if said else type(why).__name__
