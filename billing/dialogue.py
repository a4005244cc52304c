"""What is said to a caller, and what they key. A PIN passes through here and goes no further than `accounts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language, Money, in_yuan
from billing.plan import BillingPlan
from billing.ports import Caller, Prompts
from billing.refusal import Refusal

PATIENCE = timedelta(seconds=10)
"""How long we wait for the next key."""

ASKED = 2
"""How often we ask before giving up."""


class NothingKeyed(Refusal):
    """The caller did not answer our question."""

    message = "Nothing was entered. Please dial again."


@dataclass(frozen=True)
class Dialled:
    """One dialled string, cut up by the plan's lengths; what was not dialled is empty."""

    account: str
    pin: str = field(repr=False)
    number: str

    @classmethod
    def cut(cls, dialled: str, plan: BillingPlan) -> Dialled:
        """`600` + account + PIN + number, or as much of it as there is; a part that is cut short is asked for again."""
        rest = dialled.removeprefix(plan.access).rstrip("#")
        account, rest = rest[: plan.account_digits], rest[plan.account_digits :]
        pin, number = rest[: plan.pin_digits], rest[plan.pin_digits :]
        if len(account) < plan.account_digits:
            account = ""
        return cls(account, pin if len(pin) == plan.pin_digits else "", number)


@dataclass
class Dialogue:
    """Talks with one caller in one language; goes on without sound while speech is down."""

    caller: Caller
    prompts: Prompts
    language: Language

    async def say(self, *sentences: str) -> None:
        """Say ready sentences, one after another. Raises HungUp."""
        await self.caller.answer()
        sounds = await self._sounds(sentences)
        if sounds:
            await self.caller.play(sounds)

    async def ask(self, *sentences: str, digits: int | None = None) -> str:
        """Say sentences and gather keys, up to `digits` or `#`. Raises NothingKeyed, HungUp."""
        await self.caller.answer()
        sounds = await self._sounds(sentences)
        for _ in range(ASKED):
            keys = await self.caller.collect(sounds, digits, PATIENCE)
            if keys:
                return keys
        raise NothingKeyed

    async def _sounds(self, sentences: Sequence[str]) -> list[Path]:
        sounds = [await self.prompts.prompt(sentence, self.language) for sentence in sentences]
        return [sound for sound in sounds if sound is not None]

    def balance(self, money: Money) -> str:
        """“Your balance is 12.50 yuan.”, parts of a fen left out."""
        yuan = in_yuan(money).quantize(Decimal("0.01"), ROUND_DOWN)
        amount = translate("{amount} yuan", self.language, amount=yuan)
        return translate("Your balance is {balance}.", self.language, balance=amount)

    def time_left(self, seconds: int) -> str:
        """“You can talk for 12 minutes.”, whole minutes; seconds where there is not even one."""
        if seconds < 60:
            return translate("You can talk for {seconds} seconds.", self.language, seconds=seconds)
        if seconds < 120:
            return translate("You can talk for one minute.", self.language)
        return translate("You can talk for {minutes} minutes.", self.language, minutes=seconds // 60)

    def words(self, message: str) -> str:
        """A sentence without fields, in the caller's language."""
        return translate(message, self.language)
