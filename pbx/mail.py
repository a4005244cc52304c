"""A mail server that carries alarms. Certificates are checked; a password never goes in the clear."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.mail import smtp as twisted_smtp

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.health import State
from appliance.foundation.secret import SecretMissing, secret
from pbx import plan_messages as plans
from pbx.notices import NotCarried, Notice
from pbx.sms.pulse import Pulse
from pbx.tls import NoTrust, client_tls

NOT_REACHED = "the mail server cannot be reached"
REFUSED = "the mail server refused the mail"

smtp: Any = twisted_smtp
"""Twisted's, which has no types here."""


_LOG_IN = (
    smtp.AUTHDeclinedError,
    smtp.AUTHRequiredError,
    smtp.AuthenticationError,
    smtp.TLSError,
    smtp.TLSRequiredError,
)


class MailCarrier:
    """Satisfies notices.Carrier. Publishes HealthChanged for `mail:<id>`."""

    log = Logger()

    def __init__(self, plan: plans.Mail, reactor: ReactorBase, clock: Clock, bus: Bus) -> None:
        self.channel = f"mail:{plan.id}"
        self._plan = plan
        self._reactor: Any = reactor
        self._clock = clock
        self._pulse = Pulse(self.channel, clock, bus)
        self._pulse.tell(State.STARTING, "nothing was sent yet")

    async def carry(self, notice: Notice) -> None:
        """Hand it to the server. Raises NotCarried."""
        try:
            await self._bring(notice)
        except (SecretMissing, NoTrust) as why:
            raise self._down(f"the plan's settings cannot be used ({why})") from why
        except smtp.SMTPConnectError as why:
            self.log.info("{channel} is not reached: {why}", channel=self.channel, why=why)
            raise self._down(NOT_REACHED) from why
        except smtp.SMTPClientError as why:
            code = int(why.code)
            if code <= 0:
                raise self._down(NOT_REACHED) from why
            if isinstance(why, _LOG_IN):
                raise self._down(f"the mail server does not accept our log-in ({code})") from why
            self._pulse.tell(State.DEGRADED, f"{REFUSED} ({code})")
            raise NotCarried(f"{REFUSED} ({code})", hopeless=code in (550, 551, 553)) from why
        self._pulse.tell(State.UP, "sending")

    def _down(self, words: str) -> NotCarried:
        self._pulse.tell(State.DOWN, words)
        return NotCarried(words)

    async def _bring(self, notice: Notice) -> None:
        plan, secure = self._plan, self._plan.security
        tls = client_tls(plan.host, plan.ca_file) if secure != "none" else None
        password = secret(plan.password)
        brought: Deferred[object] = Deferred(lambda _: self._let_go(factory, connector))
        factory = smtp.ESMTPSenderFactory(
            plan.user.encode() or None, password.encode() or None, plan.sender, [notice.to],
            BytesIO(self._written(notice)), brought,
            retries=0, timeout=plan.timeout, contextFactory=tls, heloFallback=secure != "starttls",
            requireAuthentication=bool(plan.user), requireTransportSecurity=secure == "starttls",
        )  # fmt: skip
        factory.noisy = False
        if secure == "tls":
            connector = self._reactor.connectSSL(plan.host, plan.port, factory, tls, timeout=plan.timeout)
        else:
            connector = self._reactor.connectTCP(plan.host, plan.port, factory, timeout=plan.timeout)
        # Its own time-out starts anew with each command.
        timer = self._clock.later(timedelta(seconds=2 * plan.timeout), brought.cancel)
        try:
            await brought
        except CancelledError as why:
            if timer.active():
                raise
            raise smtp.SMTPConnectError(-1, "no answer in time") from why
        finally:
            if timer.active():
                timer.cancel()

    @staticmethod
    def _let_go(factory: Any, connector: Any) -> None:
        factory.sendFinished = True
        connector.disconnect()

    def _written(self, notice: Notice) -> bytes:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._plan.sender, notice.to, _one_line(notice.subject)
        mail["Date"] = format_datetime(notice.accepted_at or self._clock.now())
        # The same at each try, so that a mail that came twice can be told.
        mail["Message-ID"] = f"<{notice.id}@{self._plan.sender.partition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(notice.body, cte="base64")
        if notice.attached:
            self._attach(mail, Path(notice.attached), notice.named)
        return mail.as_bytes()

    def _attach(self, mail: EmailMessage, file: Path, named: str) -> None:
        try:
            content = file.read_bytes()
        except OSError as why:
            # It was deleted, or heard and deleted, before the mail could go: the words go alone.
            self.log.info("a mail goes without its file: {why}", why=why.strerror)
        else:
            main, sub, name = _KINDS[file.suffix]
            mail.add_attachment(content, maintype=main, subtype=sub, filename=named or name)


_KINDS = {
    ".wav": ("audio", "wav", "message.wav"),
    ".pdf": ("application", "pdf", "fax.pdf"),
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet", "report.xlsx"),
}
"""How a file's name ends → its type, and what it is called."""


def _one_line(text: str) -> str:
    return " ".join(text.split())
