"""A card system in memory that outlives our process, with a script of faults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appliance.foundation.clock import Clock, sleep
from appliance.foundation.values import Money, in_yuan, yuan
from appliance.simulator.card_books import CardBooks, No
from billing.card.system import CardMovement, CardRefused, CardSilent, Standing, Why

TIMEOUT = timedelta(seconds=4)
FAULTS = ("hang", "lose", "late", "twice", "error")


@dataclass
class FakeCardSystem:
    """Satisfies `billing.card.system.CardSystem`. faults: of the next requests that move money, one each.

    down: nothing is answered. late: what was asked and will be done later, by `arrive`. asked: keys, as they came.
    """

    clock: Clock
    faults: list[str] = field(default_factory=list)
    down: bool = False
    late: list[Callable[[], None]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.books = CardBooks(self.clock.now)

    async def ping(self) -> None:
        if self.down:
            raise CardSilent("the service does not answer")

    async def standing(self, card: str) -> Standing:
        await self.ping()
        try:
            told = self.books.standing(card)
        except No as no:
            raise refusal(no) from no
        return Standing(card, told["holder"], told["state"] == "active", yuan(told["available"]))

    async def reserve(self, key: str, hold: str, card: str, amount: Money) -> None:
        await self._ask("reserve", key, hold, card, amount)

    async def commit(self, key: str, hold: str, card: str, amount: Money) -> None:
        await self._ask("commit", key, hold, card, amount)

    async def release(self, key: str, hold: str, card: str) -> None:
        await self._ask("release", key, hold, card, Money(0))

    async def movements(self, start: datetime, end: datetime) -> Sequence[CardMovement]:
        await self.ping()
        return [
            CardMovement(row["id"], datetime.fromisoformat(row["at"]), row["card"], row["hold"], yuan(row["amount"]))
            for row in self.books.taken(start.isoformat(), end.isoformat(), "", 10**9)
        ]

    def arrive(self) -> None:
        """What was under way arrives, the last first."""
        waiting, self.late = self.late[::-1], []
        for do in waiting:
            do()

    async def _ask(self, verb: str, key: str, hold: str, card: str, amount: Money) -> None:
        self.asked.append(key)
        fault = self.faults.pop(0) if self.faults else ""
        if self.down or fault == "hang":
            await self._silence()
        if fault == "error":
            raise CardSilent("the service does not answer")
        said = {"key": key, "card": card, "amount": f"{in_yuan(amount):f}"}

        def do() -> No | None:
            try:
                self.books.do(verb, hold, said)
            except No as no:
                return no
            return None

        if fault == "late":
            self.late.append(lambda: (do(), None)[1])
            await self._silence()
        no = do()
        if fault == "twice":
            no = do()
        if fault == "lose":
            await self._silence()
        if no is not None:
            raise refusal(no)

    async def _silence(self) -> None:
        await sleep(self.clock, TIMEOUT)
        raise CardSilent("the service does not answer")


def refusal(no: No) -> CardRefused:
    """As the port has it."""
    why: Why = no.told["error"]
    available = yuan(no.told["available"]) if "available" in no.told else None
    return CardRefused(why, available, str(no.told.get("said", "")))
