"""Alarms by e-mail and webhook: what lasts, what is over, and what is nobody's business."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from appliance.alarms import Alarms
from appliance.foundation.bus import Bus
from appliance.foundation.config import parse
from appliance.foundation.health import HealthChanged, State
from appliance.plan import Plan
from nursecall.events import CallEscalated
from pbx.calls.events import EmergencyDialled
from pbx.events import MessageFailed
from pbx.guard.events import AddressBanned
from pbx.notices import Notice
from tests.fakes.clock import FakeClock

SAMPLE = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")
ROWS = """
[[pbx.mail]]
id = "it"
host = "127.0.0.1"
security = "none"
sender = "box@hospital.example"
to = ["it@hospital.example", "night@hospital.example"]
on = ["trouble"]
language = "en"

[[pbx.webhooks]]
id = "desk"
url = "http://127.0.0.1:9/alarms"
"""


class House:
    """The sample hospital, with one mail server and one webhook."""

    def __init__(self) -> None:
        plan = parse(SAMPLE + ROWS, Plan)
        self.clock, self.bus = FakeClock(), Bus()
        self.notices: list[Notice] = []
        self.alarms = Alarms(self.bus, lambda: plan, self, self.clock)

    async def accept(self, letters: Sequence[Notice]) -> None:
        self.notices += letters

    def health(self, state: State, part: str = "sms:sms1", detail: str = "the modem does not answer") -> None:
        """What a part says."""
        self.bus.publish(HealthChanged(at=self.clock.now(), part=part, state=state, detail=detail))

    def hooks(self) -> list[dict[str, object]]:
        """What the webhook is told."""
        return [json.loads(notice.body) for notice in self.notices if notice.channel == "webhook:desk"]

    def mails(self) -> list[tuple[str, str]]:
        """To whom, and the subject."""
        return [(notice.to, notice.subject) for notice in self.notices if notice.channel == "mail:it"]


def test_trouble_that_lasts_is_told_and_so_is_its_end() -> None:
    """After two minutes, once, to each recipient in their language; and when the part is well again."""
    house = House()
    house.health(State.DOWN)
    house.clock.advance(119)
    assert house.notices == []
    house.health(State.DOWN, detail="the modem was unplugged")
    house.clock.advance(1)
    subject = "[Zhijiang Sample Hospital] sms:sms1 is down: the modem was unplugged"
    assert house.mails() == [("it@hospital.example", subject), ("night@hospital.example", subject)]
    (told,) = house.hooks()
    assert (told["event"], told["part"]) == ("trouble", "sms:sms1")
    assert told["text"] == {"zh": "sms:sms1 故障：短信模块被拔出", "en": "sms:sms1 is down: the modem was unplugged"}
    house.health(State.DOWN)
    house.clock.advance(600)
    house.health(State.UP)
    assert [told["event"] for told in house.hooks()] == ["trouble", "recovered"]
    assert len({notice.id for notice in house.notices}) == len(house.notices)


def test_a_moment_of_trouble_is_nobodys_business() -> None:
    """Back before the time is over; each part by itself."""
    house = House()
    house.health(State.DOWN)
    house.clock.advance(60)
    house.health(State.DOWN, "line:ward-a")
    house.health(State.UP)
    house.clock.advance(60)
    assert house.notices == []
    house.clock.advance(60)
    assert [told["part"] for told in house.hooks()] == ["line:ward-a"]


def test_a_call_nobody_came_to_is_told_at_the_last_step() -> None:
    """Not before; without a patient's name; only to those who asked for it."""
    house = House()
    for index in (1, 2):
        house.bus.publish(
            CallEscalated(
                at=house.clock.now(),
                call="c",
                ward="ward-a",
                bed="28",
                call_type="call",
                step=index,
                serial=index,
                tree="usual",
                index=index,
                attempt=1,
                by="sms",
                to=(),
            )
        )
    (told,) = house.hooks()
    assert told["event"] == "escalated"
    assert told["text"] == {
        "zh": "内科一病区 28 床 呼叫：已通知所有人员，仍无人前往。",
        "en": "Medical ward 1, bed 28: Call. Nobody came, though everybody was told.",
    }
    assert house.mails() == []


def test_a_message_that_was_given_up_is_told_with_its_number_masked() -> None:
    """One of a broadcast is shown in its own list."""
    house = House()
    for about in ("c", "broadcast:b"):
        house.bus.publish(
            MessageFailed(
                at=house.clock.now(), message="m", to="13800138000", about=about, why="the number does not exist"
            )
        )
    (told,) = house.hooks()
    assert told["about"] == "c"
    assert "138****8000" in str(told["text"])


def test_an_attack_is_told_with_address_and_time() -> None:
    """By the site's clock, in both languages; the mail server's row does not ask for it."""
    house = House()
    now = house.clock.now()
    house.bus.publish(
        AddressBanned(
            at=now, address="203.0.113.9", until=now + timedelta(minutes=10), failures=20, times=1, names=("8001",)
        )
    )
    [told] = house.hooks()
    assert (told["event"], told["address"]) == ("attack", "203.0.113.9")
    assert told["text"] == {
        "zh": "203.0.113.9 多次尝试话机密码（失败 20 次）：拒绝其接入至 03-02 09:10。",
        "en": "203.0.113.9 tried secrets of telephones (20 failures): it is refused until 03-02 09:10.",
    }
    assert house.mails() == []


def test_who_dials_an_emergency_number_is_told() -> None:
    """Which extension, which number, when: a webhook rings the porter, say."""
    house = House()
    at = house.clock.now()
    house.bus.publish(EmergencyDialled(at=at, call="c1", extension="8001", number="120"))
    [told] = house.hooks()
    assert (told["event"], told["extension"], told["number"], told["call"]) == ("emergency", "8001", "120", "c1")
    assert "Extension 8001 called the emergency number 120" in str(told["text"])
