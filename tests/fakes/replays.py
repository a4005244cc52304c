"""Past calls by another plan, for pages: what a test says was found."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.foundation.values import Language
from web.replays import NotReplayed, Replayed

NOTHING = Replayed(0, 0, 0, (), 0, ())


@dataclass
class FakeReplays:
    """Remembers the plans that were tried. fault: why nothing can be found out."""

    found: Replayed = NOTHING
    fault: str = ""
    tried: list[str] = field(default_factory=list)

    async def replay(self, text: str, language: Language) -> Replayed:
        self.tried.append(text)
        if self.fault:
            raise NotReplayed(self.fault)
        return self.found
