"""The panel over a house of cardboard, to look at: `python -m tests.web.demo --port 8123 --calls 3`.

Log in as nurse, cashier, manager, it, admin or board; the password is `lamp-and-bell`.
"""

from __future__ import annotations

import argparse
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from twisted.internet import reactor

from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.values import Money, new_id, yuan
from billing.margin import Earned, Key
from billing.tariff import Version
from billing.trial import Outcome, Part
from billing.views import AccountRow, BilledCall, LedgerLine
from nursecall.calls import Told
from nursecall.care_store import Look
from nursecall.troubles import Watched
from nursecall.views import PastCall
from pbx.ari.messages import Channel, Created, Destroyed
from pbx.regions.store import Imported
from pbx.schema import messages
from pbx.trunk_lines import LineCall
from tests.fakes.house import PBX, PLAN, SHANGHAI, CardboardHouse, a_patient, build
from tests.support import now
from tests.web import recorded, staffed
from web.live import Live
from web.rights import ROLES
from web.site import site
from web.tariffs import Ask, Attempt

NAMES = [
    "王秀英", "李建国", "张伟", "刘芳", "陈静", "杨洋", "赵敏", "黄志强", "周杰", "吴桂兰",
    "徐丽", "孙涛", "胡军", "朱红", "高峰", "林涛", "何平", "郭燕", "马超", "罗丹",
    "梁宇", "宋佳", "郑凯", "谢娜", "韩梅", "唐勇", "冯雪", "于洋", "董洁", "萧然",
    "程浩", "曹雪", "袁野", "邓超", "许晴", "傅明", "欧阳慧", "司马光",
]  # fmt: skip
SCENE: list[tuple[str, str, str, float, dict[str, Any]]] = [
    ("w1", "28", "call", 65, {"assigned": ("沈敏",)}),
    ("w1", "7", "wc", 34, {"presses": 3}),
    ("w1", "15", "call", 188, {"presses": 2, "state": "escalated", "escalations": 1, "next_step": "desk"}),
    ("w1", "3", "drip", 12, {}),
    ("w1", "33", "code", 9, {}),
    ("w1", "21", "call", 240, {"state": "acknowledged", "acknowledged_by": "陈护士", "spoken_with": "陈护士"}),
    ("w1", "加1", "call", 4, {"stored": False}),
    ("w1", "11", "service", 301, {}),
    ("w1", "9", "call", 41, {"state": "attended", "present": True}),
    ("w1", "line", "trouble", 95, {}),
    ("w1", "26", "plug-out", 130, {}),
    ("w1", "18", "assist", 6, {"trouble": True}),
    ("w1", "17", "drip", 77, {"presses": 2}),
    ("w1", "30", "call", 88, {}),
    ("w1", "2", "wc", 19, {}),
]


def furnish(cardboard: CardboardHouse, calls: int) -> None:
    """Patients, calls, money, past, health."""
    chance = random.Random(7)
    for index, bed in enumerate(bed for bed in PLAN.wards[0].beds if bed not in ("13", "36")):
        grade = chance.choices((0, 1, 2, 3), (1, 6, 20, 11))[0]
        born = date(chance.randint(1936, 1999), chance.randint(1, 12), 5)
        note = {"28": "青霉素过敏", "7": "防跌倒", "33": "心律失常监护"}.get(bed, "")
        name = NAMES[index % len(NAMES)]
        cardboard.patients.beds["w1", bed] = a_patient(
            name, grade, bed=bed, sex=chance.choice("MF"), born=born, note=note
        )
    moment = cardboard.clock.now()
    for ward, bed, kind, ago, facts in SCENE[:calls]:
        told = (Told(1, "sms", "沈敏", "13800000001", "delivered", moment),) if "escalations" in facts else ()
        due = moment + timedelta(seconds=160) if facts.get("next_step") else None
        cardboard.wards.press(ward, bed, kind, ago=ago, told=told, next_step_at=due, **facts)
    cardboard.wards.nurses = {("w1", "9"): moment, ("w1", "31"): moment}
    if calls > len(SCENE) // 2:
        line, beds = Watched("w1", None, "h1", False, moment), ("26", "27", "28")
        cardboard.wards.watched = [line, *(Watched("w1", bed, "h1", bed == "28" or None, moment) for bed in beds)]
        cardboard.wards.watched[1] = Watched("w1", "26", "h1", False, moment)
    if calls:
        cardboard.wards.press("w2", "12", "call", ago=51)
    _care(cardboard)
    _past(cardboard, chance)
    _money(cardboard)
    _tariffs(cardboard, chance)
    _talk(cardboard)
    _health(cardboard)
    _traffic(cardboard, chance)


