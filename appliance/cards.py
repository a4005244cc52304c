"""The hospital's card system, built from one plan: what pays, what brings charges there, and the cashier's desk."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from twisted.internet.base import ReactorBase

from appliance.foundation import durable
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.secret import secret
from appliance.foundation.values import Money
from appliance.settings import Settings
from billing.accounts import Accounts
from billing.card.credit import CardCredit
from billing.card.desk import CardDesk
from billing.card.http import HttpCardSystem, client
from billing.card.plan import CardPlan
from billing.card.post import CardPost


class Cards:
    """Satisfied by any plan: without a card system, accounts that pay by card just cannot call."""

    def __init__(
        self,
        settings: Settings,
        plan: CardPlan | None,
        database: Transactions,
        accounts: Accounts,
        *,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
    ) -> None:
        system = card_system(settings, plan, reactor, clock) if plan else None
        unit, patience = (plan.unit, timedelta(seconds=plan.patience)) if plan else (Money(1), timedelta(0))
        self.credit = CardCredit(database, system, unit, patience, clock)
        self.post = CardPost(database, system, self.credit, clock, bus)
        self.desk = CardDesk(database, accounts, system, clock, bus)


def card_system(settings: Settings, plan: CardPlan, reactor: ReactorBase, clock: Clock) -> HttpCardSystem:
    """The card system as it is reached."""
    asking = client(reactor, clock, plan.timeout, plan.ca_file)
    return HttpCardSystem(plan.url, signing(settings.card_secret, plan), asking, clock)


def signing(own: Path, plan: CardPlan) -> Callable[[], str]:
    """By what requests are signed: where the plan says, else the box's own secret, which is made when it is missing."""

    def read() -> str:
        if plan.secret is None:
            durable.make(own, f"{secrets.token_hex(32)}\n".encode())
        return secret(plan.secret or f"file:{own}")

    return read
