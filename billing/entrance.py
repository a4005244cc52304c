"""Who is on the line: the account and its PIN, dialled with the number or asked for one after the other."""

from __future__ import annotations

from collections.abc import Callable

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from billing.accounts import Account, Accounts
from billing.dialogue import STAR, Dialled, Dialogue, Foreign
from billing.plan import BillingPlan
from billing.refusal import Refusal, WrongPin

IN_ENGLISH = "For English, press star."
IN_CHINESE = "For Chinese, press star."
"""Said in the language that it offers."""


class Entrance:
    """Lets in who knows the PIN of an account.

    Whoever dials all in one string and is wrong is refused, as their telephone may do that by itself; whoever keys it
    step by step is asked again, until the account or the extension is locked.
    """

    def __init__(self, accounts: Accounts, plan: BillingPlan, refused: Callable[[Refusal], object]) -> None:
        self._accounts, self._plan, self._refused = accounts, plan, refused

    async def identify(self, dialled: Dialled, dialogue: Dialogue) -> Account:
        """The account; the dialogue is in its language from now on. Raises Refusal, HungUp."""
        number, pin = dialled.account, dialled.pin
        tries = 1 if number and pin else self._plan.pin_tries
        for left in reversed(range(tries)):
            number = number or await self._account(dialogue)
            pin = pin or await dialogue.ask(
                dialogue.words("Please enter your PIN, then press #."), digits=self._plan.pin_digits
            )
            try:
                account = await self._accounts.authenticate(number, pin, dialogue.caller.extension)
            except WrongPin as why:
                if not left:
                    raise
                self._refused(why)
                await dialogue.say(why.text(dialogue.language))
                number = pin = ""
            else:
                dialogue.language = account.language
                return account
        raise AssertionError("there is at least one try")

    async def _account(self, dialogue: Dialogue) -> str:
        """`*`, pressed first, changes the language: before the account is known that is only a guess."""
        while True:
            keyed = await dialogue.ask(
                dialogue.words("Please enter your account number, then press #."),
                _other(dialogue.language),
                digits=self._plan.account_digits,
                star=True,
            )
            if keyed != STAR:
                return keyed
            dialogue.language = "zh" if dialogue.language == "en" else "en"


def _other(language: Language) -> Foreign:
    return Foreign(translate(IN_CHINESE, "zh"), "zh") if language == "en" else Foreign(IN_ENGLISH, "en")
