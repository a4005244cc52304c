"""The station of every ward, each watched by a nurse of its own, who writes down what was on it and when."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tests.bench.panel import Nurse, Screen

CALL = re.compile(r'data-call="([^"]+)" data-state="([a-z]+)"')
BED = re.compile(r'class="call-bed"><span class="unseen">[^<]*</span>([^<]+)</span>')
PRESSED = re.compile(r'aria-hidden="true">×(\d+)<')


class Station:
    """The screen of one ward.

    shown: call → when it was first there with how many presses. gone: call → when it was no longer there.
    open: call → its bed. doubled: cards that stood there twice. cut: why the panel ended the connection.
    """

    def __init__(self, ward: str, nurse: Nurse) -> None:
        self.ward, self.nurse = ward, nurse
        self.shown: dict[str, list[tuple[float, int]]] = defaultdict(list)
        self.gone: dict[str, float] = {}
        self.open: dict[str, str] = {}
        self.doubled = 0
        self.changes = 0
        self.cut = ""
        self._over = False
        self._screen: Screen = nurse.station(ward)
        self._thread = threading.Thread(target=self._watch, name=f"screen of {ward}", daemon=True)
        self._thread.start()

    def seen(self, call: str, presses: int) -> float | None:
        """When `call` was first there with at least so many presses."""
        return next((at for at, shown in self.shown.get(call, ()) if shown >= presses), None)

    def call_at(self, bed: str) -> str | None:
        """A call of `bed` that stands there now."""
        return next((call for call, there in list(self.open.items()) if there == bed), None)

    def close(self) -> None:
        """Look away."""
        self._over = True
        self._screen.close()

    def _watch(self) -> None:
        try:
            for at, name, data in self._screen:
                if name == "change" and "queue" in data["regions"]:
                    self._queue(at, data["regions"]["queue"])
                elif name == "bye":
                    break
            why = "the panel ended it"
        except Exception as gone:
            why = repr(gone)
        if not self._over:
            self.cut = why

    def _queue(self, at: float, queue: Mapping[str, Any]) -> None:
        self.changes += 1
        for html in queue["pieces"].values():
            if card := CALL.search(html):
                bed, pressed = BED.search(html), PRESSED.search(html)
                self.open[card[1]] = bed[1].strip() if bed else "?"
                presses = int(pressed[1]) if pressed else 1
                seen = self.shown[card[1]]
                if not seen or presses > seen[-1][1]:
                    seen.append((at, presses))
        order = queue["order"]
        self.doubled += len(order) - len(set(order))
        for call in [call for call in self.open if f"call-{call}" not in order]:
            del self.open[call]
            self.gone[call] = at
