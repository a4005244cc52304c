"""Sections of the plan as forms, over HTTP: lists, order, checks beside their fields, keeping, undoing."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any, cast

import pytest
from twisted.internet.task import Clock

from appliance import revisions
from appliance.foundation.config import parse
from appliance.foundation.journal import entries
from appliance.foundation.toml_tree import tree
from appliance.kept_secrets import KeptSecrets
from appliance.plan import Plan
from pbx.spans import each
from tests.test_sample_hospital import HOSPITAL
from tests.web.browser import Browser, Hospital, Reply, hospital
from web.forms.layout import Layout
from web.layouts import EVERY
from web.live import Live
from web.site import site

TEXT = (HOSPITAL / "plan.toml").read_text("utf-8")
TRUNK = {
    "kind": "sip", "name": {"zh": "备用", "en": "Spare"}, "id": "spare", "tariff": "cost-telecom", "channels": "10",
    "host": "10.20.0.5", "port": "5060", "hosts": "10.20.0.6, 10.20.0.7:5070", "transport": "udp", "registered": False,
    "user": "", "password": "", "format": "national", "caller_id": "057188880001",
}  # fmt: skip
"""As the form's script sends it."""


@dataclass
class Desk:
    """The sample hospital's plan as revision 1, and a browser of hospital IT."""

    house: Hospital
    browser: Browser
    secrets: Path

    def post(self, path: str, doc: object, base: int = 1, **more: object) -> dict[str, Any]:
        """What a form's script is answered."""
        reply = self.send(path, doc, base, **more)
        assert reply.status == 200, reply.text
        answer: dict[str, Any] = json.loads(reply.text)
        return answer

    def send(self, path: str, doc: object, base: int = 1, **more: object) -> Reply:
        """The same, whatever the answer."""
        body = {"doc": doc, "base": base, **more}
        return self.browser.post(f"/exchange/edit/{path}", by_script=True, body=body)

    def text(self, number: int) -> str:
        """A revision as it is written."""
        with self.house.cardboard.database.engine.begin() as connection:
            return revisions.find(connection, number).text

    def plan(self, number: int) -> Plan:
        """A revision."""
        return parse(self.text(number), Plan)

    def active(self) -> int:
        """Which is in force."""
        with self.house.cardboard.database.engine.begin() as connection:
            found = revisions.active(connection)
        assert found is not None
        return found.id

    def journal(self) -> list[str]:
        """What is on record, by kind, by whom, and with which note."""
        with self.house.cardboard.database.engine.begin() as connection:
            lines = [(entry.kind, entry.body) for entry in entries(connection)]
        return [f"{kind} {body['by']} {body.get('note', '')}".strip() for kind, body in lines if "Plan" in kind]


def furnished(tmp_path: Path) -> Desk:
    """With secrets in a directory of their own."""
    house = hospital()
    cardboard = house.cardboard
    with cardboard.database.engine.begin() as connection:
        revisions.keep(connection, TEXT, by="demo", note="sample", at=cardboard.clock.now())
        revisions.activate(connection, 1, by="demo", at=cardboard.clock.now())
    cardboard.house = replace(cardboard.house, secrets=KeptSecrets(tmp_path / "secrets"))
    live = Live(cardboard.database, cardboard.clock, cardboard.bus)
    house = Hospital(cardboard, live, site(cardboard.house, live, cast(Any, Clock())))
    return Desk(house, house.browser("it"), tmp_path / "secrets")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return furnished(tmp_path)


def test_the_list_shows_what_the_plan_has(desk: Desk) -> None:
    """With a way to each; who may not edit the plan does not see it."""
    page = desk.browser.get("/exchange/edit/trunks").text
    assert re.findall(r'href="/exchange/edit/trunks/(\d)">([^<]+)</a>', page)[0] == ("0", "China Telecom")
    assert desk.house.browser("manager").get("/exchange/edit/trunks").status == 403
    assert desk.house.browser("manager").get("/exchange/edit/trunks/0").status == 403
    assert desk.browser.get("/exchange/edit/nothing").status == 404
    assert desk.browser.get("/exchange/edit/trunks/9").status == 404