def _care(cardboard: CardboardHouse) -> None:
    staffed.fill(cardboard)
    staffed.plan_month(cardboard)
    moment = cardboard.clock.now()
    staffed.share_all(cardboard, moment)
    care, nurse = cardboard.house.care, "沈敏"
    for bed, service, note in (("9", "chair", "去做 CT"), ("22", "water", "")):
        chosen = staffed.STAFFED.service(service)
        assert chosen is not None
        now(care.services.ask("w1", bed, chosen, note, nurse))
    care.reminders.add("w1", "5", "turn", "", moment - timedelta(minutes=4), 120, nurse)
    care.reminders.add("w1", "12", "infusion", "左手", moment + timedelta(minutes=40), None, nurse)
    hour_ago = moment - timedelta(minutes=70)
    care.rounding.bring_back(
        Look(new_id(), "w1", bed, cardboard.patients.beds["w1", bed].number, hour_ago, minutes, "tap")
        for bed in staffed.STAFFED.wards[0].beds
        if (minutes := _minutes(cardboard, bed)) is not None
    )
    now(care.handovers.note("w1", "33", "夜间心律失常两次，已报告何医生", nurse))


def _minutes(cardboard: CardboardHouse, bed: str) -> int | None:
    patient = cardboard.patients.beds.get(("w1", bed))
    return staffed.STAFFED.round_minutes("w1").get(patient.care_grade) if patient else None


def _past(cardboard: CardboardHouse, chance: random.Random) -> None:
    moment = cardboard.clock.now()
    for number in range(64):
        kind = PLAN.call_types[chance.choices((0, 1, 2, 3, 4), (1, 9, 40, 16, 6))[0]]
        bed = chance.choice([bed for ward, bed in cardboard.patients.beds if ward == "w1"])
        raised = moment - timedelta(minutes=chance.triangular(3, 900, 300))
        taken = raised + timedelta(seconds=chance.triangular(4, 60, 12))
        late = chance.random() < 0.06
        ended = taken + timedelta(seconds=chance.triangular(20, 400 if late else 170, 60))
        patient = cardboard.patients.beds["w1", bed]
        row = PastCall(
            id=f"p{number}", ward="w1", bed=bed, call_type=kind.id, priority=kind.priority, line="h1", state="ended",
            presses=chance.choice((1, 1, 1, 1, 2, 3)), escalations=int(late), raised_at=raised,
            acknowledged_at=taken if chance.random() < 0.8 else None, acknowledged_by="陈护士", ended_at=ended,
            patient=patient.name, care_grade=patient.care_grade,
        )  # fmt: skip
        cardboard.history.past.append(row)


