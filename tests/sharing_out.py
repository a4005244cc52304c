"""How the tests are shared out among the cores: whole files, the end-to-end ones as two, and what waits first.

    pytest -n 4      # four processes; without `-n` all is run in one, in the order of the files

A file's tests share what is costly to set up (a pair of Asterisks, a database server), and the end-to-end tests share
two running houses: in one money is earned and processes are killed, in the other people work. What mostly waits for
real calls to end is begun first; the many quick files then fill both cores to the end.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling

ONE_HOUSE, ENGINES, STORAGE = "tests/e2e/", "tests/integration/", "tests/contracts/"
OTHER_HOUSES = (
    f"{ONE_HOUSE}test_a_box_starts_and_stops.py",
    f"{ONE_HOUSE}test_two_boxes_are_one_exchange.py",
    f"{ONE_HOUSE}test_a_new_box_is_set_up.py",
)
MONEY = (
    "test_a_card_pays", "test_a_department_is_billed", "test_a_patient_dials_out", "test_an_account_is_stopped",
    "test_everything_dies_and_comes_back", "test_fifty_calls_outlive_the_daemon", "test_killed_at_every_step",
)  # fmt: skip
"""Files of the house where money is earned. All others are of the house where people work."""
BOTH = f"{ONE_HOUSE}test_what_is_left.py"
"""Looks at each house after everything else: its tests have a parameter that names the house."""
MONEY_HOUSE, PEOPLES_HOUSE = f"{ONE_HOUSE}money", f"{ONE_HOUSE}people"
MACHINES = ("tests/imaging/test_first_starts.py", "tests/imaging/test_choice_of_slot.py")
FIRST = (ONE_HOUSE, ENGINES, *OTHER_HOUSES, STORAGE, *MACHINES)
"""Whose tests are begun before all others', in this order."""


class Shares(LoadScopeScheduling):  # type: ignore[misc]  # it is not typed
    """Hands each process that has nothing left to do the next share."""

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)


def share(nodeid: str) -> str:
    """The tests of one share are run by one process, one after the other."""
    file = nodeid.split("::", 1)[0]
    if not file.startswith(ONE_HOUSE) or file in OTHER_HOUSES:
        return file
    with_money = "[money" in nodeid if file == BOTH else file.removeprefix(ONE_HOUSE).removesuffix(".py") in MONEY
    return MONEY_HOUSE if with_money else PEOPLES_HOUSE


def turn(nodeid: str) -> int:
    """Who comes first: a sort key."""
    place = next((place for place in (*OTHER_HOUSES, *FIRST) if nodeid.startswith(place)), "")
    return FIRST.index(place) if place else len(FIRST)


def scheduler(config: Any, log: Any) -> Shares:
    """For pytest-xdist, which would begin with the files that have the most tests."""
    config.option.loadscopereorder = False
    return Shares(config, log)
