"""Log-ins at the panel, over HTTP."""

from __future__ import annotations

import re

import pytest

from tests.support import now
from tests.web.browser import PASSWORD, Browser, Hospital, hospital
from tests.web.test_login import advance, kinds
from web.auth import User


@pytest.fixture
def house() -> Hospital:
    return hospital()


def found(house: Hospital, name: str) -> User:
    """As the records have it."""
    user = now(house.cardboard.house.users.find(name))
    assert user is not None
    return user


def once(admin: Browser) -> str:
    """The one-time password on the page, which shows it no second time."""
    shown = re.search(r'once-password"><code>([^<]+)<', admin.get("/log-ins").text)
    assert shown
    assert "once-password" not in admin.get("/log-ins").text
    return shown[1]


def test_a_log_in_is_added_and_its_password_shown_once(house: Hospital) -> None:
    """It lets in, has to be changed, and is in no journal; the wards bound what is seen."""
    admin = house.browser("admin")
    made = {"name": "Ward-One", "shown": "一病区", "role": "nurse", "ward": "w1"}
    assert admin.post("/log-ins", made).status == 303
    password = once(admin)
    nurse = house.stranger()
    assert nurse.log_in("ward-one", password).headers["location"] == "/password"
    nurse.post("/password", {"old": password, "new": PASSWORD, "again": PASSWORD})
    assert nurse.get("/station/w1").status == 200
    assert found(house, "ward-one") == User("ward-one", "一病区", "nurse", ("w1",))
    assert ("web.UserAdded", {"user": "ward-one", "role": "nurse", "by": "admin"}) in kinds(house)
    assert password not in str(kinds(house))


@pytest.mark.parametrize(
    ("name", "said"), [("nurse", "There is a log-in nurse already."), ("王 芳", "Small letters, digits, . _ - are a")]
)
def test_what_will_not_do_is_said_beside_its_field(house: Hospital, name: str, said: str) -> None:
    """What was typed stays; nothing was made."""
    reply = house.browser("admin").post("/log-ins", {"name": name, "shown": "Wang", "role": "it"})
    assert reply.status == 422
    assert re.search(rf'id="fault-name"[^>]*>{re.escape(said)}', reply.text)
    assert 'value="Wang"' in reply.text
    assert '<option value="it" selected>' in reply.text


@pytest.mark.parametrize("form", [{"role": "god"}, {"role": "nurse", "ward": "w9"}])
def test_what_the_form_does_not_offer_is_refused(house: Hospital, form: dict[str, str]) -> None:
    """A role or ward that is none."""
    assert house.browser("admin").post("/log-ins", {"name": "x", **form}).status == 400


def test_a_new_one_time_password_ends_what_was_open(house: Hospital) -> None:
    """The old one lets in no more; the new one must be changed."""
    admin, nurse = house.browser("admin"), house.browser("nurse")
    assert admin.post("/log-ins/password", {"name": "nurse"}).status == 303
    password = once(admin)
    assert nurse.get("/station").status == 303
    assert house.stranger().log_in("nurse").status == 401
    assert house.stranger().log_in("nurse", password).headers["location"] == "/password"


def test_whoever_leaves_is_out_at_once_and_may_come_back(house: Hospital) -> None:
    """Switched off and on; the act is on record."""
    admin, nurse = house.browser("admin"), house.browser("nurse")
    assert admin.post("/log-ins/off", {"name": "nurse"}).status == 303
    assert nurse.get("/station/w1").status == 303
    assert house.stranger().log_in("nurse").status == 401
    assert "switched off" in admin.get("/log-ins").text
    assert admin.post("/log-ins/on", {"name": "nurse"}).status == 303
    assert house.stranger().log_in("nurse").status == 303
    assert [body["what"] for kind, body in kinds(house) if kind == "web.UserChanged"] == ["disabled", "enabled"]


def test_somebody_changes_ward_and_the_screen_stays_open(house: Hospital) -> None:
    """It follows within a minute, without a log-in in the middle of the night."""
    admin, nurse = house.browser("admin"), house.browser("nurse")
    assert nurse.get("/station/w1").status == 200
    assert 'value="The nurse"' in admin.get("/log-ins?edit=nurse").text
    assert admin.post("/log-ins/describe", {"name": "nurse", "shown": "夜班", "role": "board"}).status == 303
    assert "open screens follow within a minute" in admin.get("/log-ins").text
    advance(house, 61)
    assert nurse.get("/station/w1").status == 403
    assert nurse.get("/wallboard").status == 200
    assert found(house, "nurse").shown == "夜班"


def test_the_last_administrator_stays(house: Hospital) -> None:
    """Else nobody could let anybody in; one's own password is changed where everybody changes theirs."""
    admin = house.browser("admin")
    reply = admin.post("/log-ins/off", {"name": "admin"})
    assert (reply.status, "admin is the last administrator" in reply.text) == (422, True)
    reply = admin.post("/log-ins/describe", {"name": "admin", "role": "it"})
    assert (reply.status, "admin is the last administrator" in reply.text) == (422, True)
    assert found(house, "admin") == User("admin", "The admin", "admin")
    assert admin.get("/log-ins").status == 200
    assert admin.post("/log-ins/password", {"name": "admin"}).headers["location"] == "/password"
    assert admin.post("/log-ins/off", {"name": "nobody"}).status == 404
    admin.post("/log-ins/describe", {"name": "it", "role": "admin"})
    assert admin.post("/log-ins/describe", {"name": "admin", "role": "it"}).status == 303
