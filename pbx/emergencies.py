"""Emergency calls. Asterisk makes them without us; here they come on record and are told, also after the fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from appliance.foundation.clock import Clock, sleep
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import new_id
from pbx.ari.messages import Channel, Created, Destroyed, Event, endpoint_of
from pbx.calls.book import CallBook
from pbx.engine.dialplan import EMERGENCY, PHONES
from pbx.engine.records import Record, Records
from pbx.engine.sip_trunks import endpoint
from pbx.incoming import IncomingCall
from pbx.reason import Reason
from pbx.switchboard import Switchboard

SHOWN = timedelta(hours=1)
"""So long a screen shows one that is over."""
WRITTEN_WITHIN = 50
A_MOMENT = timedelta(milliseconds=100)

ITSELF = "{number} is an emergency number: Asterisk itself calls it, over every trunk in turn."
UNSEEN = "It was made while the program of the box was not running."


@dataclass(frozen=True)
class EmergencyCall:
    """One that screens show. noted_at: when we learnt of it; over: it has ended."""

    call: str
    extension: str
    number: str
    at: datetime
    noted_at: datetime
    over: bool = False


class Emergencies:
    """ways: what is dialled, and the emergency number that it reaches."""

    def __init__(
        self, ways: Mapping[str, str], board: Switchboard, records: Records, book: CallBook, clock: Clock
    ) -> None:
        self._ways, self._board, self._records, self._book, self._clock = ways, board, records, book, clock
        self._calls: dict[str, EmergencyCall] = {}
        self._tasks = Tasks()

    def recent(self) -> list[EmergencyCall]:
        """Those that go on, and those that we learnt of within the last hour; the newest first."""
        since = self._clock.now() - SHOWN
        self._calls = {key: one for key, one in self._calls.items() if not one.over or one.noted_at > since}
        return sorted(self._calls.values(), key=lambda one: one.at, reverse=True)

    def stop(self) -> None:
        """Follow none any more; the next life finds how they ended."""
        self._tasks.stop()

    def hear(self, event: Event) -> None:
        """What the exchange says of any channel."""
        match event:
            case Created(at=at, channel=channel) if channel.context == PHONES and channel.exten in self._ways:
                self._begin(new_id(), channel.id, channel.endpoint, self._ways[channel.exten], at)
            case Destroyed(channel=channel) if channel.id in self._calls:
                self._tasks.start(self._finish(channel.id), "the end of an emergency call")

    def dialled(self, caller: IncomingCall, number: str) -> None:
        """Somebody whom we steer calls one: handed on, or by the operator's console."""
        now = self._clock.now()
        self._calls[caller.call] = EmergencyCall(caller.call, caller.extension, number, now, now)
        self._book.alarm(caller.call, caller.extension, number, now)
        caller.leg.gone.then(lambda _: self._over(caller.call))

    async def take_up(self) -> None:
        """Those that were made, or ended, while nobody listened. Raises AriError, and what storage raises."""
        there = {found.id: found for found in await self._board.channels()}
        numbers = self._records.emergencies() | {one.id: one.exten for one in there.values() if _is_one(one)}
        new = [channel for channel in numbers if channel not in self._calls]
        known = await self._book.of_legs(new)
        for channel in new:
            call, ended = known.get(channel, ("", False))
            if not ended:
                self._found(channel, numbers[channel], call, alive=channel in there)

    def _found(self, channel: str, number: str, call: str, *, alive: bool) -> None:
        records = self._records.linked_to(channel)
        first = next((one for one in records if one.channel == channel), None)
        name = first.name if first else ""
        if call:
            self._book.goes_on(call)
            now = self._clock.now()
            at = first.at if first else now
            self._calls[channel] = EmergencyCall(call, endpoint_of(name), number, at, now)
        else:
            self._begin(new_id(), channel, endpoint_of(name), number, first.at if first else self._clock.now(), UNSEEN)
        if not alive:
            self._tell_end(channel, records)

    def _begin(self, call: str, channel: str, extension: str, number: str, at: datetime, said: str = "") -> None:
        self._calls[channel] = EmergencyCall(call, extension, number, at, self._clock.now())
        self._book.emergency(call, extension, number, channel, at)
        self._book.step(call, Reason(ITSELF, {"number": number}), *([Reason(said)] if said else []))

    def _over(self, key: str) -> None:
        self._calls[key] = replace(self._calls[key], over=True)

    async def _finish(self, channel: str) -> None:
        """Who answered it stands in the exchange's own records, a moment later."""
        for _ in range(WRITTEN_WITHIN):
            if self._records.has_ended(channel):
                break
            await sleep(self._clock, A_MOMENT)
        self._tell_end(channel, self._records.linked_to(channel))

    def _tell_end(self, channel: str, records: list[Record]) -> None:
        one = self._calls[channel]
        answer = next((record for record in records if record.kind == "ANSWER" and record.channel != channel), None)
        if answer is not None:
            trunk = endpoint_of(answer.name).removeprefix(endpoint("")).partition("_")[0]
            self._book.answered(one.call, trunk, answer.at, trunk=trunk)
        ends = [record.at for record in records if record.kind == "HANGUP" and record.channel == channel]
        self._over(channel)
        self._book.ended(one.call, "no-answer", ends[-1] if ends else None)


def _is_one(channel: Channel) -> bool:
    return channel.context == EMERGENCY
