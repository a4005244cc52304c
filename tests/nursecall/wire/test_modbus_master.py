"""The master against our own slaves, over a wire on which every byte takes its time. Time is a number."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nursecall.wire.modbus import Changed, Event, Garbled, Master, Slaves, Unit, UnitAlive, UnitDead
from nursecall.wire.modbus_frames import exception, read_answer, read_request
from nursecall.wire.modbus_rota import LONGEST_PAUSE

BYTE_9600_8N1 = 10 / 9600
BYTE_9600_8E1 = 11 / 9600


def modules(count: int, inputs: int = 16) -> list[Unit]:
    """So many, from address 1 on."""
    return [Unit(address, 0, inputs) for address in range(1, count + 1)]


class Bus:
    """A master, its slaves, and two wires that carry one byte after another.

    turn_round: seconds a slave takes from the request's last byte to its answer's first.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        *,
        there: Sequence[Unit] | None = None,
        byte_time: float = BYTE_9600_8N1,
        debounce: float = 0.05,
        turn_round: float | None = None,
    ) -> None:
        self.master = Master(units, byte_time=byte_time, debounce=debounce)
        self.slaves = Slaves(units if there is None else there)
        self.byte_time = byte_time
        self.turn_round = 3.5 * byte_time if turn_round is None else turn_round
        self.now = 0.0
        self.happened: list[tuple[float, Event]] = []
        self.asked: list[tuple[float, int]] = []
        self.quiet_since = -1.0
        self.spoil: Callable[[bytes], bytes] | None = None
        self.master.begin(0.0)

    @property
    def events(self) -> list[Event]:
        """What the master told, without the units' coming alive."""
        return [event for _, event in self.happened if not isinstance(event, UnitAlive)]

    def run(self, seconds: float) -> None:
        """Pass time."""
        end = self.now + seconds
        while (deadline := self.master.deadline) is not None and max(self.now, deadline) <= end:
            self.now = max(self.now, deadline)
            self.tell(self.master.tick(self.now))
            self._carry()
        self.now = max(end, self.now)

    def tell(self, events: Sequence[Event]) -> None:
        """Note what happened now."""
        self.happened += [(self.now, event) for event in events]

    def _carry(self) -> None:
        request = self.master.outgoing()
        if not request:
            return
        quiet = self.now - self.quiet_since
        assert self.spoil or quiet >= 3.5 * self.byte_time - 1e-9, "the gap between two frames was too short"
        self.asked.append((self.now, request[0]))
        ends = self.now + len(request) * self.byte_time
        self.quiet_since = ends
        self.slaves.feed(request, ends)
        answer = self.slaves.outgoing()
        if self.spoil:
            answer = self.spoil(answer)
        at = ends + self.turn_round
        for byte in answer:
            at += self.byte_time
            while (deadline := self.master.deadline) is not None and deadline < at:
                self.now = deadline
                self.tell(self.master.tick(self.now))
                assert not self.master.outgoing(), "the master spoke into an answer"
            self.now = at
            self.tell(self.master.feed(bytes([byte]), at))
            self.quiet_since = at

    def pauses(self, address: int) -> list[float]:
        """Seconds between the polls of one unit."""
        times = [at for at, asked in self.asked if asked == address]
        return [after - before for before, after in itertools.pairwise(times)]


