"""Asterisk's configuration, made from the plan."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.foundation.i18n import Text
from appliance.settings import Exchange
from pbx.engine.configuration import Secrets, configuration
from pbx.engine.files import MODULES, write
from pbx.engine.program import Engine, password
from pbx.plan import ExtensionGroup, PbxPlan, SipTrunk
from pbx.plan_inbound import InboundPlan

NAME = Text(zh="名", en="name")
PLAN = PbxPlan(
    extensions=(ExtensionGroup(numbers="8001-8003", name=NAME),),
    trunks=(
        SipTrunk(id="telecom", name=NAME, host="192.0.2.1", port=5081, tariff="t", caller_id="057188880000"),
        SipTrunk(id="unicom", name=NAME, host="192.0.2.2", tariff="t"),
    ),
)
SECRETS = Secrets("rest-password", {"8001": "s1", "8002": "s2", "8003": "s3"})
HERE = Path("/var/lib/nightbell/asterisk")
SECTION = re.compile(r"\[([^\]]+)\](\([^)]*\))?$")


def made(**settings: object) -> dict[str, str]:
    """The whole configuration."""
    exchange = Exchange.model_validate({"sip_address": "192.0.2.9", **settings})
    return configuration(PLAN, SECRETS, exchange, Engine(), HERE)


def sections(text: str) -> list[tuple[str, dict[str, str]]]:
    """Every section of an Asterisk file; a line that is neither a section nor an option fails."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if header := SECTION.match(line):
            found.append((header[1], {}))
        else:
            key, _, value = line.partition("=")
            assert value, line
            found[-1][1][key.strip()] = value.removeprefix(">").strip()
    return found


def of_type(files: dict[str, str], kind: str) -> dict[str, dict[str, str]]:
    """The objects of a type in pjsip.conf."""
    return {name: options for name, options in sections(files["pjsip.conf"]) if options.get("type") == kind}


def test_what_wedges_the_rest_interface_is_not_loaded() -> None:
    """See docs/decisions/0009."""
    assert not [module for module in MODULES if "device_state" in module]


def test_every_file_parses() -> None:
    """Sections and options, nothing else."""
    for name, text in made().items():
        if name != "extensions.conf":
            sections(text)


def test_each_extension_proves_itself_by_its_own_secret() -> None:
    """One endpoint, one secret, one place an extension; no default password."""
    files = made()
    auths = of_type(files, "auth")
    assert {name: auth["password"] for name, auth in auths.items()} == SECRETS.extensions
    assert all(auth["username"] == name for name, auth in auths.items())
    phones = {name: options for name, options in sections(files["pjsip.conf"]) if options.get("auth")}
    assert set(phones) == {"8001", "8002", "8003"}


def test_a_trunk_is_probed_and_known_by_its_address() -> None:
    """Dead trunks are found by probes; a carrier is known by where it calls from."""
    files = made()
    assert of_type(files, "aor")["trunk-telecom"]["contact"] == "sip:192.0.2.1:5081"
    assert of_type(files, "aor")["trunk-telecom"]["qualify_frequency"] == "10"
    assert of_type(files, "identify")["trunk-telecom"]["match"] == "192.0.2.1:5081"


def test_faxes_go_as_t38_only_where_the_plan_says_so() -> None:
    """Who offers it to a carrier that does not know it may lose the fax; by the ports of talk in any case."""
    assert [name for name, options in sections(made()["pjsip.conf"]) if "t38_udptl" in options] == []
    trunks = (PLAN.trunks[0].model_copy(update={"fax": True}), PLAN.trunks[1])
    groups = (PLAN.extensions[0].model_copy(update={"fax": True}),)
    plan = PLAN.model_copy(update={"trunks": trunks, "extensions": groups})
    files = configuration(plan, SECRETS, Exchange.model_validate({"sip_address": "192.0.2.9"}), Engine(), HERE)
    told = sections(files["pjsip.conf"])
    assert [name for name, options in told if options.get("t38_udptl") == "yes"] == [
        "8001", "8002", "8003", "trunk-telecom", "trunk-telecom_freely",
    ]  # fmt: skip
    ports = dict(sections(files["udptl.conf"]))["general"]
    talk = dict(sections(files["rtp.conf"]))["general"]
    assert (ports["udptlstart"], ports["udptlend"]) == (talk["rtpstart"], talk["rtpend"])


def test_nothing_listens_but_on_named_addresses() -> None:
    """SIP and voice where the settings say; REST on loopback."""
    files = made(sip_port=5070)
    assert of_type(files, "transport")["udp"]["bind"] == "192.0.2.9:5070"
    assert "bind_rtp_to_media_address=yes" in files["pjsip.conf"]
    assert dict(sections(files["http.conf"]))["general"]["bindaddr"] == "127.0.0.1"


def test_voice_binds_anywhere_only_where_sip_does() -> None:
    """An address of all zeros cannot be told to a far end as our own."""
    assert "media_address" not in made(sip_address="0.0.0.0")["pjsip.conf"]


