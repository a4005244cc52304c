"""A short message gateway over HTTP, as the plan's templates describe it."""

from __future__ import annotations

import hmac
import json
import re
from datetime import timedelta
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.logger import Logger

from appliance.foundation import json_text
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.health import State
from appliance.foundation.secret import SecretMissing, secret
from pbx import plan_messages as plans
from pbx.http_client import Answer, HttpClient, Unanswered, Unreached
from pbx.sms.inbox import Incoming
from pbx.sms.office import Fate, Letter, Office, Receipt
from pbx.sms.pulse import Pulse
from pbx.sms.trouble import Declined, Gone, NotReady, Silent
from pbx.templates import fill
from pbx.tls import NoTrust

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 30, 60, 120))
"""So long it is left alone after it failed, each time longer."""
_ITS_OWN_FAULT = (401, 403, 404, 407, 408, 429)
"""Status of answers that speak of the gateway or our log-in, not of the message; so does every 5xx."""


class Unwelcome(Exception):
    """Somebody called us who is not the gateway."""


class HttpGateway:
    """Satisfies office.Gateway. Publishes HealthChanged for `sms:<id>`."""

    log = Logger()

    def __init__(self, plan: plans.HttpSms, reactor: ReactorBase, clock: Clock, bus: Bus) -> None:
        self.id = plan.id
        self.window = plan.window
        self._plan = plan
        self._clock = clock
        self._client = HttpClient(reactor, clock, timedelta(seconds=plan.timeout), plan.ca_file)
        self._pulse = Pulse(f"sms:{plan.id}", clock, bus)
        self._office: Office | None = None
        self._running = False
        self._failures = 0
        self._rest: Timer | None = None

    @property
    def ready(self) -> bool:
        """Whether a message can be sent now: it did not fail lately."""
        return self._running and self._rest is None

    def attach(self, office: Office | None) -> None:
        """Tell `office` from now on."""
        self._office = office
        if office is not None and self.ready:
            office.gateway_ready()

    def start(self) -> None:
        """Be ready. Nothing is known of it until the first message."""
        self._running = True
        self._pulse.tell(State.STARTING, "nothing was sent yet")
        if self._office is not None:
            self._office.gateway_ready()

    def stop(self) -> None:
        """Send no more."""
        self._running = False
        if self._rest is not None and self._rest.active():
            self._rest.cancel()

    def parts(self, letter: Letter) -> int:
        """The gateway cuts long texts itself."""
        return 1

    async def send(self, letter: Letter, part: int) -> str:
        """Give it the letter; its own name for it, empty where it tells none. Raises GatewayError."""
        if not self.ready:
            raise NotReady
        began = self._clock.now()
        try:
            answer = await self._ask(letter)
        except Unanswered as why:
            self._fail(str(why))
            raise Silent(str(why)) from why
        except Unreached as why:
            self._fail(str(why))
            raise Gone(str(why)) from why
        except (SecretMissing, NoTrust, ValueError) as why:
            self._fail(f"the plan's settings cannot be used ({why})")
            raise Declined("the plan's settings cannot be used") from why
        return self._judge(answer, self._clock.now() - began)

    async def called(self, kind: str, token: str, said: Any) -> str:
        """The gateway brings a message, or a `report`; what it wants to hear. Raises Unwelcome, ValueError.

        said: form fields by name, or a JSON document. Stored when this returns.
        """
        inbound = self._plan.inbound
        if inbound is None or not hmac.compare_digest(secret(inbound.token).encode(), token.encode()):
            raise Unwelcome
        if self._office is None:
            raise NotReady
        if kind == "report":
            await self._reported(inbound, said)
        else:
            sender, text = pick(said, inbound.sender), pick(said, inbound.text)
            if not sender:
                raise ValueError(f"{inbound.sender} is missing")
            await self._office.arrived(self.id, Incoming(sender, text, None, key=pick(said, inbound.id)))
        return inbound.answer

    async def _reported(self, inbound: plans.Inbound, said: Any) -> None:
        identity, status = pick(said, inbound.id), pick(said, inbound.status)
        if not identity:
            raise ValueError(f"{inbound.id} is missing")
        for pattern, fate in ((inbound.delivered, Fate.DELIVERED), (inbound.failed, Fate.FAILED)):
            if re.search(pattern, status) and self._office is not None:
                return await self._office.reported(self.id, Receipt((identity,), "", fate))
        return None

    async def _ask(self, letter: Letter) -> Answer:
        plan = self._plan
        secrets = {name: secret(place) for name, place in plan.secrets.items()}

        def filled(template: str) -> str:
            return fill(template, to=letter.to, text=letter.text, identity=letter.id, secrets=secrets)

        url, headers = filled(plan.url), {name: filled(value) for name, value in plan.headers.items()}
        if any(character in value for value in headers.values() for character in "\r\n"):
            raise ValueError("a header has a line break")
        body = b"" if plan.method == "GET" else filled(plan.body).encode()
        return await self._client.ask(plan.method, url, headers, body)

    def _judge(self, answer: Answer, took: timedelta) -> str:
        plan = self._plan
        document = _json(answer)
        value = pick(document, plan.success_path) if plan.success_path else answer.text
        if answer.status in plan.success_status and (not plan.success or re.search(plan.success, value)):
            self._failures = 0
            slow = took.total_seconds() > plan.slow
            self._pulse.tell(State.DEGRADED if slow else State.UP, "the gateway answers slowly" if slow else "sending")
            return pick(document, plan.id_path) if plan.id_path else ""
        detail = f"HTTP {answer.status}"
        if plan.hopeless and re.search(plan.hopeless, answer.text):
            raise Declined(f"the gateway says that this number cannot be reached ({detail})", hopeless=True)
        words = f"the gateway refused the message ({detail})"
        if answer.status in _ITS_OWN_FAULT or answer.status >= 500:
            words = f"the gateway is out of order ({detail})"
            self._fail(words)
        else:
            self._pulse.tell(State.DEGRADED, words)
        raise Declined(words)

    def _fail(self, why: str) -> None:
        self._pulse.tell(State.DOWN, why)
        # Of several letters under way only the first failure counts.
        if self._rest is None and self._running:
            pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
            self._failures += 1
            self._rest = self._clock.later(pause, self._try_again)

    def _try_again(self) -> None:
        self._rest = None
        if self._office is not None:
            self._office.gateway_ready()


def _json(answer: Answer) -> Any:
    try:
        return json_text.loads(answer.body)
    except ValueError:
        return None


def pick(document: Any, path: str) -> str:
    """What stands at `path` (`data.messages[0].id`), as text; empty where nothing does."""
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return ""
    return document if isinstance(document, str) else "" if document is None else json.dumps(document)