def test_a_trunk_is_added_and_nothing_else_of_the_file_changes(desk: Desk) -> None:
    """Only what was typed is written; defaults are left out."""
    assert desk.post("trunks/new/check", TRUNK)["faults"] == []
    assert desk.post("trunks/new/save", TRUNK)["number"] == 2
    assert desk.active() == 1
    added = desk.text(2).replace(TEXT, "")
    before, _, after = desk.text(2).partition('\n[[pbx.trunks]]\nid = "spare"')
    assert TEXT.startswith(before), added
    made = desk.plan(2).pbx.trunks[3]
    assert made.model_dump(exclude_defaults=True, mode="json") == {
        "id": "spare", "name": {"zh": "备用", "en": "Spare"}, "tariff": "cost-telecom", "channels": 10,
        "host": "10.20.0.5", "hosts": ["10.20.0.6", "10.20.0.7:5070"], "caller_id": "057188880001",
    }  # fmt: skip
    assert "transport" not in after.partition("\n\n")[0]


def test_saying_the_same_again_changes_nothing(desk: Desk) -> None:
    """A form that is kept as it was opened leaves the file as it is."""
    page = desk.browser.get("/exchange/edit/trunks/0").text
    assert 'value="127.0.0.1"' in page
    told = desk.post("trunks/0/check", form_of(page))
    assert told == {"faults": [], "diff": []}


def form_of(page: str) -> dict[str, Any]:
    """What the script reads of a page without rows: enough for trunks."""
    found: dict[str, Any] = {}
    for name, kind, body in re.findall(
        r'<div class="section-field [^"]*" data-field="(\w+)" data-kind="(\w+)"[^>]*>(.*?)<p class="complaint"',
        page,
        re.DOTALL,
    ):
        values = [unescape(one) for one in re.findall(r'<input[^>]* value="([^"]*)"', body)]
        match kind:
            case "text":
                found[name] = dict(zip(("zh", "en"), values, strict=True))
            case "flag":
                found[name] = " checked" in body
            case "ticks":
                found[name] = re.findall(r'value="(\w+)" checked', body)
            case "choice":
                found[name] = "".join(re.findall(r'value="([^"]*)" selected', body))
            case "secret":
                found[name] = ""
            case _:
                found[name] = "".join(values)
    return found


def test_each_complaint_stands_beside_its_field_in_the_users_language(desk: Desk) -> None:
    """In the words of a form, not of a file."""
    wrong = {**TRUNK, "host": "", "hosts": "ok.example, no_host!", "channels": "many", "id": "telecom"}
    faults = {one["at"]: one["text"] for one in desk.post("trunks/new/check", wrong)["faults"]}
    assert faults["host"] == "This is needed."
    assert faults["hosts[1]"] == "That is no host name or IP address."
    assert faults["channels"] == "A whole number is needed."
    desk.browser = desk.house.browser("it", language="zh")
    faults = {one["at"]: one["text"] for one in desk.post("trunks/new/check", {**TRUNK, "id": "telecom"})["faults"]}
    assert list(faults) == ["id"]
    assert "telecom" in faults["id"]
    assert re.search("[\u4e00-\u9fff]", faults["id"])


def test_what_is_refused_is_not_kept(desk: Desk) -> None:
    """Nor is a password that came with it."""
    wrong = {**TRUNK, "host": "", "user": "u", "password": "hunter2"}
    answer = desk.post("trunks/new/save", wrong)
    assert [one["at"] for one in answer["faults"]] == ["host"]
    assert not desk.secrets.exists()
    with pytest.raises(LookupError):
        desk.text(2)


def test_a_password_goes_into_a_file_and_is_never_shown(desk: Desk) -> None:
    """The plan names its place; leaving the field empty leaves it; another password is another file."""
    login = {**TRUNK, "user": "u1", "password": "hunter2", "registered": True, "expiry": "3600"}
    desk.post("trunks/new/save", login)
    place = desk.plan(2).pbx.trunks[3].password  # type: ignore[union-attr]
    file = Path(str(place).removeprefix("file:"))
    assert file.read_text() == "hunter2\n"
    assert file.stat().st_mode & 0o777 == 0o600
    page = desk.browser.get("/exchange/edit/trunks/3").text
    assert "hunter2" not in page
    assert str(file) not in page
    assert "hunter2" not in desk.text(2)
    assert desk.post("trunks/3/check", {**login, "password": ""}, 2) == {"faults": [], "diff": []}
    desk.post("trunks/3/save", {**login, "password": "other"}, 2)
    assert desk.plan(3).pbx.trunks[3].password not in (None, place)  # type: ignore[union-attr]
    assert file.read_text() == "hunter2\n"
    assert all("hunter2" not in str(one) and "other" not in str(one) for one in desk.journal())
    assert "kept; type another" not in desk.browser.get("/exchange/edit/trunks/new?copy=3").text