class TestContacts:
    """What becomes of buttons."""

    def test_a_press_and_a_release_are_told_once_each(self) -> None:
        """With the unit's address and the input's own number."""
        unit = Unit(5, 16, 8)
        bus = Bus([unit])
        bus.run(1)
        bus.slaves.set_contact(5, 18, True)
        bus.run(2)
        bus.slaves.set_contact(5, 18, False)
        bus.run(2)
        assert bus.events == [Changed(5, 18, True), Changed(5, 18, False)]

    def test_a_contact_that_bounces_is_told_when_it_has_come_to_rest(self) -> None:
        """A glitch shorter than the debounce is no press."""
        bus = Bus([Unit(1, 0, 8)], debounce=0.3)
        bus.run(1)
        bus.slaves.set_contact(1, 0, True)
        bus.run(0.15)
        bus.slaves.set_contact(1, 0, False)
        bus.run(1)
        assert bus.events == []
        bus.slaves.set_contact(1, 0, True)
        closed_at = bus.now
        bus.run(1)
        assert bus.events == [Changed(1, 0, True)]
        told_at = bus.happened[-1][0]
        assert 0.3 <= told_at - closed_at < 0.6

    def test_without_debounce_the_first_reading_counts(self) -> None:
        """For contacts that close for a moment only."""
        bus = Bus([Unit(1, 0, 8)], debounce=0.0)
        bus.run(1)
        bus.slaves.set_contact(1, 0, True)
        bus.run(0.15)
        assert bus.events == [Changed(1, 0, True)]

    def test_a_contact_that_is_closed_at_the_start_is_told(self) -> None:
        """Somebody pressed before the box was up; what is open says nothing."""
        bus = Bus([Unit(1, 0, 8)])
        bus.slaves.set_contact(1, 3, True)
        bus.run(1)
        assert bus.events == [Changed(1, 3, True)]

    def test_a_contact_closed_at_rest_is_told_at_the_start_when_it_is_open(self) -> None:
        """A tamper loop is cut; one that is whole says nothing."""
        unit = Unit(1, 0, 8, rest=frozenset({6, 7}))
        bus = Bus([unit])
        bus.slaves.set_contact(1, 6, False)
        bus.run(1)
        assert bus.events == [Changed(1, 6, False)]

    def test_an_outage_loses_no_press_and_no_release(self) -> None:
        """Input 0 pressed meanwhile, 1 released, 2 still pressed: told again, it may be a new press."""
        bus = Bus([Unit(1, 0, 8)])
        bus.slaves.set_contact(1, 1, True)
        bus.slaves.set_contact(1, 2, True)
        bus.run(1)
        bus.happened.clear()
        bus.master.lost(bus.now)
        assert bus.master.deadline is None
        bus.slaves.set_contact(1, 0, True)
        bus.slaves.set_contact(1, 1, False)
        bus.master.begin(bus.now)
        bus.run(1)
        assert bus.events == [Changed(1, 0, True), Changed(1, 1, False), Changed(1, 2, True)]

    @given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 15), st.booleans()), max_size=30))
    def test_in_the_end_what_was_told_is_what_is(self, touches: list[tuple[int, int, bool]]) -> None:
        """However contacts move, and never the same twice in a row."""
        bus = Bus(modules(4))
        for address, number, closed in touches:
            bus.slaves.set_contact(address, number, closed)
            bus.run(0.07)
        bus.run(2)
        told: dict[tuple[int, int], bool] = {}
        for event in bus.events:
            assert isinstance(event, Changed)
            assert told.get((event.unit, event.input), False) != event.closed
            told[event.unit, event.input] = event.closed
        last = {(address, number): closed for address, number, closed in touches}
        assert {key for key, closed in told.items() if closed} == {key for key, closed in last.items() if closed}


class TestPace:
    """How long a line takes."""

    @pytest.mark.parametrize("byte_time", [BYTE_9600_8N1, BYTE_9600_8E1])
    @pytest.mark.parametrize("turn_round", [None, 0.008])
    def test_thirty_two_units_are_polled_within_a_second_at_9600_baud(
        self, byte_time: float, turn_round: float | None
    ) -> None:
        """Every byte, turn-round and gap counted; slaves that take 8 ms to think included."""
        bus = Bus(modules(32), byte_time=byte_time, turn_round=turn_round)
        bus.run(20)
        for address in range(1, 33):
            assert max(bus.pauses(address)) < 1.0
        own = (8 + 7) * byte_time + bus.turn_round + 3.5 * byte_time
        assert max(bus.pauses(1)) == pytest.approx(32 * own, rel=0.01)

    def test_a_press_on_the_last_of_thirty_two_is_told_within_a_cycle_and_the_debounce(self) -> None:
        """It is read again as soon as that settles it, not a cycle later."""
        bus = Bus(modules(32))
        bus.run(5)
        cycle = max(bus.pauses(32))
        for offset in range(10):
            bus.run(1 + offset / 10)
            bus.slaves.set_contact(32, 0, offset % 2 == 0)
            pressed_at = bus.now
            bus.run(1.5)
            assert bus.happened[-1][0] - pressed_at < cycle + 0.05 + 3 * 0.025

    def test_thirty_two_units_all_pressed_at_once_are_told_within_seconds(self) -> None:
        """Bus power returns: the order is kept, nobody waits for ever."""
        bus = Bus(modules(32))
        bus.run(5)
        for address in range(1, 33):
            bus.slaves.set_contact(address, 0, True)
        bus.run(2.5)
        assert sorted(event.unit for event in bus.events if isinstance(event, Changed)) == list(range(1, 33))

    def test_chattering_contacts_leave_the_others_half_of_the_line(self) -> None:
        """Contacts that never come to rest are read again between two polls of the others, not instead of them."""
        bus = Bus(modules(8))
        bus.run(2)
        level = False
        for _ in range(200):
            level = not level
            for address in range(1, 8):
                bus.slaves.set_contact(address, 0, level)
            bus.run(0.03)
        assert max(bus.pauses(8)) < 2 * 8 * 0.03

    def test_a_small_line_is_not_polled_without_pause(self) -> None:
        """One unit: ten times a second is enough."""
        bus = Bus(modules(1))
        bus.run(10)
        assert 90 <= len(bus.asked) <= 101


