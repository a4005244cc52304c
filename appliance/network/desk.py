"""The network at the panel: asks root for a change, tells how it goes, and puts on record what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from appliance import network_facts
from appliance.foundation import addresses
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.config import Fault
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import new_id
from appliance.network import asking, record, trouble
from appliance.network.asking import Request
from appliance.network.box import in_force, steady
from appliance.network.cards import wired
from appliance.network.noting import note
from appliance.network.places import Places
from appliance.network.record import Change
from appliance.network.table import NetworkTable
from appliance.network.typed import table, typed
from web.network import CardState, NotTaken, Standing, Tried, Typed, Unfit

EVERY = timedelta(seconds=1)
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared


@dataclass(frozen=True)
class Outside:
    """What the machine says of itself. own: its addresses in the network. steady: as root's process counts."""

    own: Callable[[], Sequence[str]] = addresses.every
    steady: Callable[[], float] = steady


class NetworkDesk:
    """Satisfies `web.ports.Networking`. listens: the panel's address.

    changed: called whenever the page would show something else. settled: told of a change that was confirmed, once for
    each life of the daemon.
    """

    def __init__(
        self, places: Places, listens: str, database: Transactions, clock: Clock, outside: Outside | None = None
    ) -> None:
        self.changed: Callable[[], object] = lambda: None
        self.settled: Callable[[Change], object] = lambda change: None
        self._places, self._listens = places, listens
        self._database, self._clock, self._outside = database, clock, outside or Outside()
        self._shown: object = None
        self._told: tuple[str, str] | None = None
        self._tasks = Tasks()
        self._timer: Timer | None = None

    def start(self) -> None:
        """Follow what root does, now and from now on. An ordinary machine has nothing to follow."""
        if self._places.is_image:
            self._timer = self._clock.later(EVERY, self.start)
            self._look()

    def stop(self) -> None:
        """Follow no more."""
        self._tasks.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def standing(self, reached_at: str) -> Standing:
        """How the box is in the network. reached_at: its address at which whoever asks reaches it."""
        facts = network_facts.network()
        if not self._places.is_image:
            cards = [CardState(card, "", True, (address,)) for card, address in facts.cards]
            return Standing(False, cards, facts.gateway, facts.dns, facts.ntp)
        cards = [
            CardState(one.name, one.mac, one.cable, [address for card, address in facts.cards if card == one.name])
            for one in wired(self._places.cards)
        ]
        kept = in_force(self._places.box)
        return Standing(
            True, cards, facts.gateway, facts.dns, facts.ntp, typed(kept), self._tried(self._last(), reached_at)
        )

    async def try_out(self, wanted: Typed, by: str) -> None:
        """Have it put in force, on trial. Raises Unfit, NotTaken."""
        if not self._places.is_image:
            raise NotTaken(trouble.NO_IMAGE)
        kept, last = in_force(self._places.box), self._last()
        network = table(wanted, kept.hostname)
        if network.interface not in ("", *(one.name for one in wired(self._places.cards))):
            raise Unfit({"interface": Fault("interface", None, trouble.NO_CARD, {"card": network.interface})})
        if (last is not None and last.is_open) or self._places.request.exists():
            raise NotTaken(trouble.BUSY)
        if network == kept:
            raise NotTaken(trouble.SAME)
        if self._listens not in EVERYWHERE and network.address != kept.address:
            raise NotTaken(trouble.ONE_ADDRESS, address=self._listens)
        self._ask(Request(new_id(), "try", by, network))

    async def confirm(self, reached_at: str, by: str) -> None:
        """Have it kept, by who reached the panel where it leads. Raises NotTaken."""
        last = self._on_trial()
        if not last.proven(reached_at, self._outside.own()):
            if last.wanted.fixed is None:
                raise NotTaken(trouble.ELSEWHERE_DHCP, reached=reached_at)
            raise NotTaken(trouble.ELSEWHERE, reached=reached_at, address=str(last.wanted.fixed.ip))
        self._ask(Request(new_id(), "confirm", by, reached_at=reached_at))

    async def go_back(self, by: str) -> None:
        """Have what was kept put in force again, at once. Raises NotTaken."""
        self._on_trial()
        self._ask(Request(new_id(), "back", by))

    def _on_trial(self) -> Change:
        last = self._last() if self._places.is_image else None
        if last is None or last.phase != "trial":
            raise NotTaken(trouble.NO_TRIAL)
        return last

    def _ask(self, request: Request) -> None:
        try:
            asking.ask(self._places, request)
        except OSError as why:
            raise NotTaken(trouble.NOT_APPLIED, why=str(why)) from why
        self.changed()

    def _last(self) -> Change | None:
        return record.read(self._places.record, self._places.boot(), in_force(self._places.box))

    def _tried(self, last: Change | None, reached_at: str) -> Tried | None:
        lying = asking.lying(self._places)
        if lying is not None and lying.wanted is not None:
            return Tried("asked", typed(lying.wanted), _bare(lying.wanted), lying.by, self._clock.now())
        if last is None:
            return None
        # In whole seconds: what is drawn must not differ because it is drawn again.
        left = timedelta(seconds=round(last.until - self._outside.steady()))
        until = (self._clock.now() + left).replace(microsecond=0) if last.phase == "trial" else None
        return Tried(
            last.phase, typed(last.wanted), _bare(last.wanted), last.by, last.since, until,
            last.proven(reached_at, self._outside.own()), last.ended_by, last.why, last.facts,
        )  # fmt: skip

    def _look(self) -> None:
        """Tell of what has changed, and put it on record."""
        last = self._last()
        if last is not None and self._told != (last.id, last.phase):
            self._told = (last.id, last.phase)
            noting = self._database.transact(lambda connection: note(connection, last))
            self._tasks.start(noting, "noting a change of the network")
            if last.phase == "confirmed":
                self.settled(last)
        shown = (last, asking.lying(self._places), self._outside.own())
        if shown != self._shown:
            self._shown = shown
            self.changed()


def _bare(network: NetworkTable) -> str:
    return "" if network.fixed is None else str(network.fixed.ip)
