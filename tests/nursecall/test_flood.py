"""A bed that chatters, a line that floods: nobody else waits, and nothing that counts is lost."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nursecall.flood import BED_BURST, BED_RATE, BEDS, LINE_BURST, Flood
from nursecall.reading import Ended, Presence, Press, Reading, Terminal


def press(bed: str, kind: str = "call") -> Press:
    """A press in ward a."""
    return Press("a", bed, kind)


def test_sixty_beds_in_ten_seconds_are_all_heard_at_once() -> None:
    """Bus power returns: no flood at all."""
    flood = Flood()
    assert all(flood.passes(press(str(bed)), bed / 6) for bed in range(60))
    assert flood.at == float("-inf")


def test_a_repeated_press_is_throttled_and_others_are_not() -> None:
    """Twenty presses a second at bed 1 for ten seconds, one at bed 2 among them."""
    flood = Flood()
    heard = sum(flood.passes(press("1"), tick / 20) for tick in range(200))
    assert BED_BURST < heard <= BED_BURST + BED_RATE * 10
    assert flood.passes(press("2"), 9.95)
    assert flood.at > 9


def test_a_first_press_always_passes() -> None:
    """A bed that has said too much about one thing may still call for another, and call anew after a reset."""
    flood = Flood()
    while flood.passes(press("1"), 0.0):
        pass
    assert flood.passes(press("1", "code"), 0.0)
    assert not flood.passes(press("1", "code"), 0.0)
    assert not flood.passes(Ended("a", "1", None), 0.0)
    assert flood.due(1.0) == [Ended("a", "1", None)]
    while flood.passes(Presence("a", "1", True), 1.0):
        pass
    assert flood.passes(press("1"), 1.0)


def test_after_the_chatter_its_last_word_counts() -> None:
    """A relay that chatters and comes to rest open leaves no call standing; one that rests closed leaves one."""
    for last, left in ((Ended("a", "1", None), [Ended("a", "1", None)]), (press("1"), [])):
        flood = Flood()
        for _ in range(100):
            flood.passes(press("1"), 0.0)
            flood.passes(Ended("a", "1", None), 0.0)
        flood.passes(last, 0.0)
        assert flood.due(0.0) == []
        assert flood.due(1.0) == left


def test_a_line_that_floods_is_known_and_still_heard() -> None:
    """Hundreds of different beds in one second."""
    flood = Flood()
    assert all(flood.passes(press(str(bed)), 0.5) for bed in range(500))
    assert flood.at == 0.5
    calm = Flood()
    assert all(calm.passes(press(str(bed)), 0.5) for bed in range(int(LINE_BURST)))
    assert calm.at == float("-inf")


def test_beds_that_are_none_cost_no_memory() -> None:
    """A host that makes up numbers."""
    flood = Flood()
    for bed in range(BEDS + 100):
        flood.passes(press(str(bed)), 0.0)
    assert len(flood._beds) == BEDS


READINGS = st.one_of(
    st.builds(press, st.sampled_from("12"), st.sampled_from(["call", "wc"])),
    st.builds(Ended, st.just("a"), st.sampled_from("12"), st.sampled_from([None, "call", "wc"])),
    st.builds(Presence, st.just("a"), st.sampled_from("12"), st.booleans()),
    st.builds(Terminal, st.just("a"), st.sampled_from("12"), st.booleans()),
)


def state(readings: list[Reading]) -> dict[str, object]:
    """What a ward would know after these."""
    known: dict[str, object] = {}
    for one in readings:
        match one:
            case Press():
                known[f"{one.bed}:{one.call_type}"] = True
            case Ended(call_type=None):
                known.update({f"{one.bed}:{kind}": False for kind in ("call", "wc")})
            case Ended():
                known[f"{one.bed}:{one.call_type}"] = False
            case Presence():
                known[f"{one.bed}:present"] = one.here
            case Terminal():
                known[f"{one.bed}:well"] = one.well
    return {key: value for key, value in known.items() if value is not False}


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(READINGS, st.floats(0, 0.4)), max_size=80))
def test_in_the_end_the_ward_knows_what_the_bed_said(said: list[tuple[Reading, float]]) -> None:
    """However it chattered: the same calls are open as if all had been told, save that presses may stand longer."""
    flood, now, told = Flood(), 0.0, list[Reading]()
    for reading, pause in said:
        now += pause
        told += flood.due(now)
        if flood.passes(reading, now):
            told.append(reading)
    for second in range(60):
        told += flood.due(now + second)
    assert state(told) == state([reading for reading, _ in said])
