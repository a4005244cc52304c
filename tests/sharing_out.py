"""How the tests are shared out among the cores: whole files, the end-to-end ones as one, and what waits first.

    pytest -n 3      # three processes; without `-n` all is run in one, in the order of the files

A file's tests share what is costly to set up (a pair of Asterisks, a database server), and all end-to-end tests share
one running house. What mostly waits for real calls to end is begun first; the many quick files then fill both cores to
the end.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling

ONE_HOUSE, ENGINES, STORAGE = "tests/e2e/", "tests/integration/", "tests/contracts/"
OTHER_HOUSES = (f"{ONE_HOUSE}test_a_box_starts_and_stops.py", f"{ONE_HOUSE}test_two_boxes_are_one_exchange.py")
FIRST = (ONE_HOUSE, ENGINES, *OTHER_HOUSES, STORAGE)
"""Whose tests are begun before all others', in this order."""


class Shares(LoadScopeScheduling):  # type: ignore[misc]  # it is not typed
    """Hands each process that has nothing left to do the next share."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)


def share(nodeid: str) -> str:
    """The tests of one share are run by one process, one after the other."""
    file = nodeid.split("::", 1)[0]
    return ONE_HOUSE if file.startswith(ONE_HOUSE) and file not in OTHER_HOUSES else file


def turn(nodeid: str) -> int:
    """Who comes first: a sort key."""
    place = next((place for place in (*OTHER_HOUSES, *FIRST) if nodeid.startswith(place)), "")
    return FIRST.index(place) if place else len(FIRST)


def scheduler(config: Any, log: Any) -> Shares:
    """For pytest-xdist, which would begin with the files that have the most tests."""
    config.option.loadscopereorder = False
    return Shares(config, log)
