"""The same press to a real browser: until the call's card stands in the page, and until a frame with it is drawn."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

from appliance.plan import Plan
from nursecall.line_ends import byte_time
from nursecall.plan_lines import EspaLine
from tests.bench.figures import Figure, Row, beside, milliseconds
from tests.e2e.house import House
from tests.e2e.screens import FLAGS, log_in, shows_not, station

PRESSES = 50
TRIES = 40

WATCH = """() => {
  globalThis.cards = [];
  const watch = new MutationObserver((changes) => {
    const added = performance.now();
    for (const { addedNodes } of changes) for (const node of addedNodes) {
      if (!node.dataset?.call) continue;
      requestAnimationFrame(() => {
        const after = new MessageChannel();
        after.port1.onmessage = () => globalThis.cards.push({ added, drawn: performance.now() });
        after.port2.postMessage(0);
      });
    }
  });
  watch.observe(document.getElementById("queue"), { childList: true });
}"""
NEXT = "() => globalThis.cards.shift()"


@dataclass(frozen=True)
class Wristwatch:
    """The page's clock beside ours: both run on the system's monotonic one, from different beginnings.

    ahead, give: seconds; what to add to the page's time to have ours, and by how much that may be wrong.
    """

    ahead: float
    give: float

    @classmethod
    def set_by(cls, page: Page) -> Wristwatch:
        """Asks the page for the time, often; the quickest answer is the best."""
        return min((cls._asked(page) for _ in range(TRIES)), key=lambda watch: watch.give)

    @classmethod
    def _asked(cls, page: Page) -> Wristwatch:
        before = time.monotonic()
        inside = page.evaluate("performance.now()") / 1000
        after = time.monotonic()
        return cls((before + after) / 2 - inside, (after - before) / 2)


def measure(house: House, plan: Plan) -> Figure:
    """Presses on the first line that our side does not poll."""
    lines = (line for line in plan.nursecall.lines if isinstance(line, EspaLine))
    line = next(line for line in lines if line.role == "station")
    added, drawn, wire = [], [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(house.page("/"))
        log_in(page, "nurse", house.password("nurse"))
        station(page, house, line.ward)
        page.evaluate(WATCH)
        watch = Wristwatch.set_by(page)
        for number in range(PRESSES):
            bed = str(number % 40 + 1)
            time.sleep(random.uniform(0.02, 0.06))
            told = house.press(bed, line.id)
            card = page.wait_for_function(NEXT).json_value()
            house.simulate("reset", line=line.id, bed=bed)
            shows_not(page, bed)
            began = told["pressed_at"] - watch.ahead
            added.append(card["added"] / 1000 - began)
            drawn.append(card["drawn"] / 1000 - began)
            wire.append(told["bytes"] * byte_time(line))
        later = Wristwatch.set_by(page)
        browser.close()
    give = max(watch.give, later.give) + abs(watch.ahead - later.ahead)
    peer = milliseconds("the serial line's own time for the bytes", wire)
    return Figure(
        f"Press to a real browser: {PRESSES} presses, the station of the ward open in Chromium",
        [
            *beside(milliseconds("press → card in the page (DOM)", added), peer, "page ÷ line"),
            milliseconds("press → first frame with it drawn", drawn),
            Row("→ frame ÷ line", [mine / line_ for mine, line_ in zip(drawn, wire, strict=True)], "×"),
        ],
        (f"The page's clock was set by ours to within {give * 1000:.1f} ms. No screen, so drawn by the processor.",),
    )