class TestDead:
    """Units that do not answer."""

    def test_a_dead_unit_is_told_once_and_asked_ever_less(self) -> None:
        """Down to once a minute."""
        bus = Bus(modules(4), there=modules(3))
        bus.run(600)
        assert bus.events == [UnitDead(4)]
        told_at = next(at for at, event in bus.happened if event == UnitDead(4))
        assert told_at < 10
        late = bus.pauses(4)[-5:]
        assert late == pytest.approx([LONGEST_PAUSE] * 5, abs=1)

    def test_live_units_are_told_alive(self) -> None:
        """Each once."""
        bus = Bus(modules(4), there=modules(3))
        bus.run(60)
        alive = [event.unit for _, event in bus.happened if isinstance(event, UnitAlive)]
        assert alive == [1, 2, 3]

    @pytest.mark.parametrize("dead", [1, 16, 31])
    def test_however_many_are_dead_the_others_wait_for_one_time_out_at_most(self, dead: int) -> None:
        """A fuse of the ward blows; from the second cycle on."""
        units = modules(32)
        bus = Bus(units)
        bus.run(5)
        for unit in units[:dead]:
            bus.slaves.dead(unit.address)
        bus.run(0.25 * dead + 1)
        time_out = 0.2 + 20 * bus.byte_time
        before = len(bus.pauses(32))
        bus.run(120)
        assert max(bus.pauses(32)[before:]) < max(0.1, (32 - dead) * 0.025) + time_out + 0.03
        assert {event.unit for event in bus.events if isinstance(event, UnitDead)} == set(range(1, dead + 1))

    @pytest.mark.parametrize("dead", [1, 16, 32])
    def test_every_dead_unit_is_flagged_within_thirty_seconds(self, dead: int) -> None:
        """Also when the whole bus is cut."""
        bus = Bus(modules(32))
        bus.run(5)
        for address in range(1, dead + 1):
            bus.slaves.dead(address)
        bus.run(30)
        assert {event.unit for event in bus.events if isinstance(event, UnitDead)} == set(range(1, dead + 1))

    def test_a_unit_that_comes_back_is_told_with_what_was_pressed_meanwhile(self) -> None:
        """Alive first, then its contacts."""
        bus = Bus(modules(2))
        bus.run(2)
        bus.slaves.dead(2)
        bus.run(20)
        bus.slaves.set_contact(2, 7, True)
        bus.slaves.dead(2, is_dead=False)
        bus.happened.clear()
        bus.run(61)
        assert [event for _, event in bus.happened] == [UnitAlive(2), Changed(2, 7, True)]

    def test_a_unit_that_refuses_is_dead_and_says_why(self) -> None:
        """The plan gives it more inputs than it has: illegal data address, 2."""
        bus = Bus([Unit(1, 0, 16)], there=[Unit(1, 0, 8)])
        bus.run(30)
        assert bus.events == [UnitDead(1, 2)]

    def test_one_lost_answer_is_no_death(self) -> None:
        """Nor are two."""
        bus = Bus(modules(2))
        bus.run(2)
        bus.slaves.dead(2)
        bus.run(0.5)
        bus.slaves.dead(2, is_dead=False)
        bus.run(5)
        assert bus.events == []


