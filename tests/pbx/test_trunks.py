"""Which trunks live."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged
from appliance.foundation.i18n import Text
from pbx.ari.messages import Changed, Channel, ContactChanged, Created, Destroyed
from pbx.plan_trunks import PriTrunk, SipTrunk
from pbx.trunk_words import Failure
from pbx.trunks import PATIENCE, REST, Trunks
from tests.fakes.clock import START, FakeClock

NAME = Text(zh="名", en="name")
PLAN = [SipTrunk(id=name, name=NAME, host="192.0.2.1", tariff="t", channels=2) for name in ("a", "b")]


class Box:
    """Two trunks and what was said of them."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        bus = Bus()
        self.said: list[tuple[str, str]] = []
        bus.subscribe(HealthChanged, lambda event: self.said.append((event.part, event.state.value)))
        self.trunks = Trunks(PLAN, self.clock, bus)
        self.said.clear()
        self.serial = 0

    def probe(self, name: str, status: str, contact: str = "sip:192.0.2.1:5060") -> None:
        self.trunks.hear(ContactChanged(START, f"trunk-{name}", status, contact))

    def call(self, name: str, *, cause: int, reply: int = 0, up: bool = False) -> None:
        """A call out over trunk `name`, from its first channel event to its last."""
        self.serial += 1
        down = Channel(f"c{self.serial}", f"PJSIP/trunk-{name}-{self.serial}", "Down", "carriers")
        self.trunks.hear(Created(START, down))
        if up:
            self.trunks.hear(Changed(START, replace(down, state="Up")))
        self.trunks.hear(Destroyed(START, down, cause, reply))


def test_a_trunk_is_tried_before_anybody_knows_how_it_does() -> None:
    """After those that answered a probe: who dials in the seconds after a start is not refused."""
    box = Box()
    box.trunks.in_touch()
    assert box.trunks.healthy() == ["a", "b"]
    box.probe("b", "Reachable")
    assert box.said == [("trunk:b", "up")]
    assert (box.trunks.healthy(), box.trunks.is_unjudged("a")) == (["b", "a"], True)
    box.clock.advance(PATIENCE)
    assert (box.trunks.healthy(), box.trunks.is_unjudged("a")) == (["b"], False)


def test_a_trunk_of_which_nobody_knows_goes_before_an_impaired_one() -> None:
    """Which is known to fail."""
    box = Box()
    box.probe("a", "Reachable")
    box.call("a", cause=34, reply=503)
    assert box.trunks.healthy() == ["b", "a"]


def test_a_trunk_that_never_answers_is_dead_after_a_probes_time() -> None:
    """Starting does not last for ever."""
    box = Box()
    box.trunks.in_touch()
    box.probe("a", "Reachable")
    box.clock.advance(PATIENCE)
    assert box.said == [("trunk:a", "up"), ("trunk:b", "down")]


def test_a_trunk_that_is_not_probed_is_taken_to_live() -> None:
    """Only calls that fail impair it."""
    clock = FakeClock()
    trunks = Trunks([PLAN[0].model_copy(update={"probe": 0}), PLAN[1]], clock, Bus())
    trunks.in_touch()
    trunks.hear(ContactChanged(START, "trunk-b", "Reachable", "sip:192.0.2.1:5060"))
    clock.advance(PATIENCE)
    assert trunks.healthy() == ["a", "b"]
    trunks.hear(ContactChanged(START, "trunk-a", "NonQualified", "sip:192.0.2.1:5060"))
    assert trunks.healthy() == ["a", "b"]


def test_a_dead_trunk_comes_back_by_itself() -> None:
    """No hand needed."""
    box = Box()
    for status in ("Reachable", "Unreachable", "Reachable"):
        box.probe("a", status)
    assert [state for _, state in box.said] == ["up", "down", "up"]
    assert box.trunks.healthy()[0] == "a"


def test_a_trunk_without_lines_rests_while_another_can() -> None:
    """And is tried all the same when there is no other."""
    box = Box()
    box.probe("a", "Reachable")
    box.probe("b", "Reachable")
    box.call("a", cause=34, reply=503)
    assert box.trunks.healthy() == ["b"]
    box.probe("b", "Unreachable")
    assert box.trunks.healthy() == ["a"]
    box.clock.advance(REST)
    assert box.said[-1] == ("trunk:a", "up")


def test_a_busy_person_is_not_the_trunks_fault() -> None:
    """Nor is one who does not answer, a wrong number, or a caller who gives up."""
    box = Box()
    box.probe("a", "Reachable")
    for cause, reply in ((17, 486), (19, 480), (1, 404), (28, 484), (21, 603), (16, 0), (0, 0)):
        box.call("a", cause=cause, reply=reply)
    assert box.said == [("trunk:a", "up")]


