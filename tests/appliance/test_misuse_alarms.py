"""What the guard finds, on its way to people: by a real line to each simulated far end, SMS, mail and webhook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from appliance.alarms import Alarms
from appliance.foundation.i18n import Text
from appliance.misuse_notices import MisuseNotices
from appliance.plan import Plan
from billing.accounts import Accounts
from billing.guard.guard import TollGuard
from billing.guard.ordinary import OrdinaryCalls
from billing.guard.plan import GuardPlan, Limit
from billing.plan import BillingPlan
from billing.refusal import Refusal
from billing.tariff import Tariffs
from pbx.events import MessageSent, NoticeSent
from tests.billing.exchange import FakeExchange
from tests.contracts.gateways import TOKEN
from tests.fakes.database import InlineDatabase
from tests.pbx.test_messages import World
from tests.real_reactor import call, run

MOBILE, ZONE = "13800138000", ZoneInfo("Asia/Shanghai")
RULES = GuardPlan(
    new_country="off", limits=(Limit(id="night", of="calls", per="extension", most=0, to=("33",), then="refuse"),)
)
FOUND = "分机 8001 同时有 1 路通话，上限 0 路。"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv(TOKEN, "secret")
    world = World(tmp_path)
    call(world.start)
    yield world
    call(world.stop)


def test_who_is_to_know_is_told_once_by_every_way(world: World) -> None:
    """A telephone calls France at night, twice: refused, and one short message, one mail and one webhook go out."""
    name = Text(zh="仁爱医院", en="Ren'ai")
    plan = SimpleNamespace(
        pbx=world.plan, billing=BillingPlan(alarm_to=(MOBILE,)), site=SimpleNamespace(language="zh", name=name)
    )
    database, clock, bus = InlineDatabase(), world.clock, world.bus
    call(lambda: Alarms(bus, lambda: cast(Plan, plan), world.messages.notices, clock))
    call(lambda: MisuseNotices(bus, lambda: cast(Plan, plan), world.messages.outbox))
    lines, accounts = FakeExchange(cast(Any, clock)), Accounts(database, plan.billing, clock, bus)
    guard = TollGuard(RULES, "CN", ZONE, database, accounts, lines, clock, bus)
    ordinary = OrdinaryCalls(guard, Tariffs(database, clock), "retail", 60, ZONE, database, lines, clock, bus)

    async def story() -> None:
        await world.is_up("sms:sms1")
        for one in ("c1", "c2"):
            with pytest.raises(Refusal):
                await ordinary.admit(one, "8001", "33142685300")
        await world.told(MessageSent)
        await world.told(NoticeSent, times=2)

    run(story(), timeout=90)
    [text] = world.texts
    [mail] = world.ends.mail["it"].mails
    [hook] = world.ends.hooks["desk"].asked
    assert (text.to, text.text) == (MOBILE, f"疑似外线盗打：{FOUND}已拒绝分机 8001 拨打 +33142685300。")
    assert mail["subject"] == f"[仁爱医院] {text.text}"
    told = json.loads(hook.body)
    assert (told["event"], told["rule"], told["extension"]) == ("misuse", "night", "8001")
