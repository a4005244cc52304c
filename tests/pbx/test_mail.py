"""Alarms by mail, to a mail server that other people wrote (aiosmtpd)."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from appliance.simulator.post_office import MailServer
from pbx.mail import MailCarrier
from pbx.notices import NotCarried, Notice
from pbx.plan_messages import Mail
from tests.fakes.clock import START
from tests.pbx.certificates import Certificates, make
from tests.pbx.sms.world import HurriedClock
from tests.ports import free_port
from tests.real_reactor import call, reactor, run

NOTICE = Notice("mail:it", "线路中断 · ward-a", "内科一病区的呼叫线路已中断两分钟。\n请检查。", "it@hospital.example",
                "f" * 32, START)  # fmt: skip
SECRET = "NIGHTBELL_TEST_SECRET"


class Taken:
    """What the server took. answer: instead of a yes to a mail."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.answer = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer:
            return self.answer
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@contextmanager
def serving(certificates: Certificates, taken: Taken, *, tls: bool = False) -> Iterator[int]:
    """A server with a log-in; under TLS from the start, or by STARTTLS. Its port."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"box", b"secret")
        return AuthResult(success=right, handled=False)

    context = certificates.server()
    # aiosmtpd looks whether it can reach itself; under another name than localhost its own check would fail.
    manner: dict[str, Any] = {"ssl_context": context} if tls else {"tls_context": context, "require_starttls": True}
    controller = Controller(
        taken, hostname="127.0.0.1", port=free_port(), authenticator=check, auth_required=True,
        auth_require_tls=not tls, **manner,
    )  # fmt: skip
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def carrier(port: int, health: list[HealthChanged], **more: Any) -> MailCarrier:
    """To `localhost`, with the log-in the server knows."""
    usual = {"host": "localhost", "user": "box", "password": f"env:{SECRET}", "timeout": 10}
    people = {"sender": "nightbell@hospital.example", "to": ("it@hospital.example",)}
    row = Mail.model_validate({"id": "it", "port": port, **usual, **people, **more})
    bus = Bus()
    bus.subscribe(HealthChanged, health.append)
    return MailCarrier(row, reactor, HurriedClock(reactor), bus)


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """Of this test; and the password in its place."""
    monkeypatch.setenv(SECRET, "secret")
    return make(tmp_path)


@pytest.mark.parametrize("tls", [False, True])
def test_a_mail_arrives_with_its_chinese(certificates: Certificates, tls: bool) -> None:
    """Over TLS, logged in; its Message-ID is the notice's, so that a second copy can be told."""
    taken, health = Taken(), list[HealthChanged]()
    with serving(certificates, taken, tls=tls) as port:
        way = carrier(port, health, security="tls" if tls else "starttls", ca_file=str(certificates.authority))
        run(way.carry(NOTICE))
    (mail,) = taken.mails
    assert (mail["To"], mail["Subject"]) == ("it@hospital.example", "线路中断 · ward-a")
    assert mail["Message-ID"] == f"<{'f' * 32}@hospital.example>"
    assert mail.get_content().splitlines() == NOTICE.body.splitlines()
    assert [(told.part, told.state) for told in health] == [("mail:it", State.STARTING), ("mail:it", State.UP)]


def test_a_sound_goes_along_and_one_that_is_gone_keeps_no_mail_back(certificates: Certificates, tmp_path: Path) -> None:
    """As an attachment that any mail program plays; the words alone once the message was deleted."""
    taken, sound = Taken(), tmp_path / "m.wav"
    sound.write_bytes(b"RIFF sound")
    notice = replace(NOTICE, attached=str(sound))
    with serving(certificates, taken) as port:
        way = carrier(port, [], ca_file=str(certificates.authority))
        run(way.carry(notice))
        sound.unlink()
        run(way.carry(notice))
    with_sound, without = taken.mails
    [attached] = with_sound.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("audio/wav", "message.wav")
    assert attached.get_content() == b"RIFF sound"
    assert without.get_content().splitlines() == NOTICE.body.splitlines()


def test_a_fax_goes_along_as_pdf(certificates: Certificates, tmp_path: Path) -> None:
    """Named and typed so that it opens by a click."""
    taken, fax = Taken(), tmp_path / "f.pdf"
    fax.write_bytes(b"%PDF-1.4 a fax")
    with serving(certificates, taken) as port:
        run(carrier(port, [], ca_file=str(certificates.authority)).carry(replace(NOTICE, attached=str(fax))))
    [attached] = taken.mails[0].iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("application/pdf", "fax.pdf")
    assert attached.get_content() == b"%PDF-1.4 a fax"


def test_a_server_whose_certificate_is_not_trusted_gets_nothing(certificates: Certificates) -> None:
    """Neither the mail nor the password."""
    taken, health = Taken(), list[HealthChanged]()
    with serving(certificates, taken) as port, pytest.raises(NotCarried):
        run(carrier(port, health).carry(NOTICE))
    assert taken.mails == []
    assert health[-1].state is State.DOWN


def test_a_server_without_tls_gets_nothing(certificates: Certificates) -> None:
    """Though it would take the mail."""
    clock, health = HurriedClock(reactor), list[HealthChanged]()
    server = MailServer("it", 0, reactor=reactor, clock=clock)
    call(server.start)
    try:
        with pytest.raises(NotCarried):
            run(carrier(server.port, health).carry(NOTICE))
    finally:
        call(server.stop)
    assert server.mails == []


def test_a_wrong_password_is_said_so(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is no reason to give up: it will be mended."""
    monkeypatch.setenv(SECRET, "wrong")
    health: list[HealthChanged] = []
    with serving(certificates, Taken()) as port, pytest.raises(NotCarried) as no:
        run(carrier(port, health, ca_file=str(certificates.authority)).carry(NOTICE))
    assert not no.value.hopeless
    assert "does not accept our log-in" in health[-1].detail


@pytest.mark.parametrize(("answer", "hopeless"), [("452 full", False), ("550 no such user", True)])
def test_a_refused_mail(certificates: Certificates, answer: str, hopeless: bool) -> None:
    """A passing refusal is tried again, a lasting one is not."""
    taken, health = Taken(), list[HealthChanged]()
    taken.answer = answer
    with serving(certificates, taken) as port, pytest.raises(NotCarried) as no:
        run(carrier(port, health, ca_file=str(certificates.authority)).carry(NOTICE))
    assert no.value.hopeless is hopeless
    assert str(no.value) == f"the mail server refused the mail ({answer[:3]})"


def test_nobody_there(certificates: Certificates) -> None:
    """In one sentence."""
    health: list[HealthChanged] = []
    with pytest.raises(NotCarried, match="the mail server cannot be reached"):
        run(carrier(free_port(), health).carry(NOTICE))


def test_the_simulated_server_takes_plain_mail_of_this_box() -> None:
    """For the demonstration: no TLS, on 127.0.0.1 only."""
    clock = HurriedClock(reactor)
    server = MailServer("it", 0, reactor=reactor, clock=clock)
    call(server.start)
    health: list[HealthChanged] = []
    try:
        plain = carrier(server.port, health, security="none", user="", password=None, host="127.0.0.1")
        run(plain.carry(NOTICE))
        server.refuses = True
        with pytest.raises(NotCarried):
            run(plain.carry(NOTICE))
    finally:
        call(server.stop)
    assert [(mail["to"], mail["subject"]) for mail in server.mails] == [("it@hospital.example", NOTICE.subject)]
    assert "请检查" in server.mails[0]["text"]