def test_another_kind_has_other_fields(desk: Desk) -> None:
    """What is typed stays where both have it; what the new kind has not, goes."""
    reply = desk.send("trunks/0/draw", {**TRUNK, "kind": "pri", "spans": "1 2"})
    assert reply.status == 200
    assert 'data-field="spans"' in reply.text
    assert 'data-field="host"' not in reply.text
    assert 'value="备用"' in reply.text
    card = {key: TRUNK[key] for key in ("name", "id", "tariff", "format", "caller_id")}
    desk.post("trunks/1/save", {**card, "id": "unicom", "kind": "pri", "spans": "1 2", "channels": "", "crc4": True,
                                "clock": True, "side": "user"})  # fmt: skip
    made = desk.plan(2).pbx.trunks[1]
    assert (made.kind, made.channels) == ("pri", 60)
    assert "5082" not in desk.text(2)


def test_keeping_and_putting_in_force_and_taking_back(desk: Desk) -> None:
    """Each on record with who did it; the one before is one button away."""
    answer = desk.post("trunks/new/save", TRUNK, live=True)
    assert answer == {"number": 2, "to": "/exchange/edit/trunks"}
    assert desk.active() == 2
    page = desk.browser.get("/exchange/edit/trunks").text
    assert "Revision 2 is in force." in page
    assert 'action="/exchange/edit/trunks/activate/1"' in page
    assert desk.browser.post("/exchange/edit/trunks/activate/1").status == 303
    assert desk.active() == 1
    assert desk.journal()[-3:] == [
        "appliance.PlanRevised it trunks spare", "appliance.PlanActivated it", "appliance.PlanActivated it",
    ]  # fmt: skip


def test_removing_what_others_name_is_refused_with_where(desk: Desk) -> None:
    """Nothing is kept; what nobody names goes."""
    reply = desk.browser.post("/exchange/edit/trunks/2/remove", {"base": "1"})
    assert reply.status == 422
    assert "Routes › Mobiles of China Mobile › These trunks: there is no trunk" in reply.text
    desk.post("trunks/new/save", TRUNK)
    assert desk.browser.post("/exchange/edit/trunks/3/remove", {"base": "2"}).status == 303
    assert desk.text(3) == TEXT


def test_two_who_edit_at_once_do_not_overwrite_each_other(desk: Desk) -> None:
    """The second is told which revision came first."""
    desk.post("trunks/new/save", TRUNK)
    reply = desk.send("trunks/new/save", {**TRUNK, "id": "other"}, 1)
    assert reply.status == 409
    assert "revision 2" in reply.text


def test_an_order_is_kept(desk: Desk) -> None:
    """As its script sends it; what is no order is refused."""
    body = {"order": [2, 0, 1], "base": 1}
    reply = desk.browser.post("/exchange/edit/trunks/order", by_script=True, body=body)
    assert reply.status == 200, reply.text
    assert [trunk.id for trunk in desk.plan(2).pbx.trunks] == ["mobile", "telecom", "unicom"]
    wrong = desk.browser.post("/exchange/edit/trunks/order", by_script=True, body={"order": [0, 0], "base": 2})
    assert wrong.status == 400


def test_a_form_wants_its_token(desk: Desk) -> None:
    """No other site can post."""
    assert desk.browser.post("/exchange/edit/trunks/2/remove", {"base": "1"}, csrf="x").status == 403
    assert desk.send("trunks/new/save", "nonsense").status == 400


ROUTE = {
    "name": {"zh": "全部走电信", "en": "All by Telecom"}, "to": [], "carriers": [], "prefixes": "", "schedule": "",
    "trunks": ["telecom"], "order": "listed", "code": "", "shown": "", "last": True,
}  # fmt: skip


