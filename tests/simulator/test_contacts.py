"""The finger on a simulated button, against our own master. Time is a number."""

from __future__ import annotations

import pytest

from appliance.simulator.ward_contacts import Bank, Released
from nursecall.plan_lines import Contact, ModbusLine, ModbusUnit
from nursecall.reading import Press
from nursecall.wire.modbus import Changed, Master, Unit

BYTE_TIME = 10 / 9600
UNIT = Unit(1, 0, 8)
LINE = ModbusLine(
    id="l1",
    ward="w1",
    device="l1",
    protocol="modbus",
    units=(ModbusUnit(address=1, contacts=(Contact(input=0, bed="1", means="call"),)),),
)


def pressed(bank: Bank, master: Master, now: float, pace: float) -> tuple[float, list[bool]]:
    """Press bed 1 until the finger is off it, `pace` seconds a poll; when that was, and what the master told."""
    ticket, told = bank.tell(Press("w1", "1", "call"), now), list[bool]()
    for _ in range(50):
        now = max(now + pace, master.deadline or 0.0)
        told += [event.closed for event in master.tick(now) if isinstance(event, Changed)]
        released = bank.feed(master.outgoing(), now) + bank.tick(now)
        told += [event.closed for event in master.feed(bank.outgoing(), now) if isinstance(event, Changed)]
        if Released(ticket) in released:
            return now, told
    raise AssertionError(f"never let go; told {told}")


@pytest.mark.parametrize("pace", [0.01, 0.2, 1.0, 7.0])
def test_a_button_pressed_again_at_once_is_told_twice(pace: float) -> None:
    """However seldom a busy box polls: it is pressed until that was read, and let go until that was."""
    bank, master = Bank(LINE, [UNIT]), Master([UNIT], byte_time=BYTE_TIME)
    master.begin(0.0)
    bank.begin(0.0)
    now, first = pressed(bank, master, 0.0, pace)
    _, second = pressed(bank, master, now, pace)
    assert [*first, *second][:4] == [True, False, True, False]
