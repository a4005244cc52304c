"""People decide: numbers in order, one telephone a number, replacing, softphones, walking through a ward."""

from __future__ import annotations

import pytest

from appliance.foundation.i18n import Text
from pbx.plan import ExtensionGroup
from pbx.plan_voicemail import Mailboxes, VoicemailPlan
from pbx.provisioning.briefing import Where
from pbx.provisioning.rows import NotDone
from tests.pbx.provisioning.a_desk import HERE, YEALINK, ADesk, a_plan
from tests.support import now

OTHER, THIRD = "001565a1b2c4", "001565a1b2c5"


@pytest.fixture
def house() -> ADesk:
    """Three telephones wait."""
    desk = ADesk()
    for number, mac in enumerate((YEALINK, OTHER, THIRD)):
        desk.ask(f"/{mac}.cfg", f"10.0.0.{21 + number}")
        desk.wait(seconds=1)
    return desk


def test_all_at_once_in_the_order_they_came(house: ADesk) -> None:
    """Lucky numbers only: 8083, 8086, 8088; the exchange reads its secrets once."""
    assert now(house.desk.accept_all("it")) == 3
    assert [number for _, number in house.states().values()] == ["8083", "8086", "8088"]
    assert house.renewed == 1
    assert house.kinds().count("PhoneAccepted") == 3


def test_numbers_that_are_held_are_not_given(house: ADesk) -> None:
    """By another telephone of ours, or by one that somebody set up by hand and that is registered now."""
    house.there = {"8083"}
    assert house.accept() == "8086"
    assert now(house.desk.free()) == ["8088", "8089"]


def test_a_number_of_ones_own_choice(house: ADesk) -> None:
    """Any extension of the plan, unlucky ones too, but no other's."""
    assert house.accept(number="8044") == "8044"
    for number, sentence in (("8044", "Number 8044 belongs"), ("9999", "There is no extension 9999")):
        with pytest.raises(NotDone, match=sentence):
            house.accept(OTHER, number)
    assert house.states()[OTHER] == ("waiting", None)


def test_when_numbers_run_out_nothing_is_done_by_halves() -> None:
    """Four wait, three numbers are left."""
    house = ADesk(a_plan(skip="4579"))
    for number in range(4):
        house.ask(f"/00156500000{number}.cfg", f"10.0.0.{number}")
    assert now(house.desk.free()) == ["8083", "8086", "8088"]
    with pytest.raises(NotDone, match="No number is left"):
        now(house.desk.accept_all("it"))
    assert {state for state, _ in house.states().values()} == {"waiting"}


def test_accepting_makes_the_secret_anew(house: ADesk) -> None:
    """Whoever had the number before cannot register with it any more."""
    before = house.secret("8083")
    house.accept()
    assert house.secret("8083") != before


def test_a_broken_one_is_replaced(house: ADesk) -> None:
    """The new one has number and place; the old one's token and secret are worth nothing."""
    house.accept()
    path, secret = house.token(), house.secret("8083")
    now(house.desk.replace(YEALINK, OTHER, "it"))
    assert house.states() == {OTHER: ("accepted", "8083"), THIRD: ("waiting", None)}
    assert house.secret("8083") != secret
    assert house.ask(f"{path}{YEALINK}.cfg") is None
    file = house.ask(f"/{OTHER}.cfg", "10.0.0.22")
    assert file is not None
    assert "account.1.label = 8083 1床\n" in file.text
    with pytest.raises(NotDone, match="no such telephone"):
        now(house.desk.replace(YEALINK, THIRD, "it"))


def test_a_removed_one_frees_its_number(house: ADesk) -> None:
    """And waits anew when it asks again."""
    house.accept()
    path, secret = house.token(), house.secret("8083")
    now(house.desk.remove(YEALINK, "it"))
    assert house.secret("8083") != secret
    assert now(house.desk.free())[0] == "8083"
    house.wait(minutes=3)
    assert house.ask(f"{path}{YEALINK}.cfg") is None
    house.ask()
    assert house.states()[YEALINK] == ("waiting", None)


def test_a_softphone_fetches_once_by_its_link(house: ADesk) -> None:
    """Linphone's remote provisioning; the link is worth nothing afterwards, the address inside goes on."""
    shown = now(house.desk.add_soft("", "值班手机", "it"))
    path = shown.link.removeprefix("http://10.0.0.5:8085")
    file = house.ask(path, "172.16.0.9", "LinphoneAndroid/5.2.5")
    assert file is not None
    assert f">{house.secret('8083')}<" in file.text
    assert house.ask(path, "172.16.0.9", "LinphoneAndroid/5.2.5") is None
    inside = file.text.partition('config-uri" overwrite="true">http://10.0.0.5:8085')[2].partition("<")[0]
    assert house.ask(inside, "172.16.0.9", "LinphoneAndroid/5.2.5") is not None


