"""Which trunks live."""

from __future__ import annotations

from datetime import timedelta

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged
from appliance.foundation.i18n import Text
from pbx.ari.messages import ContactChanged
from pbx.plan import Trunk
from pbx.trunks import PATIENCE, REST, Trunks
from tests.fakes.clock import START, FakeClock

NAME = Text(zh="名", en="name")
PLAN = [Trunk(id=name, name=NAME, host="192.0.2.1", tariff="t", channels=2) for name in ("a", "b")]


class Box:
    """Two trunks and what was said of them."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        bus = Bus()
        self.said: list[tuple[str, str]] = []
        bus.subscribe(HealthChanged, lambda event: self.said.append((event.part, event.state.value)))
        self.trunks = Trunks(PLAN, self.clock, bus)
        self.said.clear()

    def probe(self, name: str, status: str) -> None:
        self.trunks.hear(ContactChanged(START, f"trunk-{name}", status))


def test_a_trunk_is_used_once_its_carrier_answered_a_probe() -> None:
    """Until then nobody knows."""
    box = Box()
    assert box.trunks.healthy() == []
    box.probe("a", "Reachable")
    assert box.trunks.healthy() == ["a"]
    assert box.said == [("trunk:a", "up")]


def test_a_trunk_that_never_answers_is_dead_after_a_probes_time() -> None:
    """Starting does not last for ever."""
    box = Box()
    box.trunks.in_touch()
    box.probe("a", "Reachable")
    box.clock.advance(PATIENCE)
    assert box.said == [("trunk:a", "up"), ("trunk:b", "down")]


def test_a_dead_trunk_comes_back_by_itself() -> None:
    """No hand needed."""
    box = Box()
    for status in ("Reachable", "Unreachable", "Reachable"):
        box.probe("a", status)
    assert [state for _, state in box.said] == ["up", "down", "up"]
    assert box.trunks.healthy() == ["a"]


def test_a_trunk_without_lines_rests_while_another_can() -> None:
    """And is tried all the same when there is no other."""
    box = Box()
    box.probe("a", "Reachable")
    box.probe("b", "Reachable")
    box.trunks.came_to("a", "congestion")
    assert box.trunks.healthy() == ["b"]
    box.probe("b", "Unreachable")
    assert box.trunks.healthy() == ["a"]
    box.clock.advance(REST)
    assert box.said[-1] == ("trunk:a", "up")


def test_a_busy_person_is_not_the_trunks_fault() -> None:
    """Nor is one who does not answer."""
    box = Box()
    box.probe("a", "Reachable")
    for outcome in ("busy", "no-answer", "caller-left"):
        box.trunks.came_to("a", outcome)
    assert box.said == [("trunk:a", "up")]


def test_a_full_trunk_takes_no_more() -> None:
    """The plan says how many calls it carries."""
    box = Box()
    box.probe("a", "Reachable")
    with box.trunks.taken("a"), box.trunks.taken("a"):
        assert box.trunks.healthy() == []
    assert box.trunks.healthy() == ["a"]


def test_without_the_exchange_no_trunk_can_be_used() -> None:
    """And each has to show itself again afterwards."""
    box = Box()
    box.probe("a", "Reachable")
    box.trunks.out_of_touch()
    assert box.trunks.healthy() == []
    box.trunks.in_touch()
    box.probe("a", "Reachable")
    box.clock.advance(PATIENCE + timedelta(seconds=1))
    assert box.trunks.healthy() == ["a"]
    assert box.said[-1] == ("trunk:b", "down")
