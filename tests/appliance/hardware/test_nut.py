"""NUT's line protocol: however the bytes are chopped, the same answers; and what they mean."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.foundation.health import State
from appliance.foundation.i18n import translate
from appliance.hardware.nut import LONGEST, MOST, Answers, NoNut, Refused, Variables, ask, listed
from appliance.hardware.ups import judged, ups_of
from appliance.simulator.upsd import ACTIONS, MAINS

TOLD = Variables({"device.model": r'5P "850" \ R', "ups.status": "OL CHRG"})
STREAM = b"ERR DATA-STALE\n" + listed("ups", TOLD.of) + b"ERR UNKNOWN-UPS\r\n"


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_however_the_bytes_are_chopped(cuts: list[int]) -> None:
    """The same three answers."""
    answers, heard = Answers(), list[Variables | Refused]()
    edges = [0, *sorted(cuts), len(STREAM)]
    for start, end in itertools.pairwise(edges):
        heard += answers.feed(STREAM[start:end])
    assert heard == [Refused("DATA-STALE"), TOLD, Refused("UNKNOWN-UPS")]


NAMES = st.from_regex(r"[a-z]{1,8}(\.[a-z0-9]{1,8}){0,3}", fullmatch=True)
SAID = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=30)


@settings(max_examples=30)
@given(st.dictionaries(NAMES, SAID, max_size=5))
def test_whatever_a_variable_says_comes_back(variables: dict[str, str]) -> None:
    """Quotes, backslashes, Chinese."""
    assert list(Answers().feed(listed("ups", variables))) == [Variables(variables)]


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_nothing_else(data: bytes) -> None:
    """A line that is none of NUT's."""
    try:
        list(Answers().feed(data))
    except NoNut:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\n",
        b"x" * (LONGEST + 1),
        b"VAR ups ups.status " + b"x" * LONGEST + b"\n",
        b'VAR ups ups.status "OL"\n',
        b"END LIST VAR ups\n",
        b"BEGIN LIST VAR ups\n" + b"".join(b'VAR ups a%d "1"\n' % one for one in range(MOST + 1)),
    ],
)
def test_what_is_not_this_protocol_ends_it(data: bytes) -> None:
    """Nothing grows without end."""
    with pytest.raises(NoNut):
        list(Answers().feed(data))


def test_what_is_asked() -> None:
    """One line."""
    assert ask("ups") == b"LIST VAR ups\n"


@pytest.mark.parametrize(
    ("variables", "state", "words"),
    [
        (MAINS, State.UP, "On mains; battery 100 %, for 40 minutes at 17 % load."),
        (ACTIONS["battery"], State.DOWN, "Mains has failed: on battery, 33 minutes left, 86 %."),
        (ACTIONS["low"], State.DOWN, "The battery is nearly empty: the box switches itself off. 9 % left."),
        (ACTIONS["battery"] | {"battery.runtime": "179"}, State.DOWN, "nearly empty"),
        (MAINS | {"ups.status": "FSD OL"}, State.DOWN, "nearly empty"),
        (ACTIONS["replace"], State.DEGRADED, "must be replaced"),
        (ACTIONS["overload"], State.DEGRADED, "carries too much: 112 %"),
        (ACTIONS["bypass"], State.DEGRADED, "lets mains by"),
        (ACTIONS["off"], State.DOWN, "is switched off"),
        ({}, State.DEGRADED, "does not say whether mains is there"),
        ({"ups.status": "OL", "battery.charge": "n/a"}, State.UP, "battery ? %, for ? minutes"),
        ({"ups.status": "OB", "battery.runtime": "0"}, State.DOWN, "on battery, 0 minutes left"),
    ],
)
def test_what_a_ups_tells_means(variables: dict[str, str], state: State, words: str) -> None:
    """In both languages; a runtime of nought is one that the UPS does not know."""
    found, detail, facts = judged(ups_of(variables))
    assert (found, words in translate(detail, "en", **dict(facts))) == (state, True)
    assert "。" in translate(detail, "zh", **dict(facts))