def _traffic(cardboard: CardboardHouse, chance: random.Random) -> None:
    moment = cardboard.clock.now()
    outcomes = ("answered", "busy", "no-answer", "congestion", "silent")
    for _ in range(700):
        began = moment - timedelta(minutes=chance.triangular(3, 5000, 400))
        trunk = chance.choice(("telecom", "telecom", "unicom"))
        outcome = chance.choices(outcomes, (70, 8, 14, 5, 1))[0]
        answered = began + timedelta(seconds=9) if outcome == "answered" else None
        ended = began + timedelta(seconds=chance.triangular(20, 900, 90))
        cardboard.traffic.over(LineCall(trunk, chance.random() < 0.4, began, answered, ended, outcome))
        cardboard.traffic.begun(trunk, chance.randint(1, 9), began)
    lines = cardboard.exchange.trunks
    for number in range(4):
        lines.hear(Created(moment, Channel(f"t{number}", f"PJSIP/trunk-telecom-{number:08}", "Down", "carriers")))
    refused = Channel("t9", "PJSIP/trunk-unicom-00000009", "Down", "carriers")
    lines.hear(Created(moment, refused))
    lines.hear(Destroyed(moment, refused, 34, 503))


def _tariffs(cardboard: CardboardHouse, chance: random.Random) -> None:
    moment, day = cardboard.clock.now(), timedelta(days=1)
    begins = [moment - 400 * day, moment - 60 * day, moment + 20 * day]
    for name, first in (("retail", 1), ("telecom", 4)):
        for number, (begin, end) in enumerate(zip(begins, [*begins[1:], None], strict=True), first):
            version = Version(number, name, begin, end, begin - 3 * day, 23_841, "沈敏")
            cardboard.tariffs.known.append(version)
    first_day, last_day = date(2026, 2, 1), date(2026, 2, 28)
    parts = (
        Part("8613", "手机夜间", 812, 98_213, yuan(611), yuan("702.31")),
        Part("86571", "杭州", 1990, 301_221, yuan(402), yuan("380.5")),
        Part("4420", "London", 12, 2900, yuan(96), yuan(101)),
    )
    lost = Part("33142685300", "", 3, 412, yuan("12.5"), Money(0))
    whole = Part("", "", 2817, 402_746, yuan("1121.5"), yuan("1183.81"))
    outcome = Outcome("retail", 3, "charge", first_day, last_day, whole, parts, (lost,))
    asked = Ask("retail", 3, first_day, last_day, "manager", moment)
    cardboard.tariffs.attempts["t1"] = Attempt("t1", asked, outcome=outcome)
    cardboard.tariffs.attempts["t2"] = Attempt("t2", asked, 40_000, 120_000)
    cardboard.tariffs.table = Imported(moment - 9 * day, "it", 493_112)
    destinations = ("86571 杭州", "8613 手机夜间", "861 手机", "4420 London")
    for number in range(900):
        charge = chance.randint(1000, 30_000)
        keys: dict[Key, str] = {
            "destination": chance.choice(destinations), "trunk": chance.choice(("telecom", "unicom")),
            "group": PBX.extensions[0].name.en, "carrier": chance.choice(("中国移动 杭州", "中国联通 宁波", "")),
        }  # fmt: skip
        at = moment - timedelta(hours=chance.triangular(0, 700, 200))
        cost = Money(int(charge * chance.triangular(0.3, 1.2, 0.6)))
        cardboard.reports.earned.append(Earned(f"e{number}", "8613800138000", at, 91, Money(charge), cost, keys))


