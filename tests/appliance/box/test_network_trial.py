"""A change of the network: on trial, confirmed from where it leads, or gone again by itself."""

from __future__ import annotations

import pytest

from appliance.box.file import NetworkTable
from appliance.box.network_trial import PATIENCE, Trial

OLD, NEW = NetworkTable(), NetworkTable(address="10.1.2.3/24", gateway="10.1.2.1")


class Box:
    """A box's network: what is in force, what the next start would take. broken: what cannot be put in force."""

    def __init__(self) -> None:
        self.now, self.in_force, self.remembered = 0.0, [OLD], OLD
        self.broken: NetworkTable | None = None
        self.trial = Trial(lambda: self.now, self.apply, self.keep, OLD)

    def apply(self, network: NetworkTable) -> None:
        if network == self.broken:
            raise OSError("networkd does not answer")
        self.in_force.append(network)

    def keep(self, network: NetworkTable) -> None:
        self.remembered = network


@pytest.fixture
def box() -> Box:
    """One by DHCP."""
    return Box()


def test_what_nobody_confirms_goes_back_by_itself(box: Box) -> None:
    """After two minutes, once; until then it is in force and not remembered, so that a restart brings the old one."""
    box.trial.begin(NEW)
    box.now = PATIENCE.total_seconds() - 1
    assert not box.trial.look()
    assert (box.in_force[-1], box.remembered, box.trial.left and box.trial.left.seconds) == (NEW, OLD, 1)
    box.now += 1
    assert box.trial.look()
    assert not box.trial.look()
    assert (box.in_force, box.trial.left) == ([OLD, NEW, OLD], None)


def test_it_is_confirmed_from_the_new_address_alone(box: Box) -> None:
    """Whoever still reaches the old one proves nothing."""
    box.trial.begin(NEW)
    assert not box.trial.confirm("10.9.9.9")
    assert box.trial.confirm("10.1.2.3")
    box.now = 2 * PATIENCE.total_seconds()
    assert not box.trial.look()
    assert (box.in_force[-1], box.remembered) == (NEW, NEW)


def test_by_dhcp_any_address_will_do(box: Box) -> None:
    """Nobody knows beforehand which one it will be."""
    box.trial.begin(NetworkTable(dns=("10.1.2.53",)))
    assert box.trial.confirm("10.7.7.7")


def test_too_late_is_not_confirmed(box: Box) -> None:
    """Even where nobody has looked at the clock meanwhile."""
    box.trial.begin(NEW)
    box.now = PATIENCE.total_seconds()
    assert not box.trial.confirm("10.1.2.3")
    assert (box.in_force[-1], box.remembered) == (OLD, OLD)


def test_a_second_change_begins_anew_and_goes_back_to_what_was_kept(box: Box) -> None:
    """Not to the first one, which nobody confirmed."""
    box.trial.begin(NEW)
    box.now = 100
    box.trial.begin(NetworkTable(address="10.1.2.4/24"))
    box.now = PATIENCE.total_seconds() + 1
    assert not box.trial.look()
    box.now += 100
    assert box.trial.look()
    assert box.in_force[-1] == OLD


def test_what_cannot_be_put_in_force_goes_back_at_once(box: Box) -> None:
    """And says so."""
    box.broken = NEW
    with pytest.raises(OSError, match="networkd"):
        box.trial.begin(NEW)
    assert (box.in_force[-1], box.trial.left) == (OLD, None)
