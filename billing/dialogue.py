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
from billing.ports import Listener, Prompts
from billing.refusal import Refusal

PATIENCE = timedelta(seconds=10)
"""How long we wait for the next key."""

ASKED = 2
"""How often we ask before giving up."""

CORRECTED = 10
"""How often somebody may begin an entry anew."""

STAR = "*"


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


@dataclass(frozen=True)
class Foreign:
    """A sentence that is said in another language than the dialogue's."""

    text: str
    language: Language


@dataclass
class Dialogue:
    """Talks with one caller in one language; goes on without sound while speech is down."""

    caller: Listener
    prompts: Prompts
    language: Language

    async def say(self, *sentences: str) -> None:
        """Say ready sentences, one after another. Raises HungUp."""
        await self.caller.answer()
        sounds = await self.sounds(sentences)
        if sounds:
            await self.caller.play(sounds)

    async def ask(
        self, *sentences: str | Foreign, digits: int | None = None, star: bool = False, once: bool = False
    ) -> str:
        """Say sentences and gather keys, up to `digits` or `#`. Raises NothingKeyed, HungUp.

        `*` takes back what was keyed, and all is asked anew. star: pressed first, `*` is an answer. once: whoever
        keys nothing is not asked a second time.
        """
        await self.caller.answer()
        sounds, silent = await self.sounds(sentences), 0
        for _ in range(CORRECTED):
            keys = await self.caller.collect(sounds, digits, PATIENCE, also_ends=STAR)
            if keys == STAR and star:
                return keys
            if keys and not keys.endswith(STAR):
                return keys
            silent += not keys
            if silent == (1 if once else ASKED):
                break
        raise NothingKeyed

    async def key(self, *sentences: str) -> str:
        """Say sentences until one key is pressed, which may be `*`; "" when none is. Raises HungUp."""
        await self.caller.answer()
        return await self.caller.collect(await self.sounds(sentences), 1, PATIENCE, also_ends=STAR)

    async def sounds(self, sentences: Sequence[str | Foreign]) -> list[Path]:
        """Sound files of sentences; of none that cannot be spoken now."""
        found = list[Path]()
        for said in sentences:
            text, language = (said.text, said.language) if isinstance(said, Foreign) else (said, self.language)
            sound = await self.prompts.prompt(text, language)
            found += [sound] if sound is not None else []
        return found

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

    def words(self, message: str, **facts: object) -> str:
        """A sentence in the caller's language."""
        return translate(message, self.language, **facts)
