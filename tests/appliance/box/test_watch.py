"""A daemon that hangs is killed, then all is started again, then the box; never a box that was not well before."""

from __future__ import annotations

from twisted.internet.task import Clock

from appliance.box.watch import Act, Patience


def told(patience: Patience, clock: Clock, seconds: int) -> list[tuple[int, Act]]:
    """What follows while the daemon says nothing for so long, looked at every ten seconds."""
    acts: list[tuple[int, Act]] = []
    for second in range(10, seconds + 1, 10):
        clock.advance(10)
        act = patience.told(False)
        if act is not Act.NOTHING:
            acts.append((second, act))
    return acts


def test_talk_is_spared_as_long_as_may_be() -> None:
    """Only the daemon is killed, every two minutes; the exchange after ten, the box after thirty."""
    clock = Clock()
    patience = Patience(clock.seconds)
    assert patience.told(True) is Act.NOTHING
    acts = told(patience, clock, 1800)
    assert acts[:2] == [(120, Act.KILL_DAEMON), (240, Act.KILL_DAEMON)]
    assert [second for second, act in acts if act is Act.RESTART_ALL] == [600]
    assert acts[-1] == (1800, Act.REBOOT)


def test_a_daemon_that_comes_back_is_forgiven() -> None:
    """The next silence is borne as long as the first."""
    clock = Clock()
    patience = Patience(clock.seconds)
    patience.told(True)
    told(patience, clock, 700)
    clock.advance(10)
    assert patience.told(True) is Act.NOTHING
    assert told(patience, clock, 110) == []


def test_a_box_that_was_never_well_is_not_started_for_ever() -> None:
    """Broken settings are mended by a person, not by a reboot."""
    clock = Clock()
    assert told(Patience(clock.seconds), clock, 7200) == []
