"""Tests are shared out by files; those with the one house in one share, before all others."""

from __future__ import annotations

from pathlib import Path

from tests.sharing_out import BOTH, MONEY, OTHER_HOUSES, share, turn


def test_a_file_is_one_share() -> None:
    """Whatever its tests and their parameters are called."""
    assert share("tests/web/test_live.py::test_a[b::c]") == share("tests/web/test_live.py::Class::test_d")
    assert share("tests/web/test_live.py::test_a") != share("tests/web/test_login.py::test_a")


def test_what_needs_a_house_is_one_of_two_shares() -> None:
    """Each process starts one. Every file that is named is there."""
    assert share("tests/e2e/test_station_page.py::test_a") == share("tests/e2e/test_people_confer.py::test_b")
    for name in MONEY:
        assert (Path(__file__).parent / "e2e" / f"{name}.py").is_file()
        assert share(f"tests/e2e/{name}.py::test_a") == share("tests/e2e/test_a_card_pays.py::test_b")
    assert share("tests/e2e/test_a_card_pays.py::test_a") != share("tests/e2e/test_station_page.py::test_b")


def test_what_is_left_is_looked_for_in_both_houses() -> None:
    """After everything else that happened there: it is the last file of both."""
    assert share(f"{BOTH}::test_a[money]") == share("tests/e2e/test_a_card_pays.py::test_a")
    assert share(f"{BOTH}::test_a[people]") == share("tests/e2e/test_station_page.py::test_a")
    assert max((Path(__file__).parent / "e2e").glob("test_*.py")).name == Path(BOTH).name


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