def test_no_log_is_chatty_enough_to_hold_a_pin() -> None:
    """Warnings and errors only; notices and verbose lines name what was dialled. No call detail records.

    Security events hold names and addresses; tests/integration/test_security_log.py looks what real ones hold.
    """
    files = made()
    assert dict(sections(files["logger.conf"]))["logfiles"] == {"console": "warning,error", "security": "security"}
    assert dict(sections(files["cdr.conf"]))["general"]["enable"] == "no"
    fields = next(iter(dict(sections(files["cel_custom.conf"])).values()))["fields"].split(",")
    assert set(fields) == {"EventType", "EventTime", "UniqueID", "LinkedID", "ChanName", "UserField"}
    # The one thing that the dialplan writes there.
    written = re.findall(r"userfield\)=([^)]*)\)", files["extensions.conf"])
    assert written == [f"emergency-{number}" for number in PLAN.emergency]


def test_the_slow_websocket_is_given_time() -> None:
    """100 ms, the default, drops a client that is busy for a moment."""
    assert dict(sections(made()["ari.conf"]))["general"]["websocket_write_timeout"] == "5000"


@pytest.mark.parametrize("number", PLAN.emergency)
def test_emergency_numbers_never_wait_for_our_program(number: str) -> None:
    """Plain dialplan, over each trunk in turn."""
    steps = dialled(made()["extensions.conf"], "emergency")[number]
    tries = [f"Dial(PJSIP/{number}@trunk-telecom,60)", f"Dial(PJSIP/{number}@trunk-unicom,60)"]
    assert steps[:3] == [f"Set(CHANNEL(userfield)=emergency-{number})", *tries]
    phones = dialled(made()["extensions.conf"], "phones")
    assert {tuple(phones[before + number]) for before in ("", "*67", "*82")} == {(f"Goto(emergency,{number},1)",)}


def test_phones_ring_one_another_when_our_program_is_gone() -> None:
    """Stasis fails, and the plain branch dials."""
    text = made()["extensions.conf"]
    assert any("STASISSTATUS" in step and "plain" in step for step in dialled(text, "phones")["_[0-9*#+]!"])
    assert dialled(text, "plain")["8002"][0] == "Dial(PJSIP/8002,60)"


def test_no_context_goes_on_after_a_limit() -> None:
    """A `T` extension would let a call that reached its limit go on."""
    assert not re.search(r"exten => T,", made()["extensions.conf"])


def test_files_are_for_the_owner_only(tmp_path: Path) -> None:
    """They hold secrets."""
    write(tmp_path, made())
    files = list((tmp_path / "etc").iterdir())
    assert {file.name for file in files} == set(made())
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_the_password_is_made_once(tmp_path: Path) -> None:
    """And kept, for the owner only."""
    first = password(tmp_path / "asterisk")
    assert password(tmp_path / "asterisk") == first
    assert len(first) >= 32
    assert (tmp_path / "asterisk" / "rest.password").stat().st_mode & 0o777 == 0o600


def test_secrets_are_not_shown() -> None:
    """Not even by accident."""
    assert "rest-password" not in repr(SECRETS)
    assert "s1" not in repr(SECRETS)


def test_an_unpacked_asterisk_runs_by_its_own_loader() -> None:
    """Neither root's rights nor this machine's libraries are needed."""
    argv = Engine(Path("/opt/root")).argv(HERE)
    assert "ld-linux" in argv[0]
    assert argv[-4:] == ["/opt/root/usr/sbin/asterisk", "-f", "-C", f"{HERE}/etc/asterisk.conf"]
    assert Engine.at("").argv(HERE)[0] == "/usr/sbin/asterisk"


def dialled(text: str, context: str) -> dict[str, list[str]]:
    """The steps of each extension of a context."""
    found: dict[str, list[str]] = {}
    here, number = "", ""
    for line in text.splitlines():
        if line.startswith("["):
            here = line.strip("[]")
        elif here == context and (step := re.match(r"exten => ([^,]+),1,(.*)", line)):
            number = step[1]
            found[number] = [step[2]]
        elif here == context and (step := re.match(r" same => n,(.*)", line)):
            found[number].append(step[1])
    return found


def test_calls_from_carriers_go_to_our_program_and_else_to_the_fallback() -> None:
    """Without a fallback in the plan they are refused then; what carriers say of the caller counts."""
    files = made()
    assert "exten => _[0-9*#+]!,1,Hangup(21)" in files["extensions.conf"].split("[carriers-plain]")[1]
    carriers = [found for _, found in sections(files["pjsip.conf"]) if found.get("context") == "carriers"]
    assert [found["trust_id_inbound"] for found in carriers] == ["yes"] * 2 * len(PLAN.trunks)
    plan = PLAN.model_copy(update={"inbound": InboundPlan(fallback=("8001", "8003"))})
    exchange = Exchange.model_validate({"sip_address": "192.0.2.9"})
    dialplan = configuration(plan, SECRETS, exchange, Engine(), HERE)["extensions.conf"]
    assert "Dial(PJSIP/8001&PJSIP/8003,60)" in dialplan.split("[carriers-plain]")[1]
    assert 'GotoIf($["${STASISSTATUS}" = "FAILED"]?carriers-plain' in dialplan.split("[carriers]")[1]
