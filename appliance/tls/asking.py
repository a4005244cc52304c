"""The way from the daemon, which never waits, to an order, which blocks."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads

from appliance.foundation.clock import CommandClock
from appliance.tls.order import Order

Ask = Callable[[Order, MutableMapping[str, str]], Awaitable[bytes]]
"""Key and certificates, PEM, for an order; the mapping has what stands for each token meanwhile. Raises NotTaken."""


def aside(reactor: IReactorFromThreads) -> Ask:
    """`appliance.tls.ordering.obtain` in a thread of its own, for which nobody waits when the daemon stops."""
    anything: Any = reactor

    def ask(order: Order, proofs: MutableMapping[str, str]) -> Deferred[bytes]:
        done: Deferred[bytes] = Deferred()

        def work() -> None:
            try:
                # Only here: what it needs takes room that most boxes have other use for.
                from appliance.tls.ordering import obtain

                content = obtain(order, proofs, CommandClock())
            except Exception as why:
                anything.callFromThread(done.errback, why)
            else:
                anything.callFromThread(done.callback, content)

        threading.Thread(target=work, name="certificate", daemon=True).start()
        return done

    return ask
