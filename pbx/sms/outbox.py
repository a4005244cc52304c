"""Short messages out and in: what was accepted is sent, however often we are killed.

At least once, not exactly once: a part that was on its way when we were killed, or when the modem fell silent, is
sent again, so a phone may in rare cases show it twice. It is never lost.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from twisted.internet.defer import DeferredLock

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import new_id
from pbx.sms.inbox import Incoming
from pbx.sms.letters import dialable, parts_of
from pbx.sms.office import Sender
from pbx.sms.pdu import StatusReport
from pbx.sms.post import BACK_OFF, LIFETIME, Post, publish
from pbx.sms.store import MessageStore, Outgoing

LOOK = timedelta(minutes=1)
"""The longest between two looks at what waits."""
SOON = timedelta(seconds=1)


class Outbox:
    """Satisfies office.Office. Publishes the message events of pbx.events, each after it was stored.

    underway: ids of the messages that some modem is sending.
    """

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._store = MessageStore(database)
        self._clock = clock
        self._bus = bus
        self._posts: dict[str, Post] = {}
        self.underway: set[str] = set()
        self._picking = DeferredLock()
        self._tasks = Tasks()
        self._timer: Timer | None = None
        self._look_at = clock.now()
        self._running = False
        self._latest = datetime.min.replace(tzinfo=UTC)

    async def accept(self, to: str, text: str, about: str = "") -> str:
        """Take a message; its id. When this returns it is on disk and will be sent. Raises trouble.Unsendable.

        about: what it is for, e.g. a nurse call's id.
        """
        number, parts = dialable(to), parts_of(text)
        message = Outgoing(new_id(), number, text, about, self._next_moment(), tries=0)
        publish(self._bus, await self._store.accept(message, len(parts), self._clock.now()))
        self._nudge()
        return message.id

    def attach(self, sender: Sender) -> None:
        """Send through this modem too."""
        self._posts[sender.id] = Post(sender, self._store, self._clock, self._bus)
        sender.attach(self)
        self._nudge()

    def detach(self, sender: Sender) -> None:
        """Send through this modem no more, once it has finished what it is at."""
        self._posts.pop(sender.id, None)
        sender.attach(None)

    def start(self) -> None:
        """Begin to send, with whatever waits from before."""
        self._running = True
        self._look()

    def stop(self) -> None:
        """Send no more. What waits is on disk."""
        self._running = False
        self._disarm()
        self._tasks.stop()

    def modem_ready(self) -> None:
        """A modem can send now."""
        self._nudge()

    async def arrived(self, modem: str, message: Incoming) -> None:
        """Store what came in, once however often it is handed over."""
        publish(self._bus, await self._store.received(modem, message, self._clock.now()))

    async def reported(self, modem: str, report: StatusReport) -> None:
        """Store what the network says of a part."""
        if (post := self._posts.get(modem)) is not None:
            await post.reported(report)

    def _next_moment(self) -> datetime:
        # Never twice the same moment, so that the order of acceptance is the order of sending.
        self._latest = max(self._clock.now(), self._latest + timedelta(microseconds=1))
        return self._latest

    def _nudge(self) -> None:
        if not self._running:
            return
        for post in self._posts.values():
            post.nudged = True
            if post.sender.ready and not post.busy:
                post.busy = True
                self._tasks.start(self._drain(post), f"sending through modem {post.sender.id}")

    async def _drain(self, post: Post) -> None:
        try:
            while post.nudged:
                post.nudged = False
                while (message := await self._pick(post)) is not None:
                    try:
                        await post.deliver(message)
                    finally:
                        self.underway.discard(message.id)
        finally:
            post.busy = False
        await self._plan_next_look()

    async def _pick(self, post: Post) -> Outgoing | None:
        await self._picking.acquire()
        try:
            if not post.sender.ready or self._posts.get(post.sender.id) is not post:
                return None
            due = await self._store.due(self._clock.now(), self.underway, max(BACK_OFF))
            message = next((message for message in due if self._may_send(post, message)), None)
            if message is not None:
                self.underway.add(message.id)
            return message
        finally:
            self._picking.release()

    def _may_send(self, post: Post, message: Outgoing) -> bool:
        """What another modem began stays its own as long as it can."""
        began = self._posts.get(message.modem or post.sender.id)
        return began is None or began is post or not began.sender.ready

    async def _plan_next_look(self) -> None:
        due = await self._store.next_due(self.underway)
        if due is not None and any(post.sender.ready for post in self._posts.values()):
            self._arm(max(due - self._clock.now(), SOON))

    def _look(self) -> None:
        self._tasks.start(self._expire(), "looking for old messages")
        self._nudge()
        self._arm(LOOK)

    def _arm(self, delay: timedelta) -> None:
        at = self._clock.now() + delay
        if not self._running or (self._timer is not None and self._timer.active() and self._look_at <= at):
            return
        self._disarm()
        self._look_at = at
        self._timer = self._clock.later(delay, self._look)

    def _disarm(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    async def _expire(self) -> None:
        now = self._clock.now()
        for message in await self._store.accepted_before(now - LIFETIME):
            if message.id not in self.underway:
                why = "no modem could send it within a day"
                publish(self._bus, await self._store.failed(message, message.tries, now, why))
