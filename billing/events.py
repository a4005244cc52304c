"""What happens to money, as told to the rest of the house and written to the journal. Never a PIN."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from appliance.foundation.journal import Event
from appliance.foundation.values import Money


@dataclass(frozen=True, kw_only=True)
class AccountOpened(Event):
    account: str
    holder: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AccountsImported(Event):
    """A list of so many accounts was loaded. digest: SHA-256 of the file."""

    accounts: int
    digest: str
    by: str


@dataclass(frozen=True, kw_only=True)
class MoneyMoved(Event):
    """One entry of the ledger, as one account sees it: `amount` signed, `balance` after it.

    An entry between two accounts is told once for each; one that touches none is told without an account.
    entry, hash: its number in the ledger and its link in the ledger's chain.
    """

    account: str
    movement: str
    amount: Money
    balance: Money
    reference: str
    by: str
    entry: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class MonthClosed(Event):
    """Nothing more is written into `month`. entry: its last; hash: over what every book held at its end."""

    month: str
    entry: int
    hash: str
    by: str


@dataclass(frozen=True, kw_only=True)
class AccountChanged(Event):
    """Frozen, thawed, closed, PIN changed, language: `what` says which."""

    account: str
    what: str
    by: str


@dataclass(frozen=True, kw_only=True)
class PinLocked(Event):
    """Too many wrong PINs. what: `account` or `extension`; number: which; by: where the last one was keyed."""

    what: str
    number: str
    until: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class PinUnlocked(Event):
    """A cashier let it in again before its time."""

    what: str
    number: str
    by: str


@dataclass(frozen=True, kw_only=True)
class SpeedDialSet(Event):
    """Another number is kept under a key of the account; which one is the patient's own business."""

    account: str
    key: str


@dataclass(frozen=True, kw_only=True)
class CallAuthorised(Event):
    call: str
    account: str
    extension: str
    called: str
    trunk: str
    reserved: Money
    granted_seconds: int


@dataclass(frozen=True, kw_only=True)
class CallRefused(Event):
    """A billed call that was not let through; `why` is a message id."""

    call: str
    extension: str
    account: str | None
    called: str
    why: str


@dataclass(frozen=True, kw_only=True)
class LeaseExtended(Event):
    call: str
    account: str
    reserved: Money
    granted_seconds: int


@dataclass(frozen=True, kw_only=True)
class CallSettled(Event):
    """Charged once and only once. seconds: answered; charge and cost in money; ended: who or what ended it."""

    call: str
    account: str
    called: str
    trunk: str
    seconds: int
    charge: Money
    cost: Money
    ended: str


@dataclass(frozen=True, kw_only=True)
class CallRerouted(Event):
    """The trunk before did not take the call (`why`: congestion, unreachable); `trunk` is tried now."""

    call: str
    account: str
    trunk: str
    why: str


@dataclass(frozen=True, kw_only=True)
class TariffImported(Event):
    """A new version of a tariff counts from `valid_from` on."""

    tariff: str
    version: int
    valid_from: datetime
    rows: int
    by: str


@dataclass(frozen=True, kw_only=True)
class TariffWithdrawn(Event):
    """A version that had not begun to count was taken back; it is gone."""

    tariff: str
    version: int
    valid_from: datetime
    by: str
