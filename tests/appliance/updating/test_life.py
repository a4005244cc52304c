"""The life of an update: every input in every state, and what a start of the box makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.updating import record, trouble
from appliance.updating.life import INPUTS, OVER, PHASES, Input, Phase, Slot, Update, may_replace
from appliance.updating.record import Held, Record
from appliance.updating.release import Release, from_build
from appliance.updating.trouble import Trouble
from tests.appliance.updating.boxes import NEWER, RUNNING

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=20)
BEGUN = Update("u1", "it", NEWER, RUNNING, "A", "B", "installing", NOON)
BEFORE = Record({"A": Held(RUNNING, "good")}, BEGUN, "0029")


def after(*what: Input) -> Update:
    """One to which all that has happened."""
    found = BEGUN
    for one in what:
        found = found.told(one, LATER)
    return found


@pytest.mark.parametrize(
    ("what", "phase", "why"),
    [
        (("installed",), "waiting", ""),
        (("not installed",), "failed", ""),
        (("source started",), "failed", trouble.RESTARTED),
        (("installed", "target started"), "trial", ""),
        (("installed", "target started", "well"), "confirmed", ""),
        (("installed", "source started"), "back", trouble.NO_START),
        (("installed", "target started", "target started", "source started"), "back", trouble.NO_START),
        (("installed", "target started", "well", "source started"), "back", trouble.LOST),
        (("installed", "called off"), "failed", ""),
    ],
)
def test_it_goes_its_way(what: tuple[Input, ...], phase: Phase, why: str) -> None:
    """Forwards when all is well, and back from each point."""
    found = after(*what)
    assert (found.phase, found.why, found.since) == (phase, why, LATER)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("what", INPUTS)
def test_every_input_is_answered_in_every_state(phase: Phase, what: Input) -> None:
    """What is over stays over, but for one that was confirmed and is lost later; nothing ends without a beginning."""
    found = replace(BEGUN, phase=phase).told(what, LATER)
    if phase in OVER and (phase, what) != ("confirmed", "source started"):
        assert found.phase == phase
    if found.phase == "confirmed":
        assert (phase, what) == ("trial", "well") or phase == "confirmed"


def test_why_it_was_not_well_is_known_when_it_is_back() -> None:
    """What its own check found, not only that it is gone; a second try that works forgets it."""
    ill = after("installed", "target started").told(
        "unwell", LATER, trouble.UNWELL, {"parts": "line:a", "minutes": "10"}
    )
    back = ill.told("source started", LATER)
    assert (back.phase, back.why, back.facts["parts"]) == ("back", trouble.UNWELL, "line:a")
    well = ill.told("target started", LATER).told("well", LATER)
    assert (well.phase, well.why, well.facts) == ("confirmed", "", {})


def test_the_slots_follow() -> None:
    """Fresh, good, of no use; the floor of the records rises with each version that has had them."""
    waiting = Record({**BEFORE.slots, "B": Held(NEWER, "fresh")}, after("installed"), "0029")
    tried = waiting.started("B", NEWER, LATER)
    assert tried.slots["B"].state == "fresh"
    assert tried.well("B", LATER).slots["B"].state == "good"
    assert tried.started("A", RUNNING, LATER).slots["B"].state == "bad"
    assert tried.started("B", replace(NEWER, floor="0030"), LATER).floor == "0030"
    assert tried.other("B") == Held(RUNNING, "good")
    assert Record().started("A", RUNNING, NOON).well("A", NOON).slots == {"A": Held(RUNNING, "good")}


@pytest.mark.parametrize("slot", ["A", "B"])
def test_a_power_cut_in_the_middle_leaves_the_old_one(slot: Slot) -> None:
    """Nothing of the other slot is believed."""
    found = BEFORE.with_slot("B", Held(NEWER, "bad")).started(slot, RUNNING, LATER)
    assert found.update is not None
    assert (found.update.phase, found.update.why) == ("failed", trouble.RESTARTED)


def test_it_is_kept_word_for_word(tmp_path: Path) -> None:
    """Over restarts; a file that cannot be read is as none."""
    file = tmp_path / "update.json"
    assert record.read(file) == Record()
    full = Record({"B": Held(NEWER, "fresh")}, replace(BEGUN, lines=("line:a",), facts={"a": "床"}, why="x"), "0029")
    record.write(file, full)
    assert record.read(file) == full
    assert file.stat().st_mode & 0o777 == 0o644
    file.write_text("{")
    assert record.read(file) == Record()


@pytest.mark.parametrize(
    ("other", "floor", "older", "why"),
    [
        (NEWER, "0029", False, ""),
        (replace(NEWER, floor="0030"), "0029", False, trouble.TOO_NEW),
        (replace(RUNNING, made=1), "0029", False, trouble.OLDER),
        (replace(RUNNING, made=1), "0029", True, ""),
        (replace(RUNNING, made=1, step="0028"), "0029", True, trouble.TOO_OLD),
        (RUNNING, "0030", True, trouble.TOO_OLD),
    ],
)
def test_records_decide_which_versions_may_follow(other: Release, floor: str, older: bool, why: str) -> None:
    """An older one only where it is wanted; never one that cannot use the records, or from which none comes back."""
    said = ""
    try:
        may_replace(RUNNING, other, floor, older=older)
    except Trouble as refused:
        said = refused.why
    assert said == why


def test_a_bundle_says_which_records_it_works_with() -> None:
    """There and back; anything else is none of ours."""
    assert from_build(NEWER.version, NEWER.build) == NEWER
    with pytest.raises(ValueError, match="20261130"):
        from_build("x", "20261130")