def test_a_box_that_has_moved_tells_its_new_address(house: ADesk) -> None:
    """To whoever asks from now on: where to fetch, and where to register."""
    house.desk.moved(Where("http://10.0.0.6:8085/", "10.0.0.6", 5060))
    shown = now(house.desk.add_soft("", "值班手机", "it"))
    assert shown.link.startswith("http://10.0.0.6:8085/")
    assert "10.0.0.5" not in shown.text
    assert "10.0.0.6" in shown.text


def test_settings_can_be_shown_for_a_phone_that_fetches_none(house: ADesk) -> None:
    """With its password, on record."""
    house.accept()
    shown = now(house.desk.show(YEALINK, "it"))
    assert house.secret("8083") in shown.text
    assert shown.phone.admin_password not in repr(shown.phone)
    assert house.kinds()[-1] == "PhoneSecretsShown"


def test_walking_through_a_ward(house: ADesk) -> None:
    """Each telephone that is plugged in gets the next stop's number and place; those that waited before do too."""
    house.desk.set_out([("8002", "2床"), ("8003", "3床"), ("", "门口")], "it")
    for mac in (THIRD, YEALINK, OTHER):
        assert house.ask(f"/{mac}.cfg") is not None
    assert house.states() == {
        YEALINK: ("accepted", "8003"), OTHER: ("accepted", "8083"), THIRD: ("accepted", "8002")}  # fmt: skip
    assert [phone.place for phone in now(house.desk.every())] == ["3床", "门口", "2床"]


def test_a_walk_ends_by_itself(house: ADesk) -> None:
    """A quarter of an hour after the last telephone; each one begins it anew."""
    house.desk.set_out([], "it")
    house.wait(minutes=14)
    house.ask()
    house.wait(minutes=14)
    house.ask(f"/{OTHER}.cfg", "10.0.0.22")
    house.wait(minutes=15)
    house.ask(f"/{THIRD}.cfg", "10.0.0.23")
    assert house.states()[THIRD] == ("waiting", None)
    assert house.states()[OTHER][0] == "accepted"
    assert house.desk.walk is None


def test_an_extension_over_tls_is_told_so(house: ADesk) -> None:
    """Its port, and encryption as the plan has it; one for a browser is given to no telephone."""
    name = Text(zh="办公", en="Offices")
    house.plan = house.plan.model_copy(
        update={
            "extensions": (
                ExtensionGroup(numbers="8083", name=name, transport="tls"),
                ExtensionGroup(numbers="8086", name=name, transport="webrtc"),
            )
        }
    )
    house.accept()
    file = house.ask()
    assert file is not None
    for line in ("sip_server.1.port = 5061", "sip_server.1.transport_type = 2", "srtp_encryption = 2"):
        assert f"account.1.{line}\n" in file.text
    with pytest.raises(NotDone, match="browser"):
        house.accept(OTHER, "8086")


def test_one_with_a_mailbox_has_its_key(house: ADesk) -> None:
    """The number by which the plan's mailboxes are listened to; without a mailbox none."""
    house.plan = house.plan.model_copy(
        update={"voicemail": VoicemailPlan(number="*98", boxes=(Mailboxes(numbers="8083"),))}
    )
    keys = []
    for number, mac in enumerate((YEALINK, OTHER)):
        house.accept(mac)
        file = house.ask(f"/{mac}.cfg", f"10.0.0.{21 + number}")
        assert file is not None
        keys += [line for line in file.text.splitlines() if line.startswith("voice_mail.number.1")]
    assert keys == ["voice_mail.number.1 = *98", "voice_mail.number.1 = %NULL%"]


def test_a_place_fits_on_a_display(house: ADesk) -> None:
    """No line ends, no invisible signs, not too long."""
    assert house.accept(place="  一病区 \n 1床 ") == "8083"
    assert now(house.desk.every())[0].place == "一病区 1床"
    for place in ("a\u202eb", "x" * 33):
        with pytest.raises(NotDone):
            house.accept(OTHER, place=place)


def test_it_is_found_where_it_asked(house: ADesk) -> None:
    """A phone that waits and comes back from another address is accepted for that one."""
    house.ask(address="10.0.0.99")
    house.accept()
    assert house.ask(address=HERE) is None
    assert house.ask(address="10.0.0.99") is not None
