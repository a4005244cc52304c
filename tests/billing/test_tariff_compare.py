"""Two versions side by side."""

from __future__ import annotations

from dataclasses import replace

from appliance.foundation.values import yuan
from billing.charge import Rate
from billing.tariff_compare import about, compare

DAY = Rate("86", "China", per_minute=yuan("0.6"))
NIGHT = Rate("86", "China by night", "", 21 * 3600, 7 * 3600, yuan("0.4"))
LONDON = Rate("4420", "London", per_minute=yuan(2))


def test_the_same_rows_in_another_order_are_the_same() -> None:
    """Nothing to tell."""
    assert compare([DAY, NIGHT, LONDON], [LONDON, DAY, NIGHT]) == []


def test_what_came_what_went_and_what_costs_something_else() -> None:
    """By prefix; a row is the same row where prefix, kind of day and hours are."""
    dearer = replace(DAY, per_minute=yuan("0.7"), cap=yuan(9))
    later = replace(NIGHT, begins=22 * 3600)
    renamed = replace(LONDON, name="Greater London")
    changes = compare([DAY, NIGHT, LONDON], [dearer, later, renamed])
    assert [(change.kind, change.row.prefix, sorted(change.columns), change.dearer) for change in changes] == [
        ("changed", "4420", ["name"], None),
        ("changed", "86", ["cap", "per_minute"], True),
        ("removed", "86", [], None),
        ("added", "86", [], None),
    ]
    assert compare([dearer], [DAY])[0].dearer is False


def test_a_change_is_found_by_number_prefix_or_name() -> None:
    """A whole number finds the prefixes that may rate it; a name that is gone is found too."""
    changes = compare([DAY, LONDON], [replace(DAY, per_minute=yuan(1)), replace(LONDON, name="Greater Britain")])
    prefixes = {
        word: [change.row.prefix for change in about(changes, word)]
        for word in ("+8613800138000", "44", "lond", "", "x")
    }
    assert prefixes == {"+8613800138000": ["86"], "44": ["4420"], "lond": ["4420"], "": ["4420", "86"], "x": []}
