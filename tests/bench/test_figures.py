"""The arithmetic of the figures: a benchmark that reckons wrongly is worse than none."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench.figures import Row, beside, keep, percentile


def test_a_percentile_is_a_sample_that_so_many_are_as_good_as() -> None:
    """Nearest rank, however the samples lie."""
    hundred = [float(n) for n in range(100, 0, -1)]
    assert [percentile(hundred, percent) for percent in (50, 90, 99)] == [50, 90, 99]
    assert percentile([7.0], 99) == 7


def test_the_tail_of_a_rate_is_its_slow_end() -> None:
    """Nine of ten rounds were at least as fast as the p90."""
    assert percentile([float(n) for n in range(1, 11)], 90, rate=True) == 2


def test_samples_are_set_against_their_own_peer() -> None:
    """Each ratio is of a pair, not of two medians."""
    ratio = beside(Row("ours", [2, 30]), Row("peer", [1, 10]), "ours ÷ peer")[-1]
    assert list(ratio.values) == [2, 3]


def test_a_ratio_of_rates_says_how_much_longer_it_took() -> None:
    """Half as fast is twice as long."""
    ratio = beside(Row("ours", [5], rate=True), Row("peer", [10], rate=True), "time ÷ time")[-1]
    assert list(ratio.values) == [2]


def test_runs_are_appended(tmp_path: Path) -> None:
    """An earlier run stays."""
    file = tmp_path / "build" / "bench.json"
    keep(file, {"run": 1})
    keep(file, {"run": 2})
    assert json.loads(file.read_text("utf-8")) == [{"run": 1}, {"run": 2}]
