"""The reckoning of the heavy day: a count that cannot find a lost press proves nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from appliance.foundation.config import parse
from appliance.foundation.journal import Entry
from appliance.plan import Plan
from tests.bench.day_beds import Pressed
from tests.bench.day_check import judge, read
from tests.bench.day_memory import slope
from tests.bench.day_plan import BEDS, WARDS, text, wards
from tests.bench.day_screens import Station
from tests.bench.day_story import BURST, PRESSES, story

HEARD = dict.fromkeys(wards(), True)


def test_the_plan_is_one_of_six_hundred_beds() -> None:
    """A line a ward, and every protocol among them."""
    plan = parse(text(), Plan).nursecall
    assert sum(len(ward.beds) for ward in plan.wards) == WARDS * BEDS == 600
    assert {line.ward for line in plan.lines} == {ward.id for ward in plan.wards}
    assert {line.protocol for line in plan.lines} == {"espa444", "modbus", "text", "tap", "espax"}


def test_a_day_has_its_presses_and_its_beds_their_order() -> None:
    """17 a bed and the burst; a fifth of the beds make most of them; at a bed one thing comes after the other."""
    told = story(HEARD, 60, seed=7)
    presses = Counter({bed: sum(touch.verb == "press" for touch in touches) for bed, touches in told.items()})
    assert presses.total() == PRESSES * 600 + BURST
    busiest = sum(count for _, count in presses.most_common(120))
    assert 0.65 < busiest / presses.total() < 0.75
    assert all([touch.at for touch in touches] == sorted(touch.at for touch in touches) for touches in told.values())
    assert all(not touches or touches[-1].verb == "absence" for touches in told.values())


def test_the_same_seed_tells_the_same_day() -> None:
    """And another one another."""
    assert story(HEARD, 5, seed=1) == story(HEARD, 5, seed=1) != story(HEARD, 5, seed=2)


def test_a_part_of_the_day_is_its_busiest() -> None:
    """So a short run is no easy one: more than its share of the presses."""
    short = sum(touch.verb == "press" for touches in story(HEARD, 6, seed=1).values() for touch in touches) - BURST
    assert short > 2 * PRESSES * 600 / 10 * 0.9


def _entry(number: int, kind: str, **body: Any) -> Entry:
    whole = {"call": "c1", "ward": "w01", "bed": "3", "call_type": "call", "heard_as": None} | body
    return Entry(number, datetime(2026, 3, 2, tzinfo=UTC), f"nursecall.{kind}", whole)


def _screen(shown: dict[str, list[tuple[float, int]]], **more: Any) -> dict[str, Station]:
    station = SimpleNamespace(shown=defaultdict(list, shown), open={}, doubled=0, **more)
    station.seen = lambda call, presses: Station.seen(cast(Station, station), call, presses)
    return {"w01": cast(Station, station)}


PRESS = Pressed("w01", "3", "call", 10.0, 40)
AGAIN = Pressed("w01", "3", "call", 12.0, 40)
LINES = [_entry(1, "CallRaised"), _entry(2, "CallRepeated", presses=2), _entry(3, "CallReset")]


def test_what_was_pressed_written_and_shown_is_well() -> None:
    """Each press with the time it took to be seen."""
    verdict = judge([PRESS, AGAIN], read(LINES), _screen({"c1": [(10.25, 1), (12.5, 2)]}))
    assert verdict.well
    assert [one.seconds for one in verdict.seen] == [0.25, 0.5]


@pytest.mark.parametrize(
    ("pressed", "lines", "shown", "wrong"),
    [
        pytest.param([PRESS, AGAIN], [LINES[0], LINES[2]], {"c1": [(10.1, 1)]}, "lost", id="lost"),
        pytest.param([PRESS], LINES, {"c1": [(10.1, 2)]}, "doubled", id="doubled"),
        pytest.param([PRESS, AGAIN], LINES, {"c1": [(10.1, 1)]}, "unseen", id="not shown again"),
        pytest.param([PRESS, AGAIN], LINES, {}, "unseen", id="never shown"),
        pytest.param([PRESS, AGAIN], LINES, {"c1": [(10.1, 2)], "c2": [(11, 1)]}, "unknown", id="of nobody"),
        pytest.param([PRESS, AGAIN], LINES[:2], {"c1": [(10.1, 2)]}, "open", id="left open"),
    ],
)
def test_what_went_wrong_is_found(
    pressed: list[Pressed], lines: list[Entry], shown: dict[str, list[tuple[float, int]]], wrong: str
) -> None:
    """Each by its name."""
    verdict = judge(pressed, read(lines), _screen(shown))
    assert getattr(verdict, wrong)
    assert not verdict.well


def test_one_lost_does_not_make_up_for_one_doubled() -> None:
    """The sums agree, and yet."""
    other = [_entry(1, "CallRaised", bed="4"), _entry(2, "CallReset", bed="4")]
    verdict = judge([PRESS], read(other), _screen({"c1": [(10.1, 1)]}))
    assert (verdict.lost, verdict.doubled) == (1, 1)


def test_the_slope_is_that_of_the_last_half() -> None:
    """What filled up at first does not count; megabytes an hour."""
    rows = [(second, 200_000_000 if second > 300 else second * 1_000_000) for second in range(0, 1000, 10)]
    assert abs(slope([(float(at), size) for at, size in rows])) < 0.01
    leaking = [(float(second), 100_000_000 + second * 1000) for second in range(0, 1000, 10)]
    assert slope(leaking) == pytest.approx(3.6)
