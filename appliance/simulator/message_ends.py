"""The far ends of messages besides modems: message centres, HTTP gateways, mail servers, receivers of webhooks.

Only those that the plan puts on this very box (127.0.0.1) are simulated: nothing opens a port to others.
"""

from __future__ import annotations

from typing import TypeVar

from twisted.internet.base import ReactorBase
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.secret import SecretMissing, secret
from appliance.simulator.control import Answer, Refused, Request, Simulator, number, word
from appliance.simulator.post_office import MailServer
from appliance.simulator.radio import Network
from appliance.simulator.smsc import THROTTLED, MessageCentre
from appliance.simulator.web_ends import Asked, SmsService, WebEnd, received
from pbx.plan import PbxPlan
from pbx.sms.pdu import PduError

HERE = "http://127.0.0.1:"
End = TypeVar("End")


class MessageEnds:
    """Every simulated far end of a plan's messages."""

    log = Logger()

    def __init__(self, plan: PbxPlan, network: Network, *, reactor: ReactorBase, clock: Clock) -> None:
        self._network = network
        self.centres = {
            row.id: MessageCentre(row, reactor=reactor, clock=clock, network=network, password=_known(row.password))
            for row in plan.smpp
            if row.host == "127.0.0.1" and not row.tls
        }
        self.services = {
            row.id: WebEnd(row.id, row.url, SmsService(row.id, network).take, reactor=reactor, clock=clock)
            for row in plan.http_sms
            if row.url.startswith(HERE)
        }
        self.hooks = {
            row.id: WebEnd(row.id, row.url, received, reactor=reactor, clock=clock)
            for row in plan.webhooks
            if row.url.startswith(HERE)
        }
        self.mail = {
            row.id: MailServer(row.id, row.port, reactor=reactor, clock=clock)
            for row in plan.mail
            if row.host == "127.0.0.1" and row.security == "none"
        }

    def _all(self) -> list[MessageCentre | WebEnd | MailServer]:
        return [*self.centres.values(), *self.services.values(), *self.hooks.values(), *self.mail.values()]

    def start(self) -> None:
        """All listen. One whose port is taken is missing; the others are there."""
        for end in self._all():
            try:
                end.start()
            except CannotListenError as why:
                self.log.error("{id} is not simulated: {why}", id=end.id, why=why)

    def stop(self) -> None:
        """All are gone."""
        for end in self._all():
            end.stop()

    def register(self, simulator: Simulator) -> None:
        """Answer four verbs, each with `id` (may be left out where there is one) and `action`; without one, how it is.

        smsc: a message centre: `hang` hears and answers nothing; `swallow` takes messages and does not say so;
            `drop-in-message` the same, and hangs up; `refuse` the next `times` messages with `status`;
            `refuse-login`; `slow`; `drop`; `stop`; `start`; `failed-delivery`; `no-delivery-report`; `garbage`;
            `deliver` a `text` by `from`; `mend`.
        sms-http: an HTTP gateway: `hang`, `swallow`, `slow`, `refuse` with HTTP `status`, `stop`, `start`, `mend`.
        mail: a mail server: `refuse`, `stop`, `mend`; and the mails it took, oldest first.
        webhook: like sms-http; and what it was sent, oldest first.
        """
        simulator.register("smsc", self._smsc)
        simulator.register("sms-http", lambda request: self._web(self.services, request))
        simulator.register("webhook", self._webhook)
        simulator.register("mail", self._mail)

    def _smsc(self, request: Request) -> Answer:
        centre, action = _named(self.centres, request), word(request, "action", "")
        if action == "refuse":
            centre.refuse_next(int(number(request, "status", THROTTLED, most=0xFFFFFFFF)), _times(request))
        elif action == "deliver":
            try:
                centre.deliver(self._network.written(word(request, "from"), word(request, "text")))
            except PduError as why:
                raise Refused("This message cannot be: {why}.", why=why) from why
        elif action:
            centre.act(action)
        return centre.state()

    def _web(self, ends: dict[str, WebEnd], request: Request) -> Answer:
        end, action = _named(ends, request), word(request, "action", "")
        if action == "refuse":
            end.refuse_next(int(number(request, "status", 500, least=300, most=599)), _times(request))
        elif action:
            end.act(action)
        return end.state()

    def _webhook(self, request: Request) -> Answer:
        state = self._web(self.hooks, request)
        return state | {"requests": [_shown(asked) for asked in _named(self.hooks, request).asked]}

    def _mail(self, request: Request) -> Answer:
        server, action = _named(self.mail, request), word(request, "action", "")
        if action:
            server.act(action)
        return server.state() | {"taken": list(server.mails)}


def _named(ends: dict[str, End], request: Request) -> End:
    only = next(iter(ends)) if len(ends) == 1 else None
    identity = word(request, "id", only)
    if identity not in ends:
        raise Refused("There is no {id} on this box. There are: {known}.", id=identity, known=", ".join(ends) or "–")
    return ends[identity]


def _times(request: Request) -> int:
    return int(number(request, "times", 1, least=1, most=1000))


def _shown(asked: Asked) -> dict[str, str]:
    return {"path": asked.path, "body": asked.body.decode("utf-8", "replace")}


def _known(place: str | None) -> str:
    try:
        return secret(place)
    except SecretMissing:
        return ""
