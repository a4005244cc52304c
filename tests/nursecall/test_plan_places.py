"""Places in the plan: what is missing or does not belong is named."""

from __future__ import annotations

import pytest

from appliance.foundation.config import Faulty, parse
from nursecall.plan import NurseCallPlan

WARD = '[[wards]]\nid = "w1"\nname = { zh = "x", en = "x" }\nbeds = ["1-4"]\n'
GOOD = (
    'kind = "alsa"\ndevice = "plughw:1,0"\n',
    'kind = "multicast"\naddress = "239.255.1.1"\nport = 5004\ninterface = "eth1"\n',
    'kind = "phone"\nextension = "8001"\n',
)


def plan(rows: str, ward: str = "w1") -> NurseCallPlan:
    return parse(f'{WARD}[[places]]\nid = "p1"\nward = "{ward}"\n{rows}', NurseCallPlan)


@pytest.mark.parametrize("rows", GOOD)
def test_each_kind_needs_what_it_needs(rows: str) -> None:
    """By day 90, by night 60, without a word about it."""
    [place] = plan(rows).places
    assert (place.volume, place.night_volume, place.emergencies) == (90, 60, False)


@pytest.mark.parametrize(
    ("rows", "path", "words"),
    [
        ('kind = "alsa"\n', "places[0].device", "missing"),
        (GOOD[0] + 'extension = "8001"\n', "places[0].extension", "does not belong"),
        (GOOD[1].replace("239.255.1.1", "10.0.0.1"), "places[0].address", "no multicast address"),
        (GOOD[1].replace("5004", "5005"), "places[0].port", "odd"),
        (GOOD[1].replace('interface = "eth1"\n', ""), "places[0].interface", "missing"),
        (GOOD[0].replace("plughw:1,0", "x; reboot"), "places[0].device", "match"),
        (GOOD[2] + "volume = 101\n", "places[0].volume", "100"),
    ],
)
def test_a_fault_is_named_by_its_place(rows: str, path: str, words: str) -> None:
    """One sentence, the path of the key."""
    with pytest.raises(Faulty) as why:
        plan(rows)
    [fault] = why.value.faults
    assert fault.path == path
    assert words in fault.message


def test_a_place_is_in_a_ward_that_is_there() -> None:
    """And two places have two names."""
    with pytest.raises(Faulty, match="there is no ward 'w2'"):
        plan(GOOD[0], ward="w2")
    with pytest.raises(Faulty, match="'p1' is used twice"):
        plan(f'{GOOD[0]}[[places]]\nid = "p1"\nward = "w1"\n{GOOD[2]}')


def test_a_night_louder_than_the_day_is_a_slip() -> None:
    """Of the pen."""
    with pytest.raises(Faulty, match="louder than the day"):
        parse(f"{WARD}sound = {{ day = 50, night = 80 }}\n", NurseCallPlan)
