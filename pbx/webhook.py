"""Another system that is told of alarms: JSON by POST, signed, told again until it says yes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from twisted.internet.base import ReactorBase

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.health import State
from appliance.foundation.secret import SecretMissing, secret
from pbx import plan_messages as plans
from pbx.http_client import HttpClient, Unanswered, Unreached
from pbx.notices import NotCarried, Notice
from pbx.sms.pulse import Pulse
from pbx.tls import NoTrust

GONE = 410


class WebhookCarrier:
    """Satisfies notices.Carrier. Publishes HealthChanged for `webhook:<id>`."""

    def __init__(self, plan: plans.Webhook, reactor: ReactorBase, clock: Clock, bus: Bus) -> None:
        self.channel = f"webhook:{plan.id}"
        self._plan = plan
        self._clock = clock
        self._client = HttpClient(reactor, clock, timedelta(seconds=plan.timeout), plan.ca_file)
        self._pulse = Pulse(self.channel, clock, bus)
        self._pulse.tell(State.STARTING, "nothing was sent yet")

    async def carry(self, notice: Notice) -> None:
        """POST it. Any 2xx is a yes, 410 the last no. Raises NotCarried."""
        body = notice.body.encode()
        try:
            headers = self._headers(notice.id, body)
            answer = await self._client.ask("POST", self._plan.url, headers, body)
        except (SecretMissing, NoTrust) as why:
            raise self._down(f"the plan's settings cannot be used ({why})") from why
        except (Unreached, Unanswered) as why:
            raise self._down(str(why)) from why
        if not 200 <= answer.status < 300:
            words = f"the service refused the notice (HTTP {answer.status})"
            self._pulse.tell(State.DEGRADED, words)
            raise NotCarried(words, hopeless=answer.status == GONE)
        self._pulse.tell(State.UP, "sending")

    def _down(self, words: str) -> NotCarried:
        self._pulse.tell(State.DOWN, words)
        return NotCarried(words)

    def _headers(self, identity: str, body: bytes) -> dict[str, str]:
        at = str(int(self._clock.now().timestamp()))
        headers = {"Content-Type": "application/json", "Idempotency-Key": identity, "X-Nightbell-Id": identity}
        if self._plan.secret:
            headers |= {"X-Nightbell-Time": at, "X-Nightbell-Signature": signature(secret(self._plan.secret), at, body)}
        return headers


def signature(key: str, at: str, body: bytes) -> str:
    """`sha256=` and the HMAC of `at`, a dot and the body, in hexadecimal; `at` keeps old ones from being replayed."""
    return "sha256=" + hmac.new(key.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
