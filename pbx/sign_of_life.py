"""A carrier that says nothing at all to a call is given up at once; one that works on it is given its time.

Asterisk itself gives up after 6.4 seconds (its timer B cannot be set shorter), and that only on a carrier
that is silent: one that said 100 Trying and no more is waited for as long as the call may ring. What tells the two
apart is any answer at all, and Asterisk notes each, 100 Trying included, as a cause of the channel.
"""

from __future__ import annotations

from datetime import timedelta

from appliance.foundation.clock import Clock, Timer
from appliance.foundation.tasks import Tasks
from pbx.ari.transport import AriError
from pbx.leg import Leg
from pbx.switchboard import Switchboard

SILENCE = timedelta(milliseconds=1400)
"""By then the call was offered four times, after 0, 0.1, 0.3 and 0.7 s: one lost packet is no silence. The next way is
dialled within two seconds."""

POST_DIAL = timedelta(seconds=20)
"""From dialling until it rings; what takes longer never will."""

ANSWERS = "HANGUPCAUSE_KEYS()"
"""Names the channels that had an answer; empty where nothing came back."""


class SignsOfLife:
    """Watches legs dialled over trunks. silence, post_dial: how long without any answer, and until it rings."""

    def __init__(
        self, board: Switchboard, clock: Clock, *, silence: timedelta = SILENCE, post_dial: timedelta = POST_DIAL
    ) -> None:
        self.silence, self.post_dial = silence, post_dial
        self._board = board
        self._clock = clock
        self._tasks = Tasks()
        self._timers: list[Timer] = []

    def watch(self, leg: Leg) -> None:
        """Hang up `leg`, just dialled, if nothing comes back within `silence`, or no ringing within `post_dial`.

        A late answer to what was given up is refused by Asterisk itself: it cancels the call, or ends it.
        """
        silent = self._clock.later(self.silence, lambda: self._tasks.start(self._listen(leg), "listening to a carrier"))
        slow = self._clock.later(
            self.post_dial, lambda: self._tasks.start(self._give_up(leg, "slow"), "giving a call up")
        )

        def stop(_: object) -> None:
            for timer in (silent, slow):
                if timer.active():
                    timer.cancel()

        leg.gone.then(stop)
        leg.up.then(stop)
        self._timers = [timer for timer in self._timers if timer.active()] + [silent, slow]

    def stop(self) -> None:
        """Watch no more."""
        for timer in self._timers:
            if timer.active():
                timer.cancel()
        self._tasks.stop()

    async def _listen(self, leg: Leg) -> None:
        if not _waits(leg):
            return
        try:
            said = await self._board.ari.request("GET", f"channels/{leg.id}/variable", variable=ANSWERS)
        except AriError:
            return  # it is gone, or the exchange is: then Asterisk's own timer ends it
        if not said["value"]:
            await self._give_up(leg, "silent")

    async def _give_up(self, leg: Leg, why: str) -> None:
        if _waits(leg):
            leg.given_up = why
            await self._board.hang_up(leg.id)


def _waits(leg: Leg) -> bool:
    return leg.alive and not leg.rang and leg.up.value is None