def test_a_trunk_that_fails_again_rests_longer() -> None:
    """Twice as long each time, eight minutes at most; whoever is reached over it ends that."""
    box = Box()
    box.probe("a", "Reachable")
    for rest in (30, 60, 120, 240, 480, 480):
        box.call("a", cause=34, reply=503)
        box.clock.advance(rest - 1)
        assert box.said[-1] == ("trunk:a", "degraded")
        box.clock.advance(1)
        assert box.said[-1] == ("trunk:a", "up")
    box.call("a", cause=17, reply=486)
    box.call("a", cause=34, reply=503)
    box.clock.advance(REST)
    assert box.said[-1] == ("trunk:a", "up")


def test_an_answer_ends_the_rest() -> None:
    """A trunk that took a call is well."""
    box = Box()
    box.probe("a", "Reachable")
    box.call("a", cause=41, reply=500)
    box.call("a", cause=16, up=True)
    assert [state for _, state in box.said] == ["up", "degraded", "up"]


def test_the_last_failure_is_told_in_words() -> None:
    """With what the carrier said."""
    box = Box()
    box.probe("a", "Reachable")
    box.call("a", cause=21, reply=403)
    assert box.trunks.last_failure("a") == (START, Failure("The carrier refused the call ({code}).", 403, False))
    assert box.trunks.last_failure("b") is None


def test_a_carrier_lives_while_one_of_its_hosts_does() -> None:
    """The dead one is not dialled."""
    bus = Bus()
    two = SipTrunk(id="a", name=NAME, host="192.0.2.1", hosts=("192.0.2.2",), tariff="t", format="e164")
    trunks = Trunks([two], FakeClock(), bus)
    one, other = "sip:192.0.2.1:5060", "sip:192.0.2.2:5060"
    for contact, status in ((one, "Reachable"), (other, "Reachable"), (one, "Unreachable")):
        trunks.hear(ContactChanged(START, "trunk-a", status, contact))
    assert trunks.healthy() == ["a"]
    assert trunks.ways("a", "8613800138000", "CN") == ("PJSIP/trunk-a/sip:8613800138000@192.0.2.2:5060",)
    trunks.hear(ContactChanged(START, "trunk-a", "Unreachable", other))
    assert trunks.healthy() == []
    assert len(trunks.ways("a", "8613800138000", "CN")) == 2


def test_a_trunk_that_cannot_log_in_is_impaired() -> None:
    """And is used only when there is no other."""
    said: list[tuple[str, str]] = []
    bus = Bus()
    bus.subscribe(HealthChanged, lambda event: said.append((event.state.value, event.detail)))
    account = {"user": "u", "password": "env:U", "registered": True}
    trunks = Trunks([SipTrunk(id="a", name=NAME, host="192.0.2.1", tariff="t", **account)], FakeClock(), bus)
    trunks.hear(ContactChanged(START, "trunk-a", "Reachable", "sip:192.0.2.1:5060"))
    for states in ({"trunk-a": "Registered"}, {"trunk-a": "Rejected"}, {}, {"trunk-a": "Registered"}):
        trunks.registered(states)
    assert said[1:] == [
        ("up", ""),
        ("degraded", "The carrier refuses our registration: user or password."),
        ("degraded", "The password is not where the plan says."),
        ("up", ""),
    ]


def test_cards_are_up_when_asterisk_has_its_part_for_them() -> None:
    """Nothing probes them."""
    trunks = Trunks([PriTrunk(id="a", name=NAME, tariff="t", kind="pri")], FakeClock(), Bus())
    trunks.cards(True)
    assert trunks.healthy() == ["a"]
    trunks.cards(False)
    assert trunks.healthy() == []


def test_a_full_trunk_takes_no_more() -> None:
    """The plan says how many calls it carries."""
    box = Box()
    box.probe("a", "Reachable")
    with box.trunks.taken("a"), box.trunks.taken("a"):
        assert box.trunks.healthy() == ["b"]
    assert box.trunks.healthy() == ["a", "b"]


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


def test_a_probe_that_nobody_heard_of_is_found_by_looking() -> None:
    """Asterisk tells of a change once: what it told before we listened, or while it read a plan, it tells no more."""
    box = Box()
    box.trunks.in_touch()
    box.clock.advance(PATIENCE)
    assert box.trunks.healthy() == []
    assert box.trunks.unseen() == {"trunk-a", "trunk-b"}
    box.trunks.seen("trunk-a", online=True)
    box.trunks.seen("trunk-b", online=False)
    assert box.trunks.healthy() == ["a"]
    assert box.trunks.unseen() == {"trunk-b"}
    box.probe("a", "Unreachable")
    assert box.trunks.healthy() == []
