"""Who wants to know of a message that was left is told by short message."""

from __future__ import annotations

from appliance.foundation.bus import Bus
from appliance.foundation.config import parse
from appliance.left_messages import LeftMessageNotices
from appliance.plan import Plan
from pbx.ivr.events import MessageLeft
from pbx.sms.trouble import Unsendable
from tests.fakes.clock import START
from tests.support import now
from tests.test_sample_hospital import HOSPITAL

PLAN = parse((HOSPITAL / "plan.toml").read_text("utf-8"), Plan)
LEFT = MessageLeft(
    at=START, name="menus/a", call="c1", caller="8003", flow="main", node="complaint", seconds=12,
    tell=("emergency-team",),
)  # fmt: skip


class Outbox:
    """Takes messages, but to one number none."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused
        self.sent: list[tuple[str, str, str]] = []

    async def accept(self, to: str, text: str, about: str = "") -> str:
        if to == self.refused:
            raise Unsendable("{number} is no number", number=to)
        self.sent.append((to, text, about))
        return "m"


def test_each_member_of_the_group_is_told() -> None:
    """In the site's language, with what it was."""
    outbox, bus = Outbox(), Bus()
    LeftMessageNotices(bus, lambda: PLAN, outbox)
    bus.publish(LEFT)
    assert [to for to, _, _ in outbox.sent] == ["13800000091", "13800000092", "13800000093"]
    assert outbox.sent[0][1] == "医院总机：8003 于 09:00 留言 12 秒，请到管理页面收听。"
    assert outbox.sent[0][2] == "menu:c1"


def test_one_who_cannot_be_told_does_not_keep_the_others() -> None:
    """The rest still are."""
    outbox = Outbox(refused="13800000091")
    now(LeftMessageNotices(Bus(), lambda: PLAN, outbox).tell(LEFT))
    assert len(outbox.sent) == 2
