"""Three counts of the same presses set against one another: the simulator's, the journal's, the screens'."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from appliance.foundation.journal import Entry
from nursecall.plan_types import PLUG_OUT, TROUBLE
from tests.bench.day_beds import Pressed
from tests.bench.day_screens import Station

RAISED, REPEATED = "nursecall.CallRaised", "nursecall.CallRepeated"
ENDED = ("nursecall.CallReset", "nursecall.CallCancelled", "nursecall.CallCleared")

Place = tuple[str, str, str]
"""Ward, bed and the kind of call that was pressed."""


@dataclass(frozen=True)
class Line:
    """A line of the journal that stands for a press: the call, and how many presses it had then."""

    call: str
    presses: int


@dataclass
class Journal:
    """What the journal says: the lines at each place in order, the ward and place of each call, which have ended, and
    all kinds."""

    lines: dict[Place, list[Line]] = field(default_factory=lambda: defaultdict(list))
    wards: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    troubles: int = 0
    raised_by_itself: set[str] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)


def read(entries: Iterable[Entry]) -> Journal:
    """Go through it once."""
    said = Journal()
    for entry in entries:
        body = entry.body
        said.kinds[entry.kind] += 1
        if entry.kind == RAISED and body["call_type"] in (TROUBLE, PLUG_OUT):
            # Nobody pressed; it is on screens all the same.
            said.troubles += 1
            said.raised_by_itself.add(body["call"])
        elif entry.kind == RAISED:
            place = body["ward"], body["bed"], body["heard_as"] or body["call_type"]
            said.places[body["call"]] = place
            said.wards[body["call"]] = body["ward"]
            said.lines[place].append(Line(body["call"], 1))
        elif entry.kind == REPEATED:
            said.lines[said.places[body["call"]]].append(Line(body["call"], body["presses"]))
        elif entry.kind in ENDED and body["call"] in said.places:
            said.ended.add(body["call"])
    return said


@dataclass(frozen=True)
class Seen:
    """A press that reached a screen, seconds after it was made."""

    pressed: Pressed
    seconds: float


@dataclass(frozen=True)
class Verdict:
    """What became of the presses. Everything but `seen` should be nothing.

    lost: pressed and not in the journal; doubled: in the journal and not pressed, or twice on a screen; unseen: in the
    journal and on no screen; unknown: on a screen and not in the journal; open: not ended; stuck: ended, and still on
    its screen. left: the places of those not ended.
    """

    seen: Sequence[Seen]
    lost: int
    doubled: int
    unseen: int
    unknown: int
    open: int
    stuck: int
    left: Sequence[Place]

    @property
    def well(self) -> bool:
        """Whether every press was shown, once, and every call ended."""
        return not any((self.lost, self.doubled, self.unseen, self.unknown, self.open, self.stuck))


def judge(pressed: Sequence[Pressed], journal: Journal, stations: Mapping[str, Station]) -> Verdict:
    """Each place by itself, so that a press lost here does not make up for one doubled there."""
    places: dict[Place, list[Pressed]] = defaultdict(list)
    for press in sorted(pressed, key=lambda press: press.at):
        places[press.ward, press.bed, press.kind].append(press)
    lost = doubled = unseen = 0
    seen = []
    for place in {*places, *journal.lines}:
        made, written = places.get(place, []), journal.lines.get(place, [])
        lost += max(0, len(made) - len(written))
        doubled += max(0, len(written) - len(made))
        for press, line in zip(made, written, strict=False):
            at = stations[place[0]].seen(line.call, line.presses)
            if at is None:
                unseen += 1
            else:
                seen.append(Seen(press, at - press.at))
    shown = {call for station in stations.values() for call in station.shown}
    stuck = {call for station in stations.values() for call in station.open if call in journal.ended}
    return Verdict(
        seen, lost, doubled + sum(station.doubled for station in stations.values()), unseen,
        len(shown - set(journal.wards) - journal.raised_by_itself), len(set(journal.wards) - journal.ended), len(stuck),
        [journal.places[call] for call in sorted(set(journal.wards) - journal.ended)],
    )  # fmt: skip
