"""How long a billed 600 call takes to reach the carrier, against Asterisk's own `Dial()` in the same exchange."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.bench.ends import Carrier, Phone, Times
from tests.bench.figures import Figure, beside, milliseconds
from tests.bench.sip import HOST, Loop
from tests.e2e.house import House
from tests.e2e.patience import until

CALLS = 40
WARM = 2
BETWEEN = 0.15
"""Seconds after a call, in which it is settled."""

OUTSIDE = "13800138000"
EMERGENCY = "120"
"""Never billed: the sample hospital's plain dialplan sends it over the first trunk by `Dial()`."""


def measure(house: House) -> Figure:
    """Alternating calls of one phone; afterwards the house's trunks lead nowhere."""
    loop = Loop()
    carrier = Carrier(loop, len(house.told["trunks"]))
    try:
        _lead_trunks_to(house, carrier)
        before = _settled(house)
        billed, plain = _calls(house, loop, carrier)
    finally:
        loop.close()
    until(lambda: _settled(house) == before + WARM + CALLS, "every 600 call, and no other, to be billed")
    return Figure(
        f"Set-up: {CALLS} billed 600 calls and {CALLS} of Asterisk's own Dial(), alternating, in the same exchange",
        [
            *beside(
                milliseconds("600: phone's INVITE → carrier's", _set_up(billed)),
                milliseconds("Dial(): phone's INVITE → carrier's", _set_up(plain)),
                "600 ÷ Dial()",
            ),
            *beside(
                milliseconds("600: carrier's answer → phone's", _answer(billed)),
                milliseconds("Dial(): carrier's answer → phone's", _answer(plain)),
                "600 ÷ Dial()",
            ),
        ],
        (
            "From the INVITE that proves who calls. In between, for 600: account and PIN checked, tariff and cheapest",
            "trunk found, a lease of credit on disk. The time it rings is in neither.",
        ),
    )


def _lead_trunks_to(house: House, carrier: Carrier) -> None:
    """Another revision of the plan, in which every trunk ends at `carrier`; back when all of them are up."""
    ports = iter(carrier.ports)
    text = re.sub(r"(?m)^port = \d+", lambda _: f"port = {next(ports)}", house.cli("plan", "show").stdout)
    file = house.directory / "bench.toml"
    file.write_text(text, "utf-8")
    house.cli("plan", "load", str(file), "--activate")
    trunks = [f"trunk:{trunk['id']}" for trunk in house.told["trunks"]]

    def up() -> bool:
        return len(carrier.probed) == len(trunks) and all(house.health().get(trunk) == "up" for trunk in trunks)

    carrier.loop.until(up, "the trunks to lead here", 90)


def _calls(house: House, loop: Loop, carrier: Carrier) -> tuple[list[Times], list[Times]]:
    account, sip = house.told["accounts"][0], house.told["sip"]
    phone = Phone(loop, sip["accounts"][0]["extension"], sip["accounts"][0]["secret"], (HOST, sip["port"]))
    dialled = f"600{account['number']}{account['pin']}{OUTSIDE}"
    billed, plain = [], []
    for _ in range(WARM + CALLS):
        billed.append(phone.call(dialled, carrier))
        loop.rest(BETWEEN)
        plain.append(phone.call(EMERGENCY, carrier))
        loop.rest(BETWEEN)
    return billed[WARM:], plain[WARM:]


def _settled(house: House) -> int:
    return len(house.rows("SELECT call FROM leases WHERE state = 'settled'"))


def _set_up(calls: Sequence[Times]) -> list[float]:
    return [(times.arrived or 0.0) - (times.invited or 0.0) for times in calls]


def _answer(calls: Sequence[Times]) -> list[float]:
    return [(times.answered or 0.0) - (times.picked_up or 0.0) for times in calls]
