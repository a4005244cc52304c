"""A service request reaches whoever sees to it by short message, and an answer takes it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from appliance.answers import Answers
from appliance.errands import Errands
from nursecall.roster import Staff
from pbx.events import MessageReceived
from pbx.plan import PbxPlan
from pbx.sms.outbox import Outbox
from tests.appliance.test_answers import Phones
from tests.nursecall.a_staffed_ward import DAY, AStaffedWard
from tests.support import now

MEMBERS = [{"name": "老赵", "mobile": "13955550001"}, {"name": "小钱", "mobile": "13955550002"}]
GROUPS = [{"id": "porters", "name": {"zh": "运送组", "en": "Porters"}, "members": MEMBERS}]
PORTER = Staff("3001", "w1", "李师傅", "porter", "13900000031")


class Screens:
    """Remembers which wards are drawn anew."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.rosters: list[str] = []

    def calls_changed(self, ward: str) -> None:
        self.calls.append(ward)

    def roster_changed(self, ward: str) -> None:
        self.rosters.append(ward)


class Day(AStaffedWard):
    """With an outbox; a porter is on duty in w1."""

    def __init__(self) -> None:
        super().__init__()
        self.phones, self.outbox, self.screens = Phones(), Outbox(self.database, self.clock, self.bus), Screens()
        self.outbox.attach(self.phones)
        self.outbox.start()
        sections = PbxPlan.model_validate({"groups": GROUPS})
        plan: Any = SimpleNamespace(pbx=sections, nursecall=self.plan, site=SimpleNamespace(language="zh"))
        Answers(self.bus, lambda: plan, self.wards, self.outbox)
        Errands(self.bus, lambda: plan, self.care.services, self.roster, self.outbox, self.screens)
        self.employ(PORTER)
        now(self.roster.put("w1", DAY, "3001", "boss", on=True))

    def ask(self, service: str, ward: str, note: str = "") -> None:
        found = self.plan.service(service)
        assert found is not None
        now(self.care.services.ask(ward, "5", found, note, "沈敏"))

    def says(self, text: str, sender: str) -> list[str]:
        """What the sender is told."""
        self.phones.shown.clear()
        self.clock.advance(1)
        self.bus.publish(MessageReceived(at=self.clock.now(), sender=sender, text=text, gateway="sms1"))
        self.clock.advance(1)
        return [told for to, told in self.phones.shown if to.endswith(sender[-11:])]


@pytest.fixture
def day() -> Day:
    return Day()


def test_each_gets_one_message_in_the_wards_language(day: Day) -> None:
    """The porter on duty and a number; the group's members in a ward that speaks English."""
    day.ask("water", "w1", "温水")
    assert sorted(day.phones.shown) == [
        ("13900000031", "一病区 5床：送水。 温水"),
        ("13911112222", "一病区 5床：送水。 温水"),
    ]
    day.phones.shown.clear()
    day.ask("chair", "w2")
    assert sorted(day.phones.shown) == [
        ("13955550001", "Ward 2, bed 5: Wheelchair."),
        ("13955550002", "Ward 2, bed 5: Wheelchair."),
    ]


def test_the_answer_one_takes_it_under_the_own_name(day: Day) -> None:
    """Who answers later hears that it is seen to; so does who answers when it is done."""
    day.ask("water", "w1")
    assert day.says("1", "+8613900000031") == ["谢谢，此项由您负责。"]
    (one,) = day.care.services.open("w1")
    assert one.taken_by == "李师傅"
    assert day.says("1", "13911112222") == ["已有人处理，谢谢。"]
    now(day.care.services.done(one.id, "李师傅"))
    assert day.says("1", "13911112222") == ["已有人处理，谢谢。"]


def test_another_answer_is_nobodys_business(day: Day) -> None:
    """Neither two nor a word; a stranger's number is masked."""
    day.ask("water", "w1")
    assert day.says("2", "13900000031") == []
    assert day.says("你好", "13900000031") == []
    assert day.care.services.open("w1")[0].taken_by is None
    assert day.says("1", "13911112222") == ["谢谢，此项由您负责。"]
    assert day.care.services.open("w1")[0].taken_by == "139****2222"


def test_a_number_that_cannot_be_used_keeps_nobody_else_from_being_told(day: Day) -> None:
    """The others get theirs."""
    day.employ(Staff("3001", "w1", "李师傅", "porter", "1"))
    day.ask("water", "w1")
    assert [to for to, _ in day.phones.shown] == ["13911112222"]


def test_screens_hear_of_care_and_rosters(day: Day) -> None:
    """Each its ward."""
    day.screens.calls.clear()
    day.screens.rosters.clear()
    day.ask("water", "w1")
    assert day.screens.calls == ["w1"]
    now(day.roster.put("w1", DAY, "3001", "boss", on=False))
    assert day.screens.rosters == ["w1"]
