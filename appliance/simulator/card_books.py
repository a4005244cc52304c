"""The simulated card system's own books: cards, holds and movements, by the rules that docs/one-card.md asks of one.

Knows no wire; kept in a file if it is given one, so that it outlives the simulator as a real one would.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from appliance.foundation import durable
from appliance.foundation.values import Money, in_yuan, yuan

Told = dict[str, Any]


class No(Exception):
    """What was asked is not done; `told` is the answer's document."""

    def __init__(self, status: int, error: str, **more: object) -> None:
        super().__init__(error)
        self.status = status
        self.told: Told = {"error": error, **more}


@dataclass
class Card:
    """A card. balance: what lies on it, holds included."""

    number: str
    holder: str
    balance: int
    active: bool = True


@dataclass
class Hold:
    """The money of one call. ended: how, empty while it is open."""

    card: str
    amount: int = 0
    ended: str = ""


@dataclass
class CardBooks:
    """All of it. now: the time of day. answers: by key, what was answered the first time."""

    now: Callable[[], datetime]
    file: Path | None = None
    cards: dict[str, Card] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    movements: list[Told] = field(default_factory=list)
    answers: dict[str, Told] = field(default_factory=dict)
    next_id: int = 1

    def __post_init__(self) -> None:
        if self.file is not None and self.file.exists():
            kept = json.loads(self.file.read_text("utf-8"))
            self.cards = {row["number"]: Card(**row) for row in kept["cards"]}
            self.holds = {name: Hold(**row) for name, row in kept["holds"].items()}
            self.movements, self.answers, self.next_id = kept["movements"], kept["answers"], kept["next_id"]

    def keep(self) -> None:
        """On disk, if there is a file."""
        if self.file is None:
            return
        kept = {
            "cards": [asdict(card) for card in self.cards.values()],
            "holds": {name: asdict(hold) for name, hold in self.holds.items()},
            "movements": self.movements,
            "answers": self.answers,
            "next_id": self.next_id,
        }
        durable.write(self.file, json.dumps(kept, ensure_ascii=False).encode())

    def issue(self, number: str, holder: str, balance: Money) -> Card:
        """A card, or another balance on one that is there."""
        card = self.cards.setdefault(number, Card(number, holder, 0))
        card.holder, card.balance = holder or card.holder, balance
        self.keep()
        return card

    def available(self, card: Card) -> Money:
        """What no hold holds."""
        return Money(card.balance - sum(h.amount for h in self.holds.values() if h.card == card.number and not h.ended))

    def standing(self, number: str) -> Told:
        """What is told of a card. Raises No."""
        card = self._card(number)
        state = "active" if card.active else "blocked"
        return {"card": number, "holder": card.holder, "state": state, "available": _yuan(self.available(card))}

    def do(self, verb: str, name: str, said: Told) -> Told:
        """Reserve, commit or release; the same key again brings the same answer and does nothing. Raises No."""
        key = str(said.get("key", ""))
        if not key or verb not in ("reserve", "commit", "release"):
            raise No(400, "other", said="no key, or nothing to do", key=key)
        if key not in self.answers:
            try:
                self.answers[key] = self._done(verb, name, said) | {"key": key, "hold": name}
            except No as no:
                no.told |= {"key": key, "hold": name}
                if no.told["error"] != "insufficient":
                    raise
                # A no is an answer too: asked again, it stays no, although money may have come in.
                self.answers[key] = {"status": no.status, **no.told}
            self.keep()
        told = dict(self.answers[key])
        if "status" in told:
            raise No(int(told.pop("status")), told.pop("error"), **told)
        return told

    def _done(self, verb: str, name: str, said: Told) -> Told:
        number = str(said.get("card", ""))
        card, amount = self._card(number), _amount(said) if verb != "release" else Money(0)
        hold = self.holds.get(name) or Hold(number)
        if hold.ended:
            raise No(409, "closed", said=hold.ended)
        match verb:
            case "reserve":
                self._reserve(card, hold, amount)
            case "commit":
                if amount > hold.amount:
                    raise No(409, "other", said="more than is held")
                hold.ended, hold.amount = "commit", 0
                card.balance -= amount
                at = self.now().isoformat()
                row = {"at": at, "card": number, "hold": name, "amount": _yuan(amount)}
                self.movements.append({"id": str(self.next_id), **row})
                self.next_id += 1
            case _:
                hold.ended, hold.amount = "release", 0
        self.holds[name] = hold
        return {"amount": _yuan(amount), "available": _yuan(self.available(card))}

    def _reserve(self, card: Card, hold: Hold, amount: Money) -> None:
        free = self.available(card)
        if not card.active:
            raise No(403, "blocked")
        if amount > free:
            raise No(402, "insufficient", available=_yuan(free))
        hold.amount += amount

    def taken(self, start: str, end: str, after: str, limit: int) -> list[Told]:
        """Movements in [start, end) that come after the one of id `after`. Raises No."""
        try:
            first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
        except ValueError:
            raise No(400, "other", said="from and to are ISO times") from None
        found = [row for row in self.movements if first <= datetime.fromisoformat(row["at"]) < last]
        return [row for row in found if int(row["id"]) > int(after or 0)][:limit]

    def _card(self, number: str) -> Card:
        if number not in self.cards:
            raise No(404, "unknown-card")
        return self.cards[number]


def _yuan(amount: int) -> str:
    return f"{in_yuan(Money(amount)):f}"


def _amount(said: Told) -> Money:
    try:
        amount = yuan(str(said["amount"]))
    except (KeyError, ValueError):
        raise No(400, "other", said="no amount") from None
    if amount <= 0:
        raise No(400, "other", said="no amount")
    return amount
