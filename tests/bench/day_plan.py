"""A hospital of 600 beds as a plan: fifteen wards of forty, each on a line of its own, every protocol among them."""

from __future__ import annotations

import socket
from collections.abc import Callable

WARDS = 15
BEDS = 40
BEDS_A_MODULE = 4
"""Four contacts a bed: call, emergency, presence, reset; sixteen inputs a module."""

EMERGENCY = "code-blue"

SITE = """\
[site]
name = { zh = "六百床医院", en = "Six hundred beds" }
language = "en"

[[nursecall.escalations]]
id = "day"
failsafe = { by = "station", after = 20 }

[[nursecall.escalations.steps]]
by = "station"

[[nursecall.escalations.steps]]
by = "ward"
after = 10
"""
"""Who is told lies within the box: this measures the wards, not telephones."""

WARD = """
[[nursecall.wards]]
id = "{ward}"
name = {{ zh = "第{number}病区", en = "Ward {number}" }}
language = "en"
beds = ["1-{beds}"]
patience = 5
escalation = "day"
neighbours = ["{neighbour}"]
sound = {{ test = 0 }}
"""
"""Patience is two minutes of a day that passes in an hour."""

LINE = """
[[nursecall.lines]]
id = "{ward}"
ward = "{ward}"
"""

WORDS = """\
types = { "急救|CODE" = "code-blue" }
ends = ["复位|RESET"]
present = ["到场|PRESENT"]
absent = ["离开|LEFT"]
"""

PLAIN = """\
encoding = "ascii"
types = { "CODE" = "code-blue" }
ends = ["RESET"]
present = ["PRESENT"]
absent = ["LEFT"]
"""


def _station(ward: str) -> str:
    return f'device = "{ward}"\nrole = "station"\nown = "2"\npeer = "1"\n{WORDS}'


def _control(ward: str) -> str:
    return f'device = "{ward}"\nrole = "control"\nown = "1"\npeer = "2"\n{WORDS}'


def _text(ward: str) -> str:
    return f'device = "{ward}"\nprotocol = "text"\ncheck = "xor"\ncheck_as = "hex"\nanswer = "\\u0006"\n{WORDS}'


def _tap(ward: str) -> str:
    return f'device = "{ward}"\nprotocol = "tap"\n{PLAIN}'


def _espax(_ward: str) -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    return f'listen = "{listen}"\nprotocol = "espax"\nsilence = 25\ntypes = {{ "CODE" = "{EMERGENCY}" }}\n'


def _modbus(ward: str) -> str:
    modules = (range(first, first + BEDS_A_MODULE) for first in range(1, BEDS + 1, BEDS_A_MODULE))
    units = [_module(address, list(beds)) for address, beds in enumerate(modules, 1)]
    return f'device = "{ward}"\nprotocol = "modbus"\n' + "".join(units)


def _module(address: int, beds: list[int]) -> str:
    wired = [(bed, means) for bed in beds for means in ("call", EMERGENCY, "present", "reset")]
    contacts = ", ".join(
        f'{{ input = {number}, bed = "{bed}", means = "{means}" }}' for number, (bed, means) in enumerate(wired)
    )
    return f"\n[[nursecall.lines.units]]\naddress = {address}\ncontacts = [{contacts}]\n"


KINDS: dict[str, Callable[[str], str]] = {
    "ESPA 4.4.4, we are polled": _station,
    "ESPA 4.4.4, we poll": _control,
    "Modbus RTU": _modbus,
    "text": _text,
    "TAP": _tap,
    "ESPA-X": _espax,
}
"""What a kind of line is called in the figures, and its part of the plan."""

KNOWS_PRESENCE = frozenset(KINDS) - {"ESPA-X"}
"""The simulated ESPA-X host never ends a process that tells of a nurse."""


def wards() -> dict[str, str]:
    """Every ward, and the kind of its line."""
    kinds = list(KINDS)
    return {f"w{number:02}": kinds[(number - 1) % len(kinds)] for number in range(1, WARDS + 1)}


def text() -> str:
    """The plan."""
    every = wards()
    names, parts = list(every), [SITE]
    for number, (ward, kind) in enumerate(every.items(), 1):
        parts.append(WARD.format(ward=ward, number=number, beds=BEDS, neighbour=names[number % len(names)]))
        parts.append(LINE.format(ward=ward) + KINDS[kind](ward))
    return "".join(parts)
