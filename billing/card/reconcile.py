"""Our charges of cards against the card system's own list: each difference in one sentence, with who must act. Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language, Money, yuan
from billing.card.orders import Order
from billing.card.system import CardMovement
from billing.charge import NOTHING, decimals

Who = Literal["nobody", "card-system", "hospital"]
WHO: Mapping[Who, str] = {
    "nobody": "Nobody: it settles itself.",
    "card-system": "The card office.",
    "hospital": "The hospital's IT.",
}
COLUMNS = ("id", "at", "card", "hold", "amount")


@dataclass(frozen=True)
class Difference:
    """One thing that does not agree. ours, theirs: None where that list does not have it."""

    call: str
    card: str
    account: str
    at: datetime
    ours: Money | None
    theirs: Money | None
    who: Who
    why: str
    facts: Mapping[str, str]

    def text(self, language: Language) -> str:
        """What is different, in words."""
        return translate(self.why, language, **self.facts)

    def act(self, language: Language) -> str:
        """Who must act, in words."""
        return translate(WHO[self.who], language)


@dataclass(frozen=True)
class Comparison:
    """Both lists of one period. agreed: how many charges stand in both, with the same amount."""

    ours: Money
    theirs: Money
    agreed: int
    differences: tuple[Difference, ...]


def compare(
    ours: Sequence[Order], theirs: Sequence[CardMovement], known: Mapping[str, Order], start: datetime, end: datetime
) -> Comparison:
    """ours: commits written down in [start, end). theirs: what was taken from `start` on, also after `end`: a charge of
    the last minute may be taken later. known: our commits, whenever they were written, of the calls in `theirs`.
    """
    taken: dict[str, Money] = {}
    often = Counter(movement.hold for movement in theirs)
    for movement in theirs:
        taken[movement.hold] = Money(taken.get(movement.hold, NOTHING) + movement.amount)
    within = [movement for movement in theirs if start <= movement.at < end]
    found = [_ours(order, taken.get(order.call), often[order.call]) for order in ours]
    strange = {movement.hold: movement for movement in within if movement.hold not in known}
    differences = [one for one in found if one is not None]
    differences += [_theirs(movement, taken[movement.hold]) for movement in strange.values()]
    return Comparison(
        Money(sum(order.amount for order in ours)),
        Money(sum(movement.amount for movement in within)),
        sum(taken.get(order.call) == order.amount for order in ours),
        tuple(sorted(differences, key=lambda one: (one.at, one.call))),
    )


def _ours(order: Order, taken: Money | None, times: int) -> Difference | None:
    who, why = _verdict(order, taken, times)
    if not why:
        return None
    facts = {
        "amount": decimals(order.amount), "taken": decimals(taken or NOTHING), "card": order.card, "count": str(times),
        "reason": order.why, "tries": str(order.tries),
    }  # fmt: skip
    used = {name: fact for name, fact in facts.items() if f"{{{name}}}" in why}
    return Difference(order.call, order.card, order.account, order.written_at, order.amount, taken, who, why, used)


TWICE = "Card {card} was charged {count} times, {taken} yuan in all, for one call of {amount} yuan."
OTHER = "The card system took {taken} yuan of card {card} for a call of {amount} yuan."
UNTOLD = "{amount} yuan were taken of card {card}; we are not told yet."
MISSING = "The card system confirmed {amount} yuan of card {card}, but its list does not have them."
REFUSED = "The card system refuses to take {amount} yuan of card {card} ({reason}): book them by hand."
WAITS = "{amount} yuan of card {card} were not taken yet; they were sent {tries} times and are sent again."
STRANGE = "The card system took {taken} yuan of card {card} for a call that we did not charge: give them back."


def _verdict(order: Order, taken: Money | None, times: int) -> tuple[Who, str]:
    """Who must act and what is said; nothing is said where both agree."""
    if taken is not None:
        if times > 1:
            return "card-system", TWICE
        if taken != order.amount:
            return "card-system", OTHER
        return "nobody", "" if order.state == "done" else UNTOLD
    if order.state == "done":
        return "card-system", MISSING
    return ("card-system", REFUSED) if order.state == "refused" else ("nobody", WAITS)


def _theirs(movement: CardMovement, taken: Money) -> Difference:
    facts = {"taken": decimals(taken), "card": movement.card}
    return Difference(movement.hold, movement.card, "", movement.at, None, taken, "card-system", STRANGE, facts)


class NotAList(ValueError):
    """A file is not the card system's list. Its text is an English message id; `facts` fill its fields."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message.format(**facts))
        self.message, self.facts = message, facts

    def text(self, language: Language) -> str:
        """What is wrong, in words."""
        return translate(self.message, language, **self.facts)


def read_list(content: bytes, zone: ZoneInfo) -> list[CardMovement]:
    """The card system's list as CSV with the columns id, at, card, hold, amount. Raises NotAList.

    zone: of times without an offset. amount: yuan.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotAList("The list is not a CSV file in UTF-8.") from None
    rows = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise NotAList("The list has no column {column}.", column=missing[0])
    return [_movement(row, rows.line_num, zone) for row in rows]


def _movement(row: Mapping[str, str | None], line: int, zone: ZoneInfo) -> CardMovement:
    said = {column: (row[column] or "").strip() for column in COLUMNS}
    try:
        at = datetime.fromisoformat(said["at"])
    except ValueError:
        raise NotAList("Line {line}: {value} is no time.", line=line, value=said["at"] or "–") from None
    try:
        amount = yuan(said["amount"])
    except ValueError:
        raise NotAList("Line {line}: {value} is no amount.", line=line, value=said["amount"] or "–") from None
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    return CardMovement(said["id"], at, said["card"], said["hold"], amount)
