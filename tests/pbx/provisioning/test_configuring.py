"""What each make of telephone is sent: word for word, and nothing that breaks out of its line or element."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.provisioning.configuring import Key, Setup, Unfit, configuration
from pbx.provisioning.makers import Maker

GOLDEN = Path(__file__).parent / "golden"
KEYS = (Key("护士站 & desk", "8001", watch=True), Key("总机 <0>", "8090"), Key("急救", "120"))
SETUP = Setup(
    mac="001565a1b2c3",
    extension="8083",
    label="1床 & 2床",
    secret="s3cret-of_8083",
    admin_password="Xk7mPq2WzR4tVb9c",
    url="http://10.0.0.5:8085/p/tok-en_1/",
    server="10.0.0.5",
    port=5060,
    offset=timedelta(hours=8),
    ntp="ntp.hospital.example",
    voicemail="*98",
    keys=KEYS,
)
FORMS: list[tuple[Maker, str, str]] = [
    ("yealink", "T46S", "yealink.cfg"),
    ("grandstream", "GXP1625", "grandstream.xml"),
    ("grandstream", "GRP2612W", "grandstream_named.xml"),
    ("fanvil", "X4U", "fanvil.xml"),
    ("snom", "D785", "snom.xml"),
    ("linphone", "", "linphone.xml"),
    ("other", "", "other.txt"),
]


@pytest.mark.parametrize(("maker", "model", "name"), FORMS)
def test_it_is_as_it_was_looked_at(maker: Maker, model: str, name: str) -> None:
    """Byte for byte. WRITE_GOLDEN=1 writes them anew, to be looked at before they are kept."""
    text = configuration(maker, model, SETUP).text
    if os.environ.get("WRITE_GOLDEN"):
        (GOLDEN / name).write_text(text, "utf-8")
    assert text == (GOLDEN / name).read_text("utf-8")


def yealink(setup: Setup) -> dict[str, str]:
    """The keys of a Yealink file; of a key that comes twice the last."""
    head, *lines = configuration("yealink", "T46S", setup).text.splitlines()
    assert head == "#!version:1.0.0.1"
    return dict(line.split(" = ", 1) for line in lines)


def values(maker: Maker, model: str, setup: Setup) -> dict[str, str]:
    """Elements, or items by their name, of an XML file."""
    text = configuration(maker, model, setup).text
    return {
        element.get("name", element.tag): element.text or "" for element in ElementTree.fromstring(text.encode()).iter()
    }


def test_a_yealink_registers_as_its_guide_says() -> None:
    """Account, keys (13 speed dial, 16 BLF), no default password, no firmware."""
    told = yealink(SETUP)
    for key, value in {
        "account.1.enable": "1",
        "account.1.user_name": "8083",
        "account.1.auth_name": "8083",
        "account.1.password": "s3cret-of_8083",
        "account.1.sip_server.1.address": "10.0.0.5",
        "account.1.sip_server.1.port": "5060",
        "account.1.sip_server.1.transport_type": "0",
        "static.auto_provision.server.url": SETUP.url,
        "static.firmware.url": "%NULL%",
        "static.security.user_password": "user:Xk7mPq2WzR4tVb9c",
        "lang.gui": "Chinese_S",
        "local_time.time_zone": "+8",
        "local_time.ntp_server1": "ntp.hospital.example",
        "linekey.2.type": "16",
        "linekey.2.value": "8001",
        "linekey.3.type": "13",
        "voice_mail.number.1": "*98",
    }.items():
        assert told[key] == value, key
    text = configuration("yealink", "", SETUP).text
    assert "static.security.user_password = admin:Xk7mPq2WzR4tVb9c\n" in text


def test_a_grandstream_registers_as_its_templates_say() -> None:
    """P47 server, P35 user, P34 password, P2 administrator, P237 where it asks, P238 = 2 never new firmware."""
    told = values("grandstream", "GXP1625", SETUP)
    for key, value in {
        "P271": "1",
        "P47": "10.0.0.5:5060",
        "P35": "8083",
        "P36": "8083",
        "P34": "s3cret-of_8083",
        "P2": "Xk7mPq2WzR4tVb9c",
        "P212": "1",
        "P237": "10.0.0.5:8085/p/tok-en_1/",
        "P238": "2",
        "P246": "LOC-8",
        "P1362": "zh",
        "P323": "1",
        "P301": "0",
        "P302": "护士站 & desk",
        "P303": "8001",
        "P324": "0",
        "P305": "总机 <0>",
        "P306": "8090",
    }.items():
        assert told[key] == value, key
    named = values("grandstream", "GRP2612W", SETUP)
    assert named["account.1.sip.subscriber.password"] == "s3cret-of_8083"
    assert named["pks.vpk.2.keyMode"] == "BLF"


def test_a_fanvil_and_a_snom_register_too() -> None:
    """The account where their exports have it."""
    fanvil = values("fanvil", "X4U", SETUP)
    assert [fanvil[key] for key in ("RegisterUser", "RegisterPswd", "RegisterAddr", "TimeZone", "EnableAutoUpgrade")] \
        == ["8083", "s3cret-of_8083", "10.0.0.5", "32", "0"]  # fmt: skip
    snom = values("snom", "D785", SETUP)
    assert [snom[key] for key in ("user_name", "user_pass", "user_host", "timezone", "update_policy")] == [
        "8083", "s3cret-of_8083", "10.0.0.5", "CHN+8", "settings_only"]  # fmt: skip


def test_another_zone_and_language() -> None:
    """Half hours, the west, English; nobody who tells the time, no voicemail, no keys."""
    setup = replace(SETUP, language="en", ntp="", voicemail="", keys=())
    assert yealink(replace(setup, offset=timedelta(hours=5, minutes=30)))["local_time.time_zone"] == "+5:30"
    assert values("grandstream", "", replace(setup, offset=timedelta(hours=-3, minutes=-30)))["P246"] == "LOC+3:30"
    assert values("fanvil", "", replace(setup, offset=timedelta(hours=-3)))["TimeZone"] == "-12"
    told = yealink(setup)
    assert (told["lang.gui"], told["voice_mail.number.1"]) == ("English", "%NULL%")
    assert "local_time.ntp_server1" not in told
    assert "linekey.2.type" not in told
    for maker, model, _ in FORMS:
        assert configuration(maker, model, setup).text


def test_over_tls_what_is_said_is_encrypted() -> None:
    """The port and the words of each; a make that knows settings by name is told in P-values."""
    setup = replace(SETUP, transport="tls", port=5061, srtp="required")
    told = yealink(setup)
    assert [told[key] for key in ("account.1.sip_server.1.transport_type", "account.1.srtp_encryption",
                                  "account.1.sip_server.1.port", "static.security.trust_certificates")] \
        == ["2", "2", "5061", "0"]  # fmt: skip
    for model in ("GXP1625", "GRP2612W"):
        grandstream = values("grandstream", model, setup)
        assert [grandstream[key] for key in ("P130", "P183", "P47")] == ["2", "2", "10.0.0.5:5061"]
    fanvil, snom = values("fanvil", "X4U", setup), values("snom", "D785", setup)
    assert (fanvil["Transport"], fanvil["RTPEncryption"]) == ("3", "2")
    assert (snom["user_srtp"], snom["user_savp"]) == ("on", "mandatory")
    assert snom["user_outbound"] == "10.0.0.5:5061;transport=tls"
    linphone = values("linphone", "", setup)
    assert (linphone["media_encryption"], linphone["verify_server_certs"]) == ("srtp", "0")
    assert "SRTP required" in configuration("other", "", setup).text
    assert yealink(replace(setup, srtp="optional"))["account.1.srtp_encryption"] == "1"


@pytest.mark.parametrize(("maker", "model", "name"), FORMS)
def test_nothing_breaks_out_of_its_line(maker: Maker, model: str, name: str) -> None:
    """What would end a line, or is no character of XML, is not told to any telephone."""
    for evil in ("x\naccount.1.password = y", "x\r", "a\0b", "a\u2028b", "a\x85b", "\ud800", "a\u202eb"):
        for setup in (replace(SETUP, label=evil), replace(SETUP, keys=(Key("ok", evil),)), replace(SETUP, secret=evil)):
            if evil in configuration_parts(maker, setup):
                with pytest.raises(Unfit) as why:
                    configuration(maker, model, setup)
                assert "account.1" not in str(why.value)


def configuration_parts(maker: Maker, setup: Setup) -> list[str]:
    """What of `setup` a make is told at all."""
    parts = [setup.secret]
    if maker != "linphone":
        parts += [setup.label, *(key.number for key in setup.keys)]
    return parts


@given(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")), min_size=1, max_size=30))
def test_any_printable_label_stays_one_value(label: str) -> None:
    """Whatever people write on a door, the telephone's file has as many lines and elements as before."""
    setup = replace(SETUP, label=label)
    assert len(yealink(setup)) == len(yealink(SETUP))
    for maker, model, _ in FORMS[1:-1]:
        text = configuration(maker, model, setup).text
        assert len(list(ElementTree.fromstring(text.encode()).iter())) == len(
            list(ElementTree.fromstring(configuration(maker, model, SETUP).text.encode()).iter())
        )


def test_secrets_are_not_shown() -> None:
    """Neither in a log of a setup nor of a file."""
    shown = repr(SETUP) + repr(configuration("yealink", "", SETUP))
    for secret in (SETUP.secret, SETUP.admin_password, "tok-en_1"):
        assert secret not in shown
