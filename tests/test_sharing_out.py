"""Tests are shared out by files; those with the one house in one share, before all others."""

from __future__ import annotations

from pathlib import Path

from tests.sharing_out import OTHER_HOUSES, share, turn


def test_a_file_is_one_share() -> None:
    """Whatever its tests and their parameters are called."""
    assert share("tests/web/test_live.py::test_a[b::c]") == share("tests/web/test_live.py::Class::test_d")
    assert share("tests/web/test_live.py::test_a") != share("tests/web/test_login.py::test_a")


def test_what_needs_the_one_house_is_one_share() -> None:
    """Two processes would start two."""
    assert share("tests/e2e/test_station_page.py::test_a") == share("tests/e2e/test_people_confer.py::test_b")


def test_what_has_houses_of_its_own_is_another_share() -> None:
    """And the file is there."""
    for file in OTHER_HOUSES:
        assert (Path(__file__).parent.parent / file).is_file()
        assert share(f"{file}::test_a") != share("tests/e2e/test_station_page.py::test_a")


def test_what_waits_comes_first() -> None:
    """So that quick tests fill what is left."""
    in_turn = [
        "tests/e2e/a",
        "tests/integration/a",
        *OTHER_HOUSES,
        "tests/contracts/a",
        "tests/billing/a",
        "tests/web/a",
    ]
    assert sorted(sorted(in_turn), key=turn) == in_turn
