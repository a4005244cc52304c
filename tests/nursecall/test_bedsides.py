"""What this run has heard of a bed, joined with what the run before wrote of it."""

from __future__ import annotations

from datetime import timedelta

from nursecall.bedsides import Bedside, Bedsides
from tests.fakes.clock import START

LATER = START + timedelta(minutes=1)


def test_what_still_is_so_has_been_so_since_it_began() -> None:
    """A nurse who is there and a terminal that is out are heard again before the records could be read."""
    beds = Bedsides()
    beds.presence("w1", "1", "l1", True, LATER)
    beds.terminal("w1", "1", "l1", False, LATER)
    [(_, new)] = beds.bring_back([Bedside(ward="w1", bed="1", line="l1", present_since=START, fault_since=START)])
    assert (new.present_since, new.fault_since) == (START, START)


def test_what_began_meanwhile_began_when_it_was_heard() -> None:
    """The run before knew nothing of it."""
    beds = Bedsides()
    beds.presence("w1", "1", "l1", True, LATER)
    [(_, new)] = beds.bring_back([Bedside(ward="w1", bed="1", line="l1", fault_since=START)])
    assert (new.present_since, new.fault_since) == (LATER, START)


def test_what_is_over_is_over() -> None:
    """Whatever the run before wrote."""
    beds = Bedsides()
    beds.presence("w1", "1", "l1", False, LATER)
    beds.terminal("w1", "1", "l1", True, LATER)
    [(_, new)] = beds.bring_back([Bedside(ward="w1", bed="1", line="l1", present_since=START, fault_since=START)])
    assert (new.present_since, new.fault_since) == (None, None)
