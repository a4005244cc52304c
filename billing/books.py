"""The books between which money moves. What goes into one comes out of another: an entry adds up to zero.

Amounts are credits: positive is what the hospital owes or has earned (a caller's account, revenue), negative what it
has or is owed (a till, a department's bill). So a deposit is `account/100001` +50 and `cash/林静` -50: fifty more
on the account, fifty more in the till.
"""

from __future__ import annotations

REVENUE = "revenue/calls"
"""Earned by billed calls."""

CARD = "card/clearing"
"""Taken from or given back to the one-card system, until both have reckoned up."""

WRITE_OFF = "write-off"
"""What the hospital gave up."""

SAFE = "safe"
"""Where tills get their change from and hand in what they took."""

DIFFERENCE = "till-difference"
"""What was counted in a till beyond what ought to have been there; or less."""

ROUNDING = "rounding"
"""Parts of a fen that no till can pay."""

ACCOUNT = "account/"
CASH = "cash/"
RECEIVABLE = "owed/"


def account(number: str) -> str:
    """A caller's account."""
    return ACCOUNT + number


def cash(cashier: str) -> str:
    """The till of `cashier`."""
    return CASH + cashier


def receivable(payer: str) -> str:
    """What a bed, department or person owes for calls billed later; `payer` such as `bed/ward-a/28`."""
    return RECEIVABLE + payer


def account_in(book: str) -> str | None:
    """The number of the caller's account that `book` is; None for any other."""
    return book.removeprefix(ACCOUNT) if book.startswith(ACCOUNT) else None
