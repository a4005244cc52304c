"""Self-service by telephone: a caller proves an account and hears what is on it."""

from __future__ import annotations

from twisted.internet.defer import CancelledError

from appliance.foundation.values import HungUp, Language
from billing.accounts import Accounts
from billing.credit import Credit, OwnCredit
from billing.dialogue import Dialogue
from billing.plan import BillingPlan
from billing.ports import Listener, Prompts
from billing.refusal import Refusal

SERVICE = "balance"
"""The name by which voice menus know it."""


class Balance:
    """A service that voice menus offer; true when the balance was said."""

    def __init__(self, accounts: Accounts, plan: BillingPlan, prompts: Prompts, credit: Credit | None = None) -> None:
        self._accounts, self._plan, self._prompts = accounts, plan, prompts
        self._credit = credit or OwnCredit()

    async def __call__(self, caller: Listener, language: Language) -> bool:
        """Ask for account and PIN, as 600 does, with the same locks. Raises HungUp."""
        dialogue = Dialogue(caller, self._prompts, language)
        try:
            number = await dialogue.ask(
                dialogue.words("Please enter your account number, then press #."), digits=self._plan.account_digits
            )
            pin = await dialogue.ask(
                dialogue.words("Please enter your PIN, then press #."), digits=self._plan.pin_digits
            )
            account = await self._accounts.authenticate(number, pin, caller.extension)
            await dialogue.say(dialogue.balance((await self._credit.told(account)).balance))
        except (CancelledError, HungUp):
            raise
        except Refusal as why:
            await dialogue.say(why.text(language))
            return False
        return True
