"""The owner listens: at their own telephone or, with mailbox number and PIN, at another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from appliance.foundation import pins
from appliance.foundation.values import HungUp, new_id
from pbx.tones import Tones
from pbx.voicemail.leaving import SHORTEST, Caller
from pbx.voicemail.store import Message, Store, TooMany
from pbx.voicemail.words import Words, digits

PATIENCE = timedelta(seconds=8)
GREETING_LASTS = timedelta(seconds=60)
TRIES = 3
SHORTEST_PIN, LONGEST_PIN = 4, 10

WHICH = "Please enter the number of the mailbox, then press the hash key."
PIN = "Please enter your PIN, then press the hash key."
WRONG = "That PIN is wrong."
TOO_OFTEN = "The PIN was wrong too often. Goodbye."
NO_PIN_YET = "This mailbox has no PIN yet. Please choose one at its own telephone."
CHOOSE = "Please choose a PIN of at least 4 digits, then press the hash key."
AGAIN = "Please enter the new PIN once more, then press the hash key."
WEAK = "This PIN is too short or too easy to guess."
UNLIKE = "The two PINs were not the same."
CHOSEN = "Your PIN is set."
COUNT = "You have {new} new and {old} old messages."
MESSAGE = "Message {number}, from {caller}, {when}."
HIDDEN = "a hidden number"
KEYS = "To hear it again press 1, the next 2, to delete it 3, to call back 4, for settings 9, to end the hash key."
NO_MORE = "There are no more messages. For settings press 9, else hang up."
DELETED = "The message is deleted."
ONLY_INSIDE = "Only extensions can be called back from here."
SETTINGS = "To record a greeting press 1, for the usual greeting 2, to change the PIN 3, or the hash key to go back."
SPEAK = "Please speak your greeting after the tone, then press the hash key."
GREETING_SET = "Your greeting is set."


class Owner(Caller, Protocol):
    """Whoever listens; `pbx.party.Party` by shape."""

    extension: str


CallBack = Callable[["Owner", str], Awaitable[bool]]
"""Connect the owner with an extension; returns when they are done. False where it is none."""


class Listening:
    """recordings: where the exchange puts what it records. changed: told when a mailbox has other messages."""

    def __init__(
        self,
        store: Store,
        words: Words,
        tones: Tones,
        recordings: Path,
        call_back: CallBack,
        changed: Callable[[str], Awaitable[None]],
    ) -> None:
        self._store, self._words, self._tones = store, words, tones
        self._recordings = recordings
        self._call_back, self._changed = call_back, changed

    async def serve(self, owner: Owner, own: str | None, has_box: Callable[[str], bool]) -> None:
        """own: the mailbox of the telephone that dials, None where it has none. Raises HungUp."""
        mailbox = own or await owner.collect(await self._words(WHICH) or [self._tones.beep()], None, PATIENCE)
        if not has_box(mailbox):
            await owner.play([self._tones.refused()])
            return
        if not await self._store.has_pin(mailbox):
            if mailbox != own:
                await owner.play(await self._words(NO_PIN_YET))
                return
            if not await self._choose_pin(owner, mailbox):
                return
        elif not await self._proves(owner, mailbox):
            return
        await self._listen(owner, mailbox)

    async def _proves(self, owner: Owner, mailbox: str) -> bool:
        question = await self._words(PIN) or [self._tones.beep()]
        for _ in range(TRIES):
            pin = await owner.collect(question, None, PATIENCE)
            try:
                if await self._store.is_right(mailbox, pin, owner.extension):
                    return True
            except TooMany:
                break
            question = [self._tones.refused(), *await self._words(WRONG), *await self._words(PIN)]
        await owner.play(await self._words(TOO_OFTEN))
        return False

    async def _choose_pin(self, owner: Owner, mailbox: str) -> bool:
        for _ in range(TRIES):
            pin = await owner.collect(await self._words(CHOOSE) or [self._tones.beep()], None, PATIENCE)
            if not SHORTEST_PIN <= len(pin) <= LONGEST_PIN or not pin.isdigit() or pins.is_obvious(pin):
                await owner.play([self._tones.refused(), *await self._words(WEAK)])
                continue
            if await owner.collect(await self._words(AGAIN) or [self._tones.beep()], None, PATIENCE) == pin:
                await self._store.set_pin(mailbox, pin, owner.extension)
                await owner.play(await self._words(CHOSEN))
                return True
            await owner.play([self._tones.refused(), *await self._words(UNLIKE)])
        return False

    async def _listen(self, owner: Owner, mailbox: str) -> None:
        messages = await self._store.every(mailbox)
        new = sum(message.heard_at is None for message in messages)
        await owner.play(await self._words(COUNT, new=new, old=len(messages) - new))
        for number, message in enumerate(messages, 1):
            if not await self._one(owner, message, number):
                return
        while await owner.collect(await self._words(NO_MORE), 1, PATIENCE) == "9":
            await self._settings(owner, mailbox)

    async def _one(self, owner: Owner, message: Message, number: int) -> bool:
        """Whether to go on to the next."""
        who = digits(message.caller) if message.caller else self._words.text(HIDDEN)
        head = await self._words(MESSAGE, number=number, caller=who, when=self._words.when(message.left_at))
        sound = self._store.sound(message)
        keys = await self._words(KEYS)
        whole = [*head, *([sound] if sound.exists() else [self._tones.refused()]), *keys]
        await self._store.heard(message, owner.extension)
        await self._changed(message.mailbox)
        said = whole
        while True:
            key, said = await self._key(owner, said), keys
            if key == "1":
                said = whole
            elif key in ("2", "#"):
                return key == "2"
            elif key == "3":
                await self._store.delete(message, owner.extension)
                await self._changed(message.mailbox)
                await owner.play(await self._words(DELETED))
                return True
            elif key == "4" and not (message.caller and await self._call_back(owner, message.caller)):
                await owner.play([self._tones.refused(), *await self._words(ONLY_INSIDE)])
            elif key == "9":
                await self._settings(owner, message.mailbox)

    async def _key(self, owner: Owner, sounds: list[Path]) -> str:
        """One key; the hash key as such, nothing as an empty text."""
        keyed = await owner.collect(sounds, 1, PATIENCE)
        return keyed or "#"

    async def _settings(self, owner: Owner, mailbox: str) -> None:
        match await owner.collect(await self._words(SETTINGS), 1, PATIENCE):
            case "1":
                await self._greeting(owner, mailbox)
            case "2":
                await self._store.forget_greeting(mailbox)
                await owner.play(await self._words(GREETING_SET))
            case "3":
                await self._choose_pin(owner, mailbox)

    def tidy(self, before: float) -> None:
        """Remove greetings that a life before left half done. before: a time stamp of files."""
        for file in (self._recordings / "greetings").glob("*.wav"):
            if file.stat().st_mtime < before:
                file.unlink(missing_ok=True)

    async def _greeting(self, owner: Owner, mailbox: str) -> None:
        await owner.play(await self._words(SPEAK))
        name = f"greetings/{new_id()}"
        file = self._recordings / f"{name}.wav"
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            seconds = await owner.record(name, GREETING_LASTS, silence=PATIENCE, beep=self._tones.beep())
        except HungUp:
            file.unlink(missing_ok=True)
            raise
        if seconds < SHORTEST or not file.exists():
            file.unlink(missing_ok=True)
            await owner.play([self._tones.refused()])
            return
        await self._store.keep_greeting(file, mailbox)
        await owner.play([self._store.greeting(mailbox), *await self._words(GREETING_SET)])
