"""The far end of the Modbus figure, a process of its own: 32 modules that answer no sooner than a line at 9600 baud.

python -m tests.bench.modbus_bus FD CYCLES: serves the pseudo terminal FD until unit 1 was asked CYCLES + 1 times, then
prints, as a JSON list, when that was.
"""

from __future__ import annotations

import json
import os
import sys
import time

from nursecall.wire.modbus import Slaves, Unit

BYTE_TIME = 10 / 9600
TURN_ROUND = 3.5 * BYTE_TIME
UNITS = tuple(Unit(address, 0, 16) for address in range(1, 33))


def serve(line: int, cycles: int) -> list[float]:
    """Answer; returns when unit 1 was asked."""
    slaves, asked = Slaves(UNITS), list[float]()
    while len(asked) <= cycles:
        request = os.read(line, 256)
        now = time.monotonic()
        slaves.feed(request, now)
        answer = slaves.outgoing()
        if not answer:
            continue
        if answer[0] == 1:
            asked.append(now)
        _wait_until(now + TURN_ROUND + (len(request) + len(answer)) * BYTE_TIME)
        os.write(line, answer)
    return asked


def _wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


if __name__ == "__main__":
    print(json.dumps(serve(int(sys.argv[1]), int(sys.argv[2]))))
