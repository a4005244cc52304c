"""Whom the plan names hears of locked PINs by short message; other systems by mail and webhook."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from appliance.demo import plan_text
from appliance.foundation.bus import Bus
from appliance.foundation.config import parse
from appliance.pin_alarms import PinAlarms, said
from appliance.plan import Plan
from billing.events import PinLocked
from pbx.ports import Outbox
from pbx.sms.trouble import Unsendable

LOCKED = PinLocked(
    at=datetime(2026, 3, 2, 9, tzinfo=UTC), what="account", number="104711",
    until=datetime(2026, 3, 2, 9, 30, tzinfo=UTC), by="8005",
)  # fmt: skip


class Mail:
    """Takes everything but what is sent to 000."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def accept(self, to: str, text: str, about: str = "", /) -> str:
        if to == "0000":
            raise Unsendable("no such number")
        self.sent.append((to, text, about))
        return "1"


def plan(*alarm_to: str) -> Plan:
    whole = parse(plan_text(0), Plan)
    return whole.model_copy(update={"billing": whole.billing.model_copy(update={"alarm_to": alarm_to})})


def test_everybody_is_told_once_in_the_sites_language() -> None:
    """One number that is no good does not keep the others."""
    mail, bus = Mail(), Bus()
    PinAlarms(bus, lambda: plan("0000", "13800000001", "13800000002"), cast(Outbox, mail))
    bus.publish(LOCKED)
    assert [to for to, _, _ in mail.sent] == ["13800000001", "13800000002"]
    assert {text for _, text, _ in mail.sent} == {"账户 104711 锁定至 03-02 17:30：密码多次错误，最后一次在分机 8005。"}
    assert {about for _, _, about in mail.sent} == {"pins:account:104711"}


def test_a_plan_without_anybody_tells_nobody() -> None:
    """It is on the status page all the same."""
    mail, bus = Mail(), Bus()
    PinAlarms(bus, lambda: plan(), cast(Outbox, mail))
    bus.publish(LOCKED)
    assert mail.sent == []


def test_an_extension_is_named_as_such() -> None:
    """In English too."""
    locked = PinLocked(at=LOCKED.at, what="extension", number="8005", until=LOCKED.until, by="8005")
    assert said(locked, plan(), "en") == (
        "Extension 8005 cannot use 600 until 03-02 17:30: wrong PINs were keyed there."
    )