def test_a_route_is_tried_before_it_counts(desk: Desk) -> None:
    """The simulator says what becomes of a call now, and what would; nothing is kept."""
    body = {"doc": ROUTE, "base": 1, "extension": "8081", "number": "13900001234"}
    desk.house.cardboard.dialling.plan = desk.plan(1).pbx
    desk.house.cardboard.dialling.healthy = ["telecom", "unicom", "mobile"]
    reply = desk.browser.post("/exchange/edit/routes/0/try", by_script=True, body=body)
    assert reply.status == 200, reply.text
    assert "This call would become another." in reply.text
    now, _, then = reply.text.partition("As it would be")
    assert re.findall(r"<b>\d\.</b> ([^<]+)<", now) == ["China Mobile", "China Telecom", "China Unicom"]
    assert re.findall(r"<b>\d\.</b> ([^<]+)<", then) == ["China Telecom"]
    same = {**body, "number": "110"}
    assert "Nothing would change" in desk.browser.post("/exchange/edit/routes/0/try", by_script=True, body=same).text
    wrong = {**body, "doc": {**ROUTE, "trunks": ["nobody"]}}
    assert desk.browser.post("/exchange/edit/routes/0/try", by_script=True, body=wrong).status == 422
    with pytest.raises(LookupError):
        desk.text(2)


def test_a_kept_revision_is_tried_on_the_simulators_own_page(desk: Desk) -> None:
    """Beside what is in force."""
    desk.house.cardboard.dialling.plan = desk.plan(1).pbx
    desk.post("routes/0/save", ROUTE)
    page = desk.browser.post("/exchange/dialling", {"extension": "8081", "number": "13900001234"}).text
    assert "With revision 2" in page
    assert "This call would become another." in page


def test_some_extensions_get_a_class_and_their_run_is_parted(desk: Desk) -> None:
    """By a list, as people write it; who is no extension is refused."""
    form = {"base": "1", "numbers": "8002-8003，8005", "rights": "ward"}
    assert desk.browser.post("/exchange/edit/extensions/rights", form).status == 303
    plan = desk.plan(2).pbx
    groups = {number: plan.group(number) for number in each("8001-8006")}
    ward = [number for number, group in groups.items() if group and group.rights == "ward"]
    assert ward == ["8001", "8002", "8003", "8005"]
    assert plan.numbers() == desk.plan(1).pbx.numbers()
    wrong = desk.browser.post("/exchange/edit/extensions/rights", {**form, "base": "2", "numbers": "7999"})
    assert wrong.status == 422
    assert "7999" in wrong.text


def test_extensions_are_renumbered_everywhere(desk: Desk) -> None:
    """In one revision; a number that is taken is refused with where."""
    form = {"base": "1", "numbers": "8001", "first": "8501"}
    assert desk.browser.post("/exchange/edit/extensions/renumber", form).status == 303
    assert desk.plan(2).nursecall.wards[0].desk == "8501"
    assert "8501" in desk.plan(2).pbx.schedules[1].switch_from
    again = {"base": "2", "numbers": "8002", "first": "8003"}
    taken = desk.browser.post("/exchange/edit/extensions/renumber", again)
    assert taken.status == 422
    assert "Runs of extensions ›" in taken.text


def test_each_page_opens_and_keeps_what_it_shows(desk: Desk) -> None:
    """Every layout's list and every form, in both languages."""
    for language in ("en", "zh"):
        browser = desk.house.browser("it", language=language)
        for layout in EVERY:
            assert browser.get(layout.where).status == 200, layout.name
            if layout.is_list:
                assert browser.get(f"{layout.where}/new").status == 200, layout.name
                for index in range(len(rows(desk, layout))):
                    assert browser.get(f"{layout.where}/{index}").status == 200, (layout.name, index)


def rows(desk: Desk, layout: Layout) -> list[Any]:
    """What the plan has of it."""
    found: Any = tree(desk.text(1))
    for step in layout.path:
        found = found.get(step, {})
    return list(found)


def test_what_is_elsewhere_is_said_where_people_find_it(desk: Desk) -> None:
    """By the page that edits it."""
    desk.browser = desk.house.browser("it", language="zh")
    reply = desk.browser.post("/exchange/edit/trunks/2/remove", {"base": "1"})
    assert "路由 › 移动号码走移动 › 这些中继" in reply.text


