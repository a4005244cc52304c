"""Short messages out and in: what was accepted is sent, however often we are killed.

The life of a message, each step on disk before the next; `kill -9` at any point goes on from what is there:

    accept ─► waiting ─► begun by a gateway ─► part handed over ─► part sent, with its reference ─┬► next part
                 ▲          (parts on record)        │                                            └► sent
                 │                                   ├ no: the next gateway at once; when all said    │ receipts
                 └── pause (5 s … 1 h, then failed) ─┘     no, a pause. Hopeless, or a day old: failed  ├► delivered
                                                                                                      └► failed

- Never lost: `accept` returns when the row is on disk, and only an answer or the end of all tries ends `waiting`.
- Never twice after a yes: a part with its answer on record is not given to that gateway again, also when another
  has tried the message meanwhile.
- The gap: killed, or silence, between handing a part over and its answer on record. It is handed over again, under
  the same id. An HTTP gateway that knows the id sends it once; a modem or a message centre cannot know, so a phone may
  then, rarely, show it twice. A message half sent through a gateway that is gone begins anew at the next one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from twisted.internet.defer import DeferredLock

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.database import Transactions
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import new_id
from pbx.sms.inbox import Incoming
from pbx.sms.letters import dialable, parts_of
from pbx.sms.office import Gateway, Receipt
from pbx.sms.parts import Parts
from pbx.sms.pdu import Deliver
from pbx.sms.post import BACK_OFF, LIFETIME, Post, publish
from pbx.sms.store import MessageStore, Outgoing

LOOK = timedelta(minutes=1)
"""The longest between two looks at what waits."""
SOON = timedelta(seconds=1)


class Outbox:
    """Satisfies office.Office. Publishes the message events of pbx.events, each after it was stored.

    underway: ids of the messages that some gateway is sending.
    """

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._store = MessageStore(database)
        self._parts = Parts(database)
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

    async def accept(self, to: str, text: str, about: str = "", only: str = "") -> str:
        """Take a message; its id. When this returns it is on disk and will be sent. Raises trouble.Unsendable.

        about: what it is for, e.g. a nurse call's id. only: the one gateway it may use; empty for any.
        """
        message = replace(self.letter(to, text, about), only=only)
        publish(self._bus, await self._store.accept([message], self._clock.now()))
        self._nudge()
        return message.id

    def letter(self, to: str, text: str, about: str = "") -> Outgoing:
        """A message that could be accepted. Raises trouble.Unsendable."""
        number = dialable(to)
        parts_of(text)
        return Outgoing(new_id(), number, text, about, self._next_moment())

    def look(self) -> None:
        """Somebody else put messages into the records: send them."""
        self._nudge()

    async def about(self, mobile: str, within: timedelta) -> str:
        """What the newest message that went to `mobile` was about; empty for nothing, or longer ago."""
        return await self._store.about(mobile, self._clock.now() - within)

    def attach(self, gateway: Gateway) -> None:
        """Send through this gateway too, after those attached before it."""
        self._posts[gateway.id] = Post(gateway, self._store, self._clock, self._bus)
        gateway.attach(self)
        self._nudge()

    def detach(self, gateway: Gateway) -> None:
        """Send through this gateway no more, once it has finished what it is at."""
        self._posts.pop(gateway.id, None)
        gateway.attach(None)

    def start(self) -> None:
        """Begin to send, with whatever waits from before."""
        self._running = True
        self._look()

    def stop(self) -> None:
        """Send no more. What waits is on disk."""
        self._running = False
        self._disarm()
        self._tasks.stop()

    def gateway_ready(self) -> None:
        """A gateway can send now."""
        self._nudge()

    async def arrived(self, gateway: str, message: Incoming) -> None:
        """Store what came in, once however often it is handed over."""
        publish(self._bus, await self._store.received(gateway, message, self._clock.now()))

    async def part_arrived(self, gateway: str, message: Deliver) -> None:
        """Store a part, or with the last one the whole message."""
        publish(self._bus, await self._parts.add(gateway, message, self._clock.now()))

    async def reported(self, gateway: str, receipt: Receipt) -> None:
        """Store what the network says of a part."""
        if (post := self._posts.get(gateway)) is not None:
            await post.reported(receipt)

    def _next_moment(self) -> datetime:
        # Never twice the same moment, so that the order of acceptance is the order of sending.
        self._latest = max(self._clock.now(), self._latest + timedelta(microseconds=1))
        return self._latest

    def _nudge(self) -> None:
        if not self._running:
            return
        for post in self._posts.values():
            post.nudged = True
            for _ in range(post.gateway.window - post.running if post.gateway.ready else 0):
                post.running += 1
                self._tasks.start(self._drain(post), f"sending through {post.gateway.id}")

    async def _drain(self, post: Post) -> None:
        try:
            while post.nudged:
                post.nudged = False
                while (message := await self._pick(post)) is not None:
                    try:
                        another = await post.deliver(message, partial(self._others, message))
                    finally:
                        self.underway.discard(message.id)
                    if another:
                        self._nudge()
        finally:
            post.running -= 1
        await self._plan_next_look()

    async def _pick(self, post: Post) -> Outgoing | None:
        await self._picking.acquire()
        try:
            if not post.gateway.ready or self._posts.get(post.gateway.id) is not post:
                return None
            ready = [identity for identity, post in self._posts.items() if post.gateway.ready]
            due = await self._store.due(self._clock.now(), self.underway, max(BACK_OFF), ready)
            message = next((message for message in due if self._chosen(message) is post), None)
            if message is not None:
                self.underway.add(message.id)
            return message
        finally:
            self._picking.release()

    def _chosen(self, message: Outgoing) -> Post | None:
        """Who sends it: whoever began it, while there; else the first that is ready and has not tried in vain."""
        ready = [post for post in self._able(message) if post.gateway.ready]
        fresh = [post for post in ready if post.gateway.id not in message.tried] or ready
        began = (post for post in fresh if message.sent and post.gateway.id == message.gateway)
        return next(began, next(iter(fresh), None))

    def _able(self, message: Outgoing) -> Sequence[Post]:
        return [post for post in self._posts.values() if message.only in ("", post.gateway.id)]

    def _others(self, message: Outgoing, tried: Collection[str]) -> bool:
        return any(post.gateway.ready and post.gateway.id not in tried for post in self._able(message))

    async def _plan_next_look(self) -> None:
        due = await self._store.next_due(self.underway)
        if due is not None and any(post.gateway.ready for post in self._posts.values()):
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
        publish(self._bus, await self._parts.overdue(now))
        for message in await self._store.accepted_before(now - LIFETIME):
            if message.id not in self.underway:
                why = "no gateway could send it within a day"
                publish(self._bus, await self._store.failed(message, message.tries, now, why))