class TestNoise:
    """What does not belong there."""

    def test_garbled_answers_are_told_and_no_contact_moves(self) -> None:
        """The next one counts."""
        bus = Bus(modules(2))
        bus.run(2)
        bus.slaves.set_contact(1, 0, True)
        bus.slaves.garble(6)
        bus.run(3)
        kinds = [type(event) for event in bus.events]
        assert kinds == [Garbled] * 6 + [Changed]

    def test_an_answer_is_found_among_noise(self) -> None:
        """Before it and after it, and cut pieces of answers too."""
        bus = Bus(modules(2))
        bus.spoil = lambda answer: b"\x00\x01\x02" + answer + b"\xff\x02" if answer else answer
        bus.run(3)
        bus.slaves.set_contact(2, 9, True)
        bus.run(2)
        assert Changed(2, 9, True) in bus.events
        assert not [event for event in bus.events if isinstance(event, UnitDead)]

    def test_an_adapter_that_hears_itself_does_no_harm(self) -> None:
        """Two-wire RS-485: the request comes back before the answer."""
        bus = Bus([Unit(1, 0, 8)])
        bus.spoil = lambda answer: read_request(1, 0, 8) + answer
        bus.run(2)
        bus.slaves.set_contact(1, 1, True)
        bus.run(1)
        assert bus.events == [Changed(1, 1, True)]

    def test_a_late_answer_of_another_unit_is_ignored(self) -> None:
        """Its sender was given up; what it says is not the asked unit's."""
        master = Master(modules(2, 8), byte_time=BYTE_9600_8N1)
        master.begin(0)
        master.tick(0.01)
        assert master.outgoing()[0] == 1
        deadline = master.deadline
        assert deadline is not None
        master.tick(deadline)
        assert master.outgoing()[0] == 2
        assert master.feed(read_answer(1, [True] * 8), deadline + 0.01) == []
        assert master.feed(read_answer(2, [False] * 8), deadline + 0.05) == [UnitAlive(2)]

    def test_an_exception_of_another_function_is_noise(self) -> None:
        """FC 03's is no answer to FC 02."""
        master = Master(modules(1, 8), byte_time=BYTE_9600_8N1)
        master.begin(0)
        master.tick(0.01)
        master.feed(exception(1, 3, 2), 0.02)
        assert master.deadline is not None
        assert master.tick(master.deadline) == [Garbled(exception(1, 3, 2))]

    def test_noise_counts_as_no_sign_of_life(self) -> None:
        """Only an answer does."""
        bus = Bus([Unit(1, 0, 8)], there=[])
        bus.run(1)
        bus.tell(bus.master.feed(b"\xff\x00noise" * 20, bus.now))
        bus.run(1)
        assert bus.master.heard_at < 0
        assert any(isinstance(event, Garbled) for event in bus.events)

    @given(st.lists(st.one_of(st.binary(max_size=30), st.just(read_answer(1, [True] * 16))), max_size=20))
    def test_no_bytes_break_the_master_and_the_next_answer_comes_through(self, said: list[bytes]) -> None:
        """Whatever was said, and whenever."""
        bus = Bus(modules(2))
        for data in said:
            bus.run(0.037)
            bus.tell(bus.master.feed(data, bus.now))
        bus.run(1)
        bus.happened.clear()
        bus.slaves.set_contact(2, 0, True)
        bus.run(2)
        assert Changed(2, 0, True) in bus.events


class TestSlaves:
    """The far end of the simulation."""

    def test_what_is_asked_wrongly_is_refused(self) -> None:
        """Another function: 1; inputs it does not have: 2; none at all: 3."""
        slaves = Slaves([Unit(5, 0, 8)])
        slaves.feed(read_request(5, 4, 8), 0)
        assert slaves.outgoing() == exception(5, 2, 2)
        slaves.feed(read_request(5, 0, 0), 0)
        assert slaves.outgoing() == exception(5, 2, 3)
        slaves.feed(bytes.fromhex("05 03 00 00 00 01 85 8E"), 0)
        assert slaves.outgoing() == exception(5, 3, 1)

    def test_others_and_the_dead_are_silent(self) -> None:
        """As modules are."""
        slaves = Slaves([Unit(5, 0, 8)])
        slaves.feed(read_request(6, 0, 8), 0)
        slaves.dead(5)
        slaves.feed(read_request(5, 0, 8), 0)
        assert slaves.outgoing() == b""

    def test_what_is_not_there_cannot_be_touched(self) -> None:
        """A unit or an input."""
        slaves = Slaves([Unit(5, 0, 8)])
        for address, number in ((6, 0), (5, 8)):
            with pytest.raises(KeyError):
                slaves.set_contact(address, number, True)
        with pytest.raises(KeyError):
            slaves.dead(6)


@pytest.mark.parametrize(
    ("address", "first", "count"), [(0, 0, 8), (248, 0, 8), (1, 0, 0), (1, 0, 2001), (1, 65_530, 8)]
)
def test_a_unit_that_cannot_be_is_refused(address: int, first: int, count: int) -> None:
    """With a sentence."""
    with pytest.raises(ValueError, match="unit"):
        Unit(address, first, count)
