"""The simulated mobile network: phones that receive, and people who write to the hospital."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from appliance.foundation.clock import Clock
from pbx.sms.pdu import Concatenation, Deliver, Submit
from pbx.sms.userdata import alphabet_for, cut, joined


@dataclass(frozen=True)
class Received:
    """A text some phone shows."""

    modem: str
    to: str
    text: str
    at: datetime
    parts: int


@dataclass
class Network:
    """Every phone of the simulated world.

    texts: whole messages in the order they became whole. told: called with each.
    """

    clock: Clock
    texts: list[Received] = field(default_factory=list)
    told: Callable[[Received], None] = lambda _text: None
    _parts: dict[tuple[str, str, int, int], dict[int, str]] = field(default_factory=dict)
    _sent: int = 0

    def take(self, modem: str, message: Submit) -> None:
        """A modem sent this. A phone joins parts by their sender, reference and number."""
        part = message.part or Concatenation(0, 1, 1)
        key = (modem, message.to, part.reference, part.parts)
        parts = self._parts.setdefault(key, {})
        parts[part.part] = message.text
        if len(parts) == part.parts:
            del self._parts[key]
            text = joined(parts[number] for number in sorted(parts))
            self.texts.append(Received(modem, message.to, text, self.clock.now(), part.parts))
            self.told(self.texts[-1])

    @property
    def unfinished(self) -> int:
        """Messages of which some parts came and some did not."""
        return len(self._parts)

    def written(self, sender: str, text: str) -> list[Deliver]:
        """What the network delivers when somebody at `sender` writes `text`. Raises PduError for an odd sender."""
        parts = cut(text)
        self._sent = (self._sent + 1) % 256
        now = self.clock.now()
        return [
            Deliver(
                sender,
                part,
                alphabet_for(text),
                now,
                Concatenation(self._sent, len(parts), number) if len(parts) > 1 else None,
            )
            for number, part in enumerate(parts, 1)
        ]
