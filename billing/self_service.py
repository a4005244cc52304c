"""What callers do for themselves: key a number, or hear the balance, keep numbers, redial, change language and PIN."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from billing import numbers
from billing.accounts import Account, Accounts
from billing.credit import Credit
from billing.dialogue import STAR, Dialogue, NothingKeyed
from billing.phone_book import KEYS, PhoneBook
from billing.plan import BillingPlan
from billing.refusal import AccountFrozen, LockedOut, NotAPin, PinsDiffer, WeakPin, WrongPin

CHOICES = 20
"""So often a caller may choose from the menu before we let them go."""

Choice = Callable[[Dialogue, Account], Awaitable[str]]


class SelfService:
    """country, area: the site's. Each choice returns the number to be called, E.164, or "" for back to the menu."""

    def __init__(
        self, accounts: Accounts, book: PhoneBook, plan: BillingPlan, country: str, area: str, credit: Credit
    ) -> None:
        self._accounts, self._book, self._plan, self._credit = accounts, book, plan, credit
        self._country, self._area = country, area

    async def number(self, dialogue: Dialogue, account: Account) -> str:
        """What they want to call, E.164, once they know their balance. Raises NothingKeyed, HungUp, Refusal."""
        greeting = [dialogue.balance(account.balance)]
        for _ in range(CHOICES):
            keyed = await dialogue.ask(
                *greeting,
                dialogue.words("Please enter the number you wish to call, then press #."),
                dialogue.words("For other services press star."),
                star=True,
            )
            found = (
                await self._menu(dialogue, account) if keyed == STAR else await self._meant(dialogue, account, keyed)
            )
            if found:
                return found
            greeting = []
        raise NothingKeyed

    async def _meant(self, dialogue: Dialogue, account: Account, keyed: str) -> str:
        """A single key is a speed dial."""
        if len(keyed) > 1:
            return numbers.e164(keyed, self._country, self._area)
        kept = await self._book.speed_dials(account.number)
        if keyed not in kept:
            await dialogue.say(dialogue.words("No number is kept under this key."))
        return kept.get(keyed, "")

    async def _menu(self, dialogue: Dialogue, account: Account) -> str:
        choices = self._choices()
        for _ in range(CHOICES):
            key = await dialogue.key(*(dialogue.words(said) for said, _ in choices.values()),
                                     dialogue.words("To dial a number press star."))  # fmt: skip
            if key not in choices:
                return ""
            try:
                if number := await choices[key][1](dialogue, account):
                    return number
            except (LockedOut, AccountFrozen):
                raise
            except (NotAPin, PinsDiffer, WeakPin, WrongPin, numbers.NotANumber, NothingKeyed) as why:
                await dialogue.say(why.text(dialogue.language))
        return ""

    def _choices(self) -> dict[str, tuple[str, Choice]]:
        choices: dict[str, tuple[str, Choice]] = {
            "1": ("For your balance press 1.", self._balance),
            # Each language offers the other.
            "2": ("For Chinese press 2.", self._language),
            "3": ("To keep numbers under a key press 3.", self._keep),
            "5": ("To change your PIN press 5.", self._change_pin),
        }
        if self._plan.recent_numbers:
            choices["4"] = ("For the numbers you called last press 4.", self._recent)
        return dict(sorted(choices.items()))

    async def _balance(self, dialogue: Dialogue, account: Account) -> str:
        fresh = await self._credit.told(await self._accounts.known(account.number))
        await dialogue.say(dialogue.balance(fresh.balance))
        return ""

    async def _language(self, dialogue: Dialogue, account: Account) -> str:
        dialogue.language = "zh" if dialogue.language == "en" else "en"
        await self._accounts.set_language(account.number, dialogue.language, f"extension {dialogue.caller.extension}")
        await dialogue.say(dialogue.words("You hear English from now on."))
        return ""

    async def _keep(self, dialogue: Dialogue, account: Account) -> str:
        key = await dialogue.key(dialogue.words("Press the key under which a number is to be kept: 1 to 9."))
        if key not in KEYS or not key:
            return ""
        kept = (await self._book.speed_dials(account.number)).get(key)
        said = [dialogue.words("Now there is {number}.", number=self._read(kept))] if kept else []
        keyed = await dialogue.ask(*said, dialogue.words("Please enter the number, then press #."))
        number = numbers.e164(keyed, self._country, self._area)
        await self._book.keep(account.number, key, number)
        said = [dialogue.words("Key {key} is for {number}.", key=key, number=self._read(number))]
        await dialogue.say(*said, dialogue.words("To call it, press this key and # when you are asked for the number."))
        return ""

    async def _recent(self, dialogue: Dialogue, account: Account) -> str:
        found = await self._book.recent(account.number, self._plan.recent_numbers)
        if not found:
            await dialogue.say(dialogue.words("You have called nobody yet."))
        for number in found:
            key = await dialogue.key(
                f"{self._read(number)}.", dialogue.words("To call it press 1, for the one before press 2, else star.")
            )
            if key == "1":
                return number
            if key != "2":
                break
        return ""

    async def _change_pin(self, dialogue: Dialogue, account: Account) -> str:
        digits, extension = self._plan.pin_digits, dialogue.caller.extension
        old = await dialogue.ask(dialogue.words("Please enter your PIN, then press #."), digits=digits)
        await self._accounts.authenticate(account.number, old, extension)
        new = await dialogue.ask(dialogue.words("Please enter the new PIN, then press #."), digits=digits)
        self._accounts.check_pin(account.number, new)
        again = await dialogue.ask(dialogue.words("Please enter the new PIN once more, then press #."), digits=digits)
        if new != again:
            raise PinsDiffer
        await self._accounts.set_pin(account.number, new, f"extension {extension}")
        await dialogue.say(dialogue.words("Your PIN is changed."))
        return ""

    def _read(self, number: str) -> str:
        """Digit by digit."""
        return " ".join(numbers.as_dialled(number, self._country))
