"""Which telephones ring now, and how another takes what rings there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pbx.leg import Latch, Leg


@dataclass(frozen=True, eq=False)
class Bell:
    """A telephone that rings. caller: whom its display shows. taken: by whose leg, that is up, at another telephone."""

    extension: str
    caller: str
    taken: Latch[Leg] = field(default_factory=Latch)


class Bells:
    """changed: told when one begins or ends."""

    def __init__(self) -> None:
        self.changed: Callable[[], None] = lambda: None
        self._ringing: dict[Bell, None] = {}

    @contextmanager
    def ring(self, extension: str, caller: str) -> Iterator[Bell]:
        """It rings meanwhile."""
        bell = Bell(extension, caller)
        self._ringing[bell] = None
        self.changed()
        try:
            yield bell
        finally:
            self._ringing.pop(bell)
            self.changed()

    def ringing(self, *extensions: str) -> Sequence[Bell]:
        """Those that ring and nobody took yet, the first to ring first; of these extensions, or of all."""
        return [
            bell
            for bell in self._ringing
            if bell.taken.value is None and (not extensions or bell.extension in extensions)
        ]