def test_numbers_and_codes_keep_to_their_own_keys(desk: Desk) -> None:
    """The page shows a few keys of the exchange's plan; all others stay."""
    doc = {
        "emergency": "110, 119, 120, 122, 999", "outgoing.access": "0", "outgoing.always_access": True,
        "outgoing.codes": "17909", "outgoing.hide_code": "", "outgoing.show_code": "*82",
        "outgoing.barred": [{"@was": 0, "prefix": "882", "why": {"zh": "国际网络号段", "en": "networks"}}],
    }  # fmt: skip
    assert desk.post("numbers/only/save", doc)["number"] == 2
    before, after = desk.plan(1), desk.plan(2)
    assert after.pbx.emergency[-1] == "999"
    assert (after.pbx.outgoing.access, after.pbx.outgoing.hide_code) == ("0", "")
    assert after.pbx.outgoing.barred[0].why.en == "networks"
    assert after.pbx.outgoing.classes == before.pbx.outgoing.classes
    assert "# may be dialled for an outside line; need not" in desk.text(2)
    faults = desk.post("numbers/only/check", {**doc, "emergency": "1", "outgoing.barred": [{"prefix": "x"}]}, 2)[
        "faults"
    ]
    assert {one["at"] for one in faults} == {"outgoing.barred[0].prefix", "outgoing.barred[0].why"}


GATEWAY = {
    "id": "cloud", "method": "POST", "url": "https://sms.example/api/send",
    "headers": [["Content-Type", "application/json"], ["Authorization", "Bearer {{ secrets.key }}"]],
    "body": '{"mobile": {{ to|tojson }},\n "content": {{ text|tojson }}}', "secrets": [["key", "hunter2", ""]],
    "success_status": "200", "inbound.token": "", "inbound.sender": "from",
}  # fmt: skip


def test_a_gateway_over_http_keeps_its_secrets_in_files(desk: Desk) -> None:
    """By names that its templates know; a template without one is complained of beside the field."""
    assert desk.post("http-sms/new/save", GATEWAY)["number"] == 2
    made = desk.plan(2).pbx.http_sms[0]
    place = made.secrets["key"]
    assert Path(place.removeprefix("file:")).read_text() == "hunter2\n"
    assert (made.body, made.inbound) == (GATEWAY["body"], None)
    page = desk.browser.get("/exchange/edit/http-sms/0").text
    assert "hunter2" not in page
    assert place not in page
    kept = {**GATEWAY, "secrets": [["key", "", "key"]]}
    assert desk.post("http-sms/0/check", kept, 2) == {"faults": [], "diff": []}
    faults = desk.post("http-sms/0/check", {**kept, "secrets": []}, 2)["faults"]
    assert [one["at"] for one in faults] == ["headers.Authorization"]
    assert place not in desk.browser.get("/exchange/edit/http-sms/new?copy=0").text


def test_a_section_that_is_not_there_is_not_made_by_looking(desk: Desk) -> None:
    """The sample hospital has no rule of its own against attackers; one key makes the section."""
    doc = {"failures": "20", "minutes": "5", "ban_minutes": "10, 60, 1440", "allow": ""}
    assert desk.post("guard/only/check", doc) == {"faults": [], "diff": []}
    desk.post("guard/only/save", {**doc, "allow": "10.8.0.0/16"})
    assert desk.plan(2).pbx.guard.allow == ("10.8.0.0/16",)
    assert '[pbx.guard]\nallow = ["10.8.0.0/16"]' in desk.text(2)
    faults = desk.post("guard/only/check", {**doc, "allow": "ward", "ban_minutes": "60, 10"}, 2)["faults"]
    assert {one["at"] for one in faults} == {"allow[0]", "ban_minutes"}


def test_a_branch_is_joined_over_a_trunk_of_its_own(desk: Desk) -> None:
    """And a number that means something here already is complained of by its name."""
    doc = {"trunk": "mobile", "numbers": "8001-8020", "prefix": "", "ours": "72"}
    faults = desk.post("branches/new/check", doc)["faults"]
    assert [one["at"] for one in faults] == ["numbers"]
    desk.post("branches/new/save", {**doc, "prefix": "71"})
    assert desk.plan(2).pbx.branches[0].model_dump() == {
        "trunk": "mobile", "prefix": "71", "numbers": ("8001-8020",), "ours": "72",
    }  # fmt: skip


@pytest.mark.parametrize(("section", "page"), [("smpp", "/messages"), ("backups", "/backup"), ("trunks", "/exchange")])
def test_the_navigation_marks_the_page_that_a_section_belongs_to(desk: Desk, section: str, page: str) -> None:
    """Not the exchange's, under whose address every form lives."""
    shown = desk.browser.get(f"/exchange/edit/{section}").text
    bar = shown[: shown.index("</nav>")]
    assert re.findall(r'<a href="([^"]+)"[^>]* aria-current="page"', bar) == [page]
