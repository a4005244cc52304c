"""The mailboxes of the house: callers leave messages, owners are told and listen, what is old is deleted."""

from __future__ import annotations

import wave
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Language, new_id
from pbx.dialer import Dialer
from pbx.incoming import IncomingCall
from pbx.notices import Notice
from pbx.plan import PbxPlan
from pbx.plan_voicemail import Mailboxes
from pbx.ports import Outbox, Post, Prompts
from pbx.sms.trouble import Unsendable
from pbx.spans import each
from pbx.tones import Tones
from pbx.voicemail.leaving import FULL, KEPT, SHORTEST, Leaving, Taken
from pbx.voicemail.listening import Listening, Owner
from pbx.voicemail.store import Message, Store
from pbx.voicemail.words import Words

LOOK = timedelta(hours=1)
SETTLED = timedelta(minutes=1)
"""A recording that has not grown for so long is whole."""

NOTE = "New voicemail for {number} from {caller}, {seconds} seconds. Dial {listen} to listen."
SUBJECT = "Voicemail for {number} from {caller}"
BODY = "{caller} left a message of {seconds} seconds for extension {number} at {when}. It is attached."
SOMEBODY = "a hidden number"


class Shows(Protocol):
    """What lights lamps."""

    async def show(self, mailbox: str, new: int, old: int) -> None: ...


