"""`make bench`: every figure beside its peer, in one run on this machine; nothing is judged. Also in build/bench.json.

python -m tests.bench [press] [browser] [set-up] [exchange] [codec] [modbus] [rating] [leases] [soak]
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import codec, exchange, leases, modbus, press_to_browser, press_to_screen, rating, set_up, soak
from tests.bench.figures import Figure, keep
from tests.bench.house import private_house
from tests.e2e.house import House

ROOT = Path(__file__).parent.parent.parent
KEPT = ROOT / "build" / "bench.json"

IN_A_HOUSE: dict[str, Callable[[House], list[Figure]]] = {
    "press": lambda house: press_to_screen.measure(house, house.plan()),
    "browser": lambda house: [press_to_browser.measure(house, house.plan())],
    "set-up": lambda house: [set_up.measure(house)],
    "exchange": exchange.measure,
}
"""In this order: the last ones lead the house's trunks away."""

ALONE: dict[str, Callable[[], list[Figure]]] = {
    "codec": codec.measure,
    "modbus": modbus.measure,
    "rating": rating.measure,
    "leases": leases.measure,
    "soak": soak.measure,
}


def figures(wanted: list[str]) -> Iterator[Figure]:
    """Each figure as it is there."""
    if asked := [name for name in IN_A_HOUSE if name in wanted]:
        print("Bringing up a private appliance with its simulated hospital …", flush=True)
        with private_house() as house:
            for name in asked:
                yield from IN_A_HOUSE[name](house)
    for name in [name for name in ALONE if name in wanted]:
        yield from ALONE[name]()


def main() -> None:
    """Measure, print, keep."""
    names = [*IN_A_HOUSE, *ALONE]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figure", nargs="*", help=f"{', '.join(names)}; default: all of them")
    wanted = parser.parse_args().figure or names
    if unknown := [name for name in wanted if name not in names]:
        parser.error(f"there is no figure {', '.join(unknown)}")
    began, measured = time.monotonic(), []
    for figure in figures(wanted):
        figure.print()
        measured.append(figure.facts())
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    keep(KEPT, {"at": datetime.now(UTC).isoformat(), **machine, "figures": measured})
    print(f"\n{len(measured)} figures in {time.monotonic() - began:.0f} s; kept in {KEPT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
