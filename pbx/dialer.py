"""Outside lines and desks: dial, bridge, hold to a limit, and take over what was left by a life before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Protocol

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Ended, Evidence, HungUp
from pbx.ari.transport import AriError, Refused
from pbx.bells import Bells
from pbx.calls.book import CallBook
from pbx.calls.events import OUTCOMES
from pbx.engine.configuration import is_trunk
from pbx.engine.dialplan import HANDS_ON
from pbx.incoming import IncomingCall
from pbx.leg import Gone, Latch, Leg, first
from pbx.pair import Pair
from pbx.reason import Reason, Word
from pbx.recording.talk import Talk, talk_of
from pbx.recovery import Past
from pbx.routing import Line
from pbx.rung import Rung
from pbx.sign_of_life import SignsOfLife
from pbx.switchboard import Switchboard
from pbx.terms import ANSWER_BY_ITSELF, FREE, HIDDEN, Terms, shown_as
from pbx.tones import Tones
from pbx.trunks import TRUNKS_FAULT, Trunks

THINKING = timedelta(minutes=10)
"""So long a caller whose call is over may stay on the line, if we die before they hang up."""
LINGER = timedelta(seconds=5)
"""So much longer than who they talk with a caller who stays is held: else chance would say which of the two is cut
first, and with that whether the caller hears another word.
"""
WARNS = "WARNS"
"""Of a leg: so many seconds before its limit both are to hear a beep."""


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():.3f}"


class Caller(Protocol):
    """All the dialer needs of whoever is to be connected. extension: of the house, or their number outside."""

    @property
    def call(self) -> str: ...

    @property
    def extension(self) -> str: ...


@dataclass(frozen=True)
class Conversation:
    """Two who talk now. over: happens when the first of them is gone."""

    call: str
    caller: Leg
    called: Leg
    bridge: str
    answered_at: datetime
    over: Latch[Gone]


class Dialer:
    """Satisfies `billing.ports.Lines` by shape.

    began, parted: told of each leg of talk, and of its end. adopted: told instead of `began` of one that was taken over
    from a life before.
    talking: told of every two who talk. routes: the lines for an E.164 number, by the plan, the first first.
    """

    log = Logger()

    def __init__(
        self,
        board: Switchboard,
        trunks: Trunks,
        signs: SignsOfLife,
        past: Past,
        clock: Clock,
        book: CallBook,
        tones: Tones | None = None,
    ) -> None:
        self._board = board
        self._signs = signs
        self._trunks = trunks
        self._past = past
        self._clock = clock
        self._book = book
        self._tones = tones
        self._tasks = Tasks()
        self._callers: dict[str, Leg] = {}
        self._pairs: dict[str, Pair] = {}
        self._called: dict[str, Leg] = {}
        self._answered_for: dict[str, Leg] = {}
        self._regained: dict[str, Pair] = {}
        self._serial = count(1)
        self.bells, self.rung = Bells(), Rung()
        self.began: Callable[[Talk], None] = lambda talk: None
        self.adopted: Callable[[Talk], None] = lambda talk: None
        self.parted: Callable[[str], None] = lambda call: None
        self.talking: Callable[[Pair], None] = lambda pair: None
        self.routes: Callable[[str], Sequence[Line]] = lambda number: ()

    def introduce(self, call: str, leg: Leg) -> None:
        """The caller's leg of `call`, which can be connected from now until it is gone."""
        self._callers[call] = leg
        leg.gone.then(lambda _: self._callers.pop(call, None))

    async def connect(
        self,
        caller: Caller,
        number: str,
        line: Line,
        limit: timedelta,
        answered: Callable[[datetime], Awaitable[None]],
        *,
        stays: bool = False,
    ) -> Ended:
        """Ring E.164 `number` over `line`, bridge it with the caller, return when it is over.

        Asterisk cuts both legs `limit` after the answer, also when we are dead. The caller's leg stays up when
        nobody answered. stays: also when the other hangs up first, so that they can have another number.
        """
        return await self.over(caller, line, Terms(limit, answered, stays=stays, leg="out"), number)

    async def over(self, caller: Caller, line: Line, terms: Terms, number: str) -> Ended:
        """Have the trunk of `line` asked for its number, bridge who answers with the caller, return when it is over.

        The caller's leg stays up when nobody answered. number: whom that reaches, E.164, for the records.
        """
        variables = {"CONNECTEDLINE(num,i)": line.shown} if line.shown else {}
        if terms.hidden:
            variables |= HIDDEN
        ended = Ended("unreachable")
        with self._trunks.taken(line.trunk):
            for way in self._trunks.freely(line.trunk, line.sent):
                ended = await self._reach(caller, number, way, terms.leg, line.trunk, terms, variables)
                if ended.outcome not in TRUNKS_FAULT:
                    break
        return ended

    async def ring(self, caller: Caller, extension: str, terms: Terms = FREE) -> Ended:
        """Ring a telephone of the house, bridge it with the caller, return when it is over."""
        address = f"PJSIP/{self._board.telephone_of(extension)}"
        leg = self._callers.get(caller.call)
        named = shown_as(leg.shown, caller.extension) if leg and leg.shown else {}
        ended = await self._reach(caller, extension, address, "desk", extension, terms, named)
        await terms.over(ended)
        return ended

    def talk(self, channel: str) -> tuple[str, Leg] | None:
        """The call in which that channel talks now, and its leg."""
        for call, pair in self._pairs.items():
            if leg := pair.talking(channel):
                return call, leg
        return None

    def talk_of(self, extension: str) -> tuple[str, Leg] | None:
        """The call in which that extension talks now, and its leg."""
        for call, pair in self._pairs.items():
            for leg in (pair.caller, pair.called):
                if leg.endpoint == extension and pair.talking(leg.id):
                    return call, leg
        return None

    async def let_go(self, call: str, leg: Leg, *, also: bool = False) -> Leg:
        """Take `leg` out of its call, which goes on for the other alone; returns the other. Raises AriError.

        also: `leg` leaves the bridge, too, to be spoken with alone.
        """
        pair = self._pairs[call]
        left = await pair.leave(leg)
        if also:
            await self._board.ari.attempt("POST", f"bridges/{pair.bridge}/removeChannel", channel=leg.id)
        self.parted(call)
        return left

    async def join(self, caller: Caller, other: Leg, terms: Terms = FREE) -> Ended:
        """Connect two legs that are both up, return when it is over. terms: limit and warning. Raises AriError."""
        mine = self._callers[caller.call]
        mine.number = mine.number or caller.extension
        pair = Pair(mine, other, f"{caller.call}-bridge-{next(self._serial)}", self._board)
        await pair.join()
        await pair.tie()
        if terms.limit is not None:
            await pair.hold_to(terms.limit)
            if terms.warning is not None:
                await self._board.set(other.id, WARNS, _seconds(terms.warning))
            self._warn_before(pair, terms.limit, terms.warning)
        self.began(talk_of(caller.call, pair))
        return await self.until_over(caller.call, pair)

    def stop(self) -> None:
        """Warn of no more limits; Asterisk holds them."""
        self._tasks.stop()

    def talks(self) -> Sequence[Conversation]:
        """Every call in which two talk now, the longest first."""
        found = [
            Conversation(call, pair.caller, pair.called, pair.bridge, pair.answered_at or self._clock.now(), pair.over)
            for call, pair in self._pairs.items()
            if pair.whole
        ]
        return sorted(found, key=lambda talk: talk.answered_at)

    def under_way(self) -> frozenset[str]:
        """Calls whose two legs talk now."""
        return frozenset(self._pairs)

    async def extend(self, call: str, limit: timedelta) -> None:
        """Let the call last until `limit` from now instead. Raises AriError; nothing is done when it is over."""
        try:
            if leg := self._answered_for.get(call):
                self._lasts(leg, limit)
                await self._board.set(leg.id, "TIMEOUT(absolute)", _seconds(limit))
            elif pair := self._pairs.get(call):
                await pair.hold_to(limit)
        except Refused:
            self.log.debug("call {call} ended before it could be extended", call=call)

    def answers_for(self, call: str, leg: Leg, limit: timedelta | None) -> None:
        """`leg`, whoever it is to talk with, is what `call` pays or answers for: extended and released by that name.

        limit: how long it may last from its answer on, as the exchange has been told; None where nobody pays.
        """
        self._answered_for[call] = leg
        leg.gone.then(lambda _: self._answered_for.pop(call, None))
        if limit is not None:
            self._lasts(leg, limit - self._board.since(leg.up.value or self._clock.now()).ago())

    def _lasts(self, leg: Leg, limit: timedelta) -> None:
        since = self._board.since(self._clock.now())
        leg.left = lambda: limit - since.ago()

    async def drop(self, call: str) -> None:
        """Hang up who was called; nothing is done when they are gone."""
        if called := self._called.get(call):
            await self._board.hang_up(called.id)

    async def warn(self, call: str, sounds: Sequence[Path]) -> None:
        """Let who pays for a call, or talks at their expense, hear a beep and sounds (8 kHz mono WAV) in mid-talk."""
        heard = ([self._tones.beep()] if self._tones else []) + list(sounds)
        if heard:
            media = ",".join(f"sound:{sound.with_suffix('')}" for sound in heard)
            for leg in self._at_expense(call):
                await self._board.ari.attempt("POST", f"channels/{leg.id}/play", media=media)

    def _at_expense(self, call: str) -> list[Leg]:
        """Who calls; of what is sent on, also who answered where the extension that pays wants its calls to go; of what
        was handed on, whoever of the house talks with the outside now. Never the far end of a call that was dialled.
        """
        pair, sent_on = self._pairs.get(call), self._answered_for.get(call)
        talking = [sent_on] if sent_on is not None and self.talk(sent_on.id) else []
        if pair is None:
            return talking
        if pair.whole:
            return [pair.caller, *talking]
        for other in self._pairs.values():
            if pair.held is not None and other.talking(pair.held.id):
                now = other.other(pair.held)
                return [] if is_trunk(now.name) else [now]
        return []

    def another(self, caller: Caller, service: str, outcome: str = "") -> IncomingCall:
        """The same person on the same line, for another call of theirs. Raises HungUp.

        service: the number by which they are served; outcome: of the call before, if it was not answered; "" where
        that goes on.
        """
        leg = self._callers.get(caller.call)
        if leg is None:
            raise HungUp
        leg.number = leg.number or caller.extension
        again = IncomingCall(leg, caller.extension, service, self._board, self._clock)
        if outcome:
            self._book.ended(caller.call, outcome)
        self._book.began(again.call, caller.extension, leg.id, grown_from=caller.call)
        self._book.directed(again.call, "service", service)
        self.introduce(again.call, leg)
        leg.gone.then(lambda gone: self._book.ended(again.call, "caller-left", gone.at))
        return again

    def has(self, call: str) -> bool:
        """Whether it is under way, be it that it only rings."""
        return any(call in known for known in (self._pairs, self._answered_for, self.rung, self._callers))

    async def release(self, call: str) -> None:
        """Hang up both legs; of what only rings for somebody else's call, that leg."""
        if pair := self._pairs.get(call):
            await pair.part()
        elif self.rung.end(call):
            return
        elif leg := self._answered_for.get(call) or self._callers.get(call):
            await self._board.hang_up(leg.id)

    async def evidence(self, call: str) -> Evidence:
        """What the exchange knows of a call that began before we were started."""
        return await self._past.evidence(call)

    async def regain(self, call: str, extension: str) -> IncomingCall | None:
        """Who pays for a call that a life before connected, at `extension`; None where it is over, or not theirs now.

        To be followed by `rejoin`. Raises AriError.
        """
        pair = await self._past.rejoin(call)
        if pair is None:
            return None
        self._regained[call] = pair
        if pair.caller.endpoint != extension:
            return None
        pair.caller.up.set(self._clock.now())
        self.introduce(call, pair.caller)
        caller = IncomingCall(pair.caller, extension, "", self._board, self._clock)
        caller.call = call
        return caller

    async def rejoin(self, call: str, payer: str, *, stays: bool = False) -> Ended:
        """Take over a call that is still alive, and return when it is over. stays: as `connect` has it.

        payer: the extension that pays. Who talks from there has been held to the limit, and is from now on to the next;
        a telephone to which the call was handed on never was.
        """
        pair = self._regained.pop(call, None) or await self._past.rejoin(call)
        if pair is None:
            known = await self._past.evidence(call)
            return Ended("answered" if known.answered_at else "caller-left", known.answered_at, known.ended_at)
        if pair.caller.endpoint == payer:
            pair.held = None
        return await self.adopt(call, pair, stays=stays)

    async def adopt(self, call: str, pair: Pair, *, stays: bool = False) -> Ended:
        """The same for two legs that are known to talk."""
        self._called[call] = pair.called
        if stays:
            pair.linger = LINGER
        pair.called.gone.then(lambda _: self._called.pop(call, None))
        self.adopted(talk_of(call, pair))
        self._tasks.start(self._warn_as_before(pair), "a warning of a life before")
        return await self.until_over(call, pair, stays=stays)

    async def _reach(
        self,
        who: Caller,
        number: str,
        address: str,
        kind: str,
        whom: str,
        terms: Terms,
        variables: Mapping[str, str] | None = None,
    ) -> Ended:
        if caller := self._callers.get(who.call):
            caller.number = caller.number or who.extension
        ended = await self._attempt(who.call, number, address, kind, whom, terms, variables or {})
        if ended.outcome not in ("answered", "caller-left"):
            facts = {"whom": whom, "outcome": Word(OUTCOMES[ended.outcome])}
            self._book.step(who.call, Reason("{whom} was tried: {outcome}.", facts))
        return ended

    async def _attempt(
        self, call: str, number: str, address: str, kind: str, whom: str, terms: Terms, variables: Mapping[str, str]
    ) -> Ended:
        caller = self._callers.get(call)
        if caller is None:
            return Ended("caller-left")
        serial = next(self._serial)
        called = self._board.leg(f"{call}-{kind}-{serial}")
        called.number = number
        called.whose = number if kind == "desk" else ""
        self._called[call] = called
        called.gone.then(lambda _: self._called.pop(call, None) if self._called.get(call) is called else None)
        pair = Pair(caller, called, f"{call}-bridge-{serial}", self._board)
        if terms.stays:
            pair.linger = LINGER
        try:
            await self._dial(pair, address, terms, variables)
        except AriError as why:
            self.log.info("call {call} could not be dialled: {why}", call=call, why=why)
            await pair.part(keep_caller=True)
            self._board.forget(called)
            self._called.pop(call, None)
            return Ended("unreachable" if caller.alive else "caller-left")
        if kind != "desk":
            self._signs.watch(called)
        with self.bells.ring(called.endpoint, caller.endpoint) as bell:
            await first(called.up, pair.over, bell.taken)
        if bell.taken.value is not None:
            await self._picked_up(pair, bell.taken.value)
        if pair.answered_at is not None:
            by, trunk = (pair.called.endpoint, "") if kind == "desk" else (whom, whom)
            self._book.answered(call, by, pair.answered_at, trunk=trunk)
            return await self._talk(call, pair, terms)
        await pair.part(keep_caller=True)
        return pair.ended()

    async def _picked_up(self, pair: Pair, by: Leg) -> None:
        try:
            if pair.over.value is None and pair.answered_at is None:
                await pair.taken_by(by)
                return
        except AriError as why:
            self.log.info("a call could not be picked up: {why}", why=why)
        await self._board.hang_up(by.id)

    async def _dial(self, pair: Pair, address: str, terms: Terms, shown: Mapping[str, str]) -> None:
        ask = self._board.ari.request
        # Each leg takes the other with it when it goes, and the dialled one never lasts, whatever becomes of us.
        peer = "" if terms.stays else pair.caller.name
        variables = {"CHANNEL(hangup_handler_push)": "release,called,1", "PEER": peer, HANDS_ON: "ari-only"}
        if terms.limit is not None:
            variables["TIMEOUT(absolute)"] = f"{(terms.ring + terms.limit).total_seconds():.3f}"
        if terms.warning is not None:
            variables[WARNS] = _seconds(terms.warning)
        if terms.auto_answer:
            variables |= ANSWER_BY_ITSELF
        made = await ask(
            "POST",
            "channels/create",
            body={"variables": variables},
            endpoint=address,
            app="nightbell",
            appArgs="dialled",
            channelId=pair.called.id,
            originator=pair.caller.id,
        )
        pair.called.name = made["name"]
        await self._board.set(pair.caller.id, "PEER", pair.called.name)
        await first(pair.called.entered, pair.over)
        # The bridge would tell the dialled leg the caller's own number, some time later: perhaps after the one below.
        await pair.join(unnamed=bool(shown))
        # Not among the variables above: when a leg is made for another, the other's number is put in its place.
        for name, value in shown.items():
            await self._board.set(pair.called.id, name, value)
        seconds = f"{terms.ring.total_seconds():.0f}"
        # A caller who is named here has their own number shown, whatever the leg was told.
        named = {} if shown else {"caller": pair.caller.id}
        await ask("POST", f"channels/{pair.called.id}/dial", body=None, timeout=seconds, **named)

    async def _talk(self, call: str, pair: Pair, terms: Terms) -> Ended:
        self._pairs[call] = pair
        try:
            if terms.limit is not None:
                await pair.hold_to(terms.limit)
                self._warn_before(pair, terms.limit, terms.warning)
            if pair.answered_at is not None:
                await terms.answered(pair.answered_at)
        except CancelledError:
            raise
        except AriError as why:
            # It is still held to the limit that was set when it was dialled.
            self.log.warn("call {call} was answered while the exchange was away: {why}", call=call, why=why)
        except BaseException:
            await pair.part()
            raise
        # Last: a sentence that is played to a leg holds up what is asked of that leg next, such as its limit.
        self.began(talk_of(call, pair, terms.keep))
        return await self.until_over(call, pair, stays=terms.stays)

    def _warn_before(self, pair: Pair, limit: timedelta, warning: timedelta | None) -> None:
        if self._tones is None or warning is None or warning >= limit:
            return
        beep = self._tones.beep()
        timer = self._clock.later(limit - warning, lambda: self._tasks.start(pair.play(beep), "a warning tone"))
        pair.over.then(lambda _: timer.cancel() if timer.active() else None)

    async def _warn_as_before(self, pair: Pair) -> None:
        """What is left of a timed call, and when its beep is due, stands on its legs."""
        for leg in (pair.called, pair.caller):
            try:
                warning = await self._board.get(leg.id, WARNS)
                left = await self._board.get(leg.id, "TIMEOUT(absolute)") if warning else ""
            except AriError as why:
                self.log.info("a limit of a life before cannot be read: {why}", why=why)
                return
            if warning and left and not pair.over.value:
                self._warn_before(pair, timedelta(seconds=float(left)), timedelta(seconds=float(warning)))
                return

    async def until_over(self, call: str, pair: Pair, *, stays: bool = False) -> Ended:
        """Stay with a call whose legs are both up until the first is gone; then hang up the other.

        stays: a caller who is not the first keeps the line.
        """
        self._pairs[call] = pair
        self.talking(pair)
        try:
            await pair.over.wait()
        finally:
            self._pairs.pop(call, None)
        self.parted(call)
        await pair.part(keep_caller=stays)
        ended = pair.ended()
        if stays and pair.caller.alive:
            await self._keep(call, pair.caller, ended)
        return ended

    async def _keep(self, call: str, caller: Leg, ended: Ended) -> None:
        """A caller without a call has time to think, and belongs to nobody."""
        self._book.ended(call, ended.outcome, ended.ended_at)
        try:
            await self._board.set(caller.id, "TIMEOUT(absolute)", f"{THINKING.total_seconds():.0f}")
            await self._board.set(caller.id, "PEER", "")
        except AriError as why:
            self.log.info("a caller after call {call} is gone: {why}", call=call, why=why)