def _money(cardboard: CardboardHouse) -> None:
    moment, books = cardboard.clock.now(), cardboard.books
    for index, (holder, balance, state) in enumerate(
        [("王秀英", "86.4150", "open"), ("李建国", "12.00", "open"), ("Margaret O'Neill", "230.55", "open"),
         ("张伟", "0", "frozen"), ("欧阳慧", "5.2", "open"), ("赵敏", "0", "closed"), ("黄志强", "48", "open")]
    ):  # fmt: skip
        opened = moment - timedelta(days=20 - index, hours=index)
        reserved = yuan("1.5") if index == 0 else Money(0)
        books.rows.append(AccountRow(str(100001 + index), holder, "zh", yuan(balance), reserved, state, opened))
    books.lines += [
        LedgerLine(1, moment - timedelta(minutes=610), "deposit", yuan(100), yuan(100), "20260302-7ab1", "cashier", ""),
        LedgerLine(2, moment - timedelta(minutes=402), "charge", yuan("-3.585"), yuan("96.415"), "c71f", "box", ""),
        LedgerLine(3, moment - timedelta(minutes=90), "refund", yuan(-10), yuan("86.415"), "20260302-77c0", "cashier",
                   "多收退回"),
    ]  # fmt: skip
    books.calls.append(BilledCall("c71f", "100001", "8001", "8613800138000", "telecom", "settled", moment - timedelta(
        minutes=410), None, None, 472, yuan("3.585"), yuan("1.2"), "86138 · 0.45/min · 472 s"))  # fmt: skip
    books.calls.append(BilledCall("c720", "100001", "8001", "8657188886666", "telecom", "talking", moment - timedelta(
        minutes=2), None, None, None, None, None, None))  # fmt: skip


def _talk(cardboard: CardboardHouse) -> None:
    for number, (called, seconds) in enumerate((("13800138000", 95), ("8005", 31), ("057188886666", 254)), 1):
        recorded.talked(cardboard, f"{number:032x}", seconds, called=called, ago=timedelta(minutes=27 * number))
    now(cardboard.house.recordings.mark(f"{3:032x}", "manager", "投诉 17：家属反映收费"))
    now(cardboard.house.recordings.hear(f"{3:032x}", "manager"))


def _health(cardboard: CardboardHouse) -> None:
    moment, health = cardboard.clock.now(), cardboard.health
    early = moment - timedelta(days=3, hours=4)
    for part in ("line:h1", "exchange:asterisk", "trunk:telecom", "sms:sms1", "speech:worker", "storage:database"):
        health.say(early, part, State.UP)
    health.say(early, "storage:disk", State.UP, "{free} GB free.", free="412")
    health.say(moment - timedelta(minutes=6), "line:h2", State.DOWN, "Nothing was heard on this line for 30 s.")
    health.say(moment - timedelta(minutes=41), "trunk:unicom", State.DEGRADED, "The carrier answers slowly.")
    health.say(early, "speech:fallback", State.UP)
    rows = [("13800138000", "delivered", ""), ("13911112222", "sent", ""), ("13700001111", "waiting", ""),
            ("13655554444", "failed", "CMS ERROR 38: network out of order")]  # fmt: skip

    def write(connection: sa.Connection) -> None:
        for index, (to, state, why) in enumerate(rows):
            at = moment - timedelta(minutes=3 + index * 17)
            row = {"id": new_id(), "to": to, "text": "28床", "state": state, "accepted_at": at, "why": why}
            connection.execute(messages.insert().values(**row))

    now(cardboard.database.transact(write))


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--calls", type=int, default=3)
    parser.add_argument("--clips", type=Path, help="a directory with KEY.wav files to speak")
    chosen = parser.parse_args()
    loop: Any = reactor
    cardboard = build(ReactorClock(loop), staffed.STAFFED)
    cardboard.speech.directory = chosen.clips
    for role in ROLES:
        now(cardboard.house.users.add(role, role, "lamp-and-bell", shown=role.title(), must_change=False))
    furnish(cardboard, chosen.calls)
    now(cardboard.features.seats.take("8003", "8001"))
    live = Live(cardboard.database, cardboard.clock, cardboard.bus)
    cardboard.wards.changed = live.calls_changed

    def heard(event: HealthChanged) -> None:
        cardboard.health.known[event.part] = event
        live.health_changed()

    cardboard.bus.subscribe(HealthChanged, heard)
    staffed.wire(cardboard, live)
    live.start(staffed.STAFFED.wards, SHANGHAI)
    loop.listenTCP(chosen.port, site(cardboard.house, live, loop), interface="127.0.0.1")
    loop.addSystemEventTrigger("before", "shutdown", live.stop)
    loop.run()


if __name__ == "__main__":
    main()