class Voicemail:
    """store: the messages.

    telephone_of: the telephone of an extension; whose: the extension at a telephone.
    language, zone: the site's. directory: where messages are kept. recordings: where the exchange puts what it records.
    """

    log = Logger()

    def __init__(
        self,
        plan: PbxPlan,
        dialer: Dialer,
        lamp: Shows,
        prompts: Prompts,
        outbox: Outbox,
        post: Post,
        database: Transactions,
        clock: Clock,
        bus: Bus,
        *,
        language: Language,
        zone: ZoneInfo,
        directory: Path,
        recordings: Path,
        tones: Tones,
    ) -> None:
        self._plan, self._whole = plan.voicemail, plan
        self._dialer, self._lamp = dialer, lamp
        self._outbox, self._post = outbox, post
        self._clock = clock
        self.store = Store(directory, database, clock, bus)
        self._words = Words(prompts, language, zone)
        self._leaving = Leaving(recordings, self._words, tones)
        self._listening = Listening(self.store, self._words, tones, recordings, self._call_back, self.light)
        self._tasks = Tasks()
        self.telephone_of: Callable[[str], str] = lambda extension: extension
        self.whose: Callable[[str], str] = lambda telephone: telephone

    def numbers(self) -> tuple[str, ...]:
        """What is dialled for it; the second is followed by an extension."""
        return tuple(number for _, number in self._plan.served())

    def start(self) -> None:
        """Take in what a life before left, and from now on delete what is old."""
        self._tasks.start(self._tidy(), "tidying the mailboxes")

    def stop(self) -> None:
        """A message that is being spoken is recorded to its end; the next life takes it in."""
        self._tasks.stop()

    async def serve(self, caller: IncomingCall) -> None:
        """Somebody dialled one of `numbers`. Raises HungUp."""
        await caller.answer()
        if caller.dialled == self._plan.number:
            own = caller.extension if self._plan.box(caller.extension) else None
            await self._listening.serve(caller, own, lambda number: self._plan.box(number) is not None)
        elif self._plan.leave and caller.dialled.startswith(self._plan.leave):
            await self.leave(caller, caller.dialled.removeprefix(self._plan.leave), caller.extension)

    def has(self, mailbox: str) -> bool:
        """Whether the extension has a mailbox."""
        return self._plan.box(mailbox) is not None

    async def leave(self, caller: IncomingCall, mailbox: str, who: str) -> bool:
        """Let a caller leave a message, and say goodbye; the leg stays up. False where there is no such mailbox.

        who: an extension or a number outside, empty where it is hidden. Raises HungUp where they left without a word.
        """
        box = self._plan.box(mailbox)
        if box is None:
            return False
        await caller.answer()
        if len(await self.store.every(mailbox)) >= box.most:
            await caller.play(await self._words(FULL))
            return True
        await self._leaving.greet(caller, mailbox, self.store.greeting(mailbox))
        taken = await self._leaving.take(caller, mailbox, who, timedelta(seconds=box.longest))
        if taken is not None:
            await self._keep(taken, mailbox, who, self._clock.now())
            await caller.play(await self._words(KEPT))
        return True

    async def light(self, mailbox: str) -> None:
        """Have the lamps say what is so: of its own telephone, and of the one at which its owner is.

        Where another's number is at a telephone, the lamp is that one's.
        """
        messages = await self.store.every(mailbox)
        new = sum(message.heard_at is None for message in messages)
        for telephone in {mailbox, self.telephone_of(mailbox)}:
            if self.whose(telephone) in (mailbox, telephone):
                await self._lamp.show(telephone, new, len(messages) - new)

    async def light_all(self) -> None:
        """The exchange has forgotten: say it of every mailbox with messages."""
        for mailbox in self._plan.numbers():
            if await self.store.every(mailbox):
                await self.light(mailbox)

    async def delete(self, message: Message, by: str) -> None:
        """Somebody does not want it any more."""
        await self.store.delete(message, by)
        await self.light(message.mailbox)

    async def heard(self, message: Message, by: str) -> None:
        """Somebody listens to it."""
        await self.store.heard(message, by)
        await self.light(message.mailbox)

    async def _keep(self, taken: Taken, mailbox: str, who: str, at: datetime) -> None:
        message = Message(taken.id, mailbox, who, at, max(1, round(taken.seconds)), None)
        await self.store.keep(taken.file, message)
        self._leaving.underway.discard(taken.file)
        await self.light(mailbox)
        box = self._plan.box(mailbox)
        if box is not None:
            await self._tell(box, message)

    async def _tell(self, box: Mailboxes, message: Message) -> None:
        """A notice that fails takes no message away."""
        caller = message.caller or self._words.text(SOMEBODY)
        facts = {"number": message.mailbox, "caller": caller, "seconds": message.seconds}
        try:
            if box.sms:
                text = self._words.text(NOTE, **facts, listen=self._plan.number)
                await self._outbox.accept(box.sms, text, f"voicemail:{message.id}")
            if box.mail and (server := self._server()):
                body = self._words.text(BODY, **facts, when=self._words.when(message.left_at))
                subject, sound = self._words.text(SUBJECT, **facts), str(self.store.sound(message))
                await self._post.accept([Notice(f"mail:{server}", subject, body, box.mail, attached=sound)])
        except CancelledError:
            raise
        except Unsendable as why:
            self.log.warn("no short message about a voicemail: {why}", why=why)
        except Exception:
            self.log.failure("nobody was told of a voicemail for {number}", number=message.mailbox)

    def _server(self) -> str | None:
        return self._plan.mail_by or next((row.id for row in self._whole.mail), None)

    async def _call_back(self, owner: Owner, number: str) -> bool:
        if number not in self._whole.numbers() or not isinstance(owner, IncomingCall):
            return False
        await self._dialer.ring(owner, number)
        return True

    async def _tidy(self) -> None:
        while True:
            try:
                await self._take_in()
                await self._throw_away()
                self._listening.tidy((self._clock.now() - LOOK).timestamp())
            except CancelledError:
                raise
            except Exception:
                self.log.failure("the mailboxes could not be tidied; it is tried again")
            await sleep(self._clock, LOOK)

    async def _take_in(self) -> None:
        for file, mailbox, who in self._leaving.left():
            at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            if self._clock.now() - at < SETTLED:
                continue
            seconds = _seconds(file)
            if seconds >= SHORTEST and self._plan.box(mailbox):
                await self._keep(Taken(new_id(), file, seconds), mailbox, who, at)
            else:
                file.unlink(missing_ok=True)

    async def _throw_away(self) -> None:
        for boxes in self._plan.boxes:
            oldest = self._clock.now() - timedelta(days=boxes.keep_days)
            for message in await self.store.older(each(boxes.numbers), oldest):
                await self.delete(message, "retention")


def _seconds(file: Path) -> float:
    try:
        with wave.open(str(file)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (OSError, EOFError, wave.Error):
        return 0.0
