"""Coroutines' side of the AT dialogue: ask and wait for the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from twisted.internet.defer import Deferred

from appliance.foundation.clock import Clock, Timer
from pbx.sms.at import Command, Dialogue, Event, Finished, Verdict
from pbx.sms.trouble import GatewayError, Gone, Refused, Silent


class Conversation:
    """One modem's dialogue, with the clock that ends its silences.

    write: bytes to the modem. heard: what the modem says unasked.
    """

    def __init__(self, *, clock: Clock, write: Callable[[bytes], None], heard: Callable[[Event], None]) -> None:
        self._clock = clock
        self._write = write
        self._heard = heard
        self._dialogue = Dialogue()
        self._answers: dict[Command, Deferred[tuple[str, ...]]] = {}
        self._timer: Timer | None = None

    async def ask(
        self, line: str, *, payload: str | None = None, timeout: timedelta = timedelta(seconds=10)
    ) -> tuple[str, ...]:
        """Send a command; its information lines. Raises Refused, Silent or Gone.

        After Silent everything else that was asked fails as Silent too, and the modem was sent an escape.
        """
        command = Command(line, payload, timeout.total_seconds())
        answer: Deferred[tuple[str, ...]] = Deferred()
        self._answers[command] = answer
        self._dialogue.submit(command, self._now())
        self._take([])
        return await answer

    def feed(self, data: bytes) -> None:
        """What the modem said."""
        self._take(self._dialogue.feed(data, self._now()))

    def escape(self) -> None:
        """Give up whatever is under way and lead the modem out of a prompt."""
        self._take(self._dialogue.escape())

    def gone(self) -> None:
        """The modem was unplugged: whoever waits hears Gone, and the next modem is met afresh."""
        self._dialogue = Dialogue()
        self._rearm()
        for command in list(self._answers):
            self._fail(command, Gone())

    def _now(self) -> float:
        return self._clock.steady()

    def _tick(self) -> None:
        self._timer = None
        if silence := self._dialogue.tick(self._now()):
            self._take([*silence, *self._dialogue.escape()])
        else:
            self._rearm()

    def _take(self, events: list[Event]) -> None:
        if data := self._dialogue.outgoing():
            self._write(data)
        self._rearm()
        for event in events:
            if isinstance(event, Finished):
                self._finished(event)
            else:
                self._heard(event)

    def _finished(self, event: Finished) -> None:
        match event.verdict:
            case Verdict.OK:
                if (answer := self._answers.pop(event.command, None)) is not None:
                    answer.callback(event.lines)
            case Verdict.SILENT:
                self._fail(event.command, Silent())
            case _:
                self._fail(event.command, Refused(event.verdict, event.code))

    def _fail(self, command: Command, why: GatewayError) -> None:
        if (answer := self._answers.pop(command, None)) is not None:
            answer.errback(why)

    def _rearm(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if (deadline := self._dialogue.deadline) is not None:
            self._timer = self._clock.later(timedelta(seconds=max(0.0, deadline - self._now())), self._tick)
