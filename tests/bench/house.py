"""A private appliance for a measurement: up when it is given, gone afterwards, whatever happened."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.house import House


@contextlib.contextmanager
def private_house() -> Iterator[House]:
    """Start one, wait until every part is up, and stop it afterwards."""
    # Unix sockets lie in it, and their paths may have about a hundred characters.
    directory = Path(tempfile.mkdtemp(prefix="nb", dir="/tmp"))
    house = House(directory)
    try:
        house.start()
        house.until_well()
        yield house
        house.stop()
    finally:
        house.give_up()
        shutil.rmtree(directory, ignore_errors=True)
