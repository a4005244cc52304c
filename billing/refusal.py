"""Why money business is not done, in words for the person who asked."""

from __future__ import annotations

from typing import ClassVar

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language


class Refusal(Exception):
    """Billing says no and nothing has changed.

    message: the reason, an English message id of `billing/locale/zh.po`; `facts` fill its `{name}` fields.
    """

    message: ClassVar[str] = "This is not possible."

    def __init__(self, **facts: object) -> None:
        super().__init__(translate(self.message, "en", **facts))
        self.facts = facts

    def text(self, language: Language) -> str:
        """The reason in `language`."""
        return translate(self.message, language, **self.facts)


class NoSuchAccount(Refusal):
    """There is no account of this number."""

    message = "There is no account {account}."


class MonthIsClosed(Refusal):
    """Something was to be written into a month whose books are closed: is the clock right?"""

    message = "The books are closed up to {until}: nothing can be written before that."


class ReferenceUsed(Refusal):
    """This reference already names another movement; nothing was moved."""

    message = "Reference {reference} was already used for another movement."


class WrongPin(Refusal):
    """Account and PIN do not belong together; which of them is wrong is not said."""

    message = "The account or PIN is wrong."


class LockedOut(Refusal):
    """Too many wrong PINs for this account or on this extension."""

    message = "Too many wrong PINs. Please ask at the cashier's desk."


class AccountFrozen(Refusal):
    """The account keeps its money, but cannot be used."""

    message = "The account is frozen. Please ask at the cashier's desk."


class AccountClosed(Refusal):
    """The account was settled and closed."""

    message = "The account is closed. Please ask at the cashier's desk."


class CreditTooLow(Refusal):
    """Not even the first second can be paid for."""

    message = "Your balance is too low for this call."


class NotAnAmount(Refusal):
    """Nothing or less than nothing was to be moved."""

    message = "The amount must be more than zero."


class NotALimit(Refusal):
    """A credit limit below zero."""

    message = "A credit limit is zero or more."


class LimitInUse(Refusal):
    """The account owes more, or calls hold more, than the new limit allows."""

    message = "{used} of the credit are in use: pay that in first, or freeze the account."


class TooLittleCredit(Refusal):
    """More was asked for than the account has free."""

    message = "Only {available} are available."


class SameAccount(Refusal):
    """A transfer from an account to itself."""

    message = "Choose another account to transfer to."


class BalanceChanged(Refusal):
    """Money moved between what was shown and what was asked for."""

    message = "The balance has changed to {balance}: look again before you settle."


class ListLoaded(Refusal):
    """The very same file was loaded before."""

    message = "This list was loaded before: no account was opened twice."


class NotACard(Refusal):
    """What was scanned is no card's number."""

    message = "A card's number is 4 to 64 letters and digits, as the reader types it."


class CardTaken(Refusal):
    """The card belongs to another account."""

    message = "This card belongs to account {account}."


class StillInUse(Refusal):
    """An account is closed when it is empty and no call is under way."""

    message = "The account still holds money or a call: refund it first."


class NotAPin(Refusal):
    """The new PIN does not have the plan's length."""

    message = "A PIN has {digits} digits."


class WeakPin(Refusal):
    """Anyone would try it first: all the same, a run, a half twice, or a part of the account's number."""

    message = "This PIN is too easy to guess. Please choose another."


class PinsDiffer(Refusal):
    """The new PIN was not keyed twice alike."""

    message = "The two PINs are not the same. The old one stays."


class NotFromOutside(Refusal):
    """Somebody from outside would dial on at an account's cost, and the plan does not let them."""

    message = "Calls at an account's cost are not possible from outside."


class NoNumberLeft(Refusal):
    """Nearly every account number of the plan's length is taken."""

    message = "No account number is free: make account numbers longer in the plan."


class PaysByCard(Refusal):
    """The account's money lies on a card: it is paid in where cards are charged."""

    message = "This account pays by card: money is paid in and out where cards are charged."
