"""The simulated carrier's own Asterisk: trunks that answer like a city, and phones that stand in the wards.

What a number ends in says how it behaves, whatever the trunk: …0000 is busy, …0001 never answers,
…0002 answers and hangs up after three seconds. Any other answers after a second, sounds 620 Hz for a second,
and then echoes what it hears. What the verb `phone` said of a number, or of an extension, comes before that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from appliance.settings import Carrier as CarrierSettings
from pbx.engine.configuration import Addresses
from pbx.engine.files import foundation, lines, section
from pbx.engine.program import Engine
from pbx.plan import PbxPlan

MODES = ("normal", "busy", "congestion", "no-answer", "dead")
ANSWERS = ("yes", "no", "busy")
OUTSIDE_TONE = 620
PHONE_TONE = 1000


def configuration(
    plan: PbxPlan,
    secrets: Mapping[str, str],
    hospital: Addresses,
    settings: CarrierSettings,
    engine: Engine,
    directory: Path,
    ari_password: str,
    *,
    registered: Collection[str] = (),
) -> dict[str, str]:
    """Every file of the carrier's configuration, by name.

    secrets: of the hospital's extensions, which its simulated phones prove themselves with.
    hospital: where the exchange under test listens.
    registered: extensions whose simulated phone also takes calls.
    """
    return {
        **foundation(engine, directory, settings, ari_password),
        "pjsip.conf": "\n".join(_pjsip(plan, secrets, hospital, settings, registered)),
        "extensions.conf": "\n".join(_dialplan(plan)),
    }


def _pjsip(
    plan: PbxPlan,
    secrets: Mapping[str, str],
    hospital: Addresses,
    settings: CarrierSettings,
    registered: Collection[str],
) -> Iterator[str]:
    yield section("global", type="global", endpoint_identifier_order="ip", user_agent="Carrier")
    yield section("udp", type="transport", protocol="udp", bind=f"{settings.address}:{settings.sip_port}")
    voice = {"disallow": "all", "allow": "alaw,ulaw", "direct_media": "no"}
    here = {"media_address": settings.address, "bind_rtp_to_media_address": "yes"}
    yield section("voice", "(!)", type="endpoint", **voice, **here)
    for index, trunk in enumerate(plan.trunks):
        name = f"trunk-{trunk.id}"
        yield section(name, "(voice)", context="outside", set_var=f"LINE={index}")
        # The trunk's own port stands before us (`Wire`), and lets nothing through while the trunk is dead.
        yield section(name, type="identify", endpoint=name, match=f"{trunk.host}:{trunk.port}")
    exchange = f"{hospital.sip_address}:{hospital.sip_port}"
    yield section("hospital", "(voice)", context="wards")
    yield section("hospital", type="identify", endpoint="hospital", match=exchange)
    yield section("exchange", type="aor", contact=f"sip:{exchange}")
    for number in plan.numbers():
        yield section(f"phone-{number}", "(voice)", aors="exchange", outbound_auth=f"phone-{number}", from_user=number)
        yield section(f"phone-{number}", type="auth", auth_type="digest", username=number, password=secrets[number])
    for number in registered:
        yield section(
            f"phone-{number}",
            type="registration",
            outbound_auth=f"phone-{number}",
            server_uri=f"sip:{exchange}",
            client_uri=f"sip:{number}@{exchange}",
            contact_user=number,
            expiration=120,
            retry_interval=2,
            max_retries=1000000,
            auth_rejection_permanent="no",
        )


def _dialplan(plan: PbxPlan) -> Iterator[str]:
    yield "[globals]"
    yield "RING=1"
    yield from (f"MODE_{index}=normal" for index, _ in enumerate(plan.trunks))
    yield "[outside]"
    yield from lines(
        "Set(DIALLED=${EXTEN})",
        'GotoIf($["${ANSWER_${EXTEN:-8}}" != ""]?person,${EXTEN},1)',
        "Set(MODE=${MODE_${LINE}})",
        'Set(MODE=${IF($["${EXTEN:-4}" = "0000"]?busy:${MODE})})',
        'Set(MODE=${IF($["${EXTEN:-4}" = "0001"]?no-answer:${MODE})})',
        'Set(BRIEF=${IF($["${EXTEN:-4}" = "0002"]?yes:no)})',
        "Goto(${MODE},1)",
        exten="_[0-9+]!",
    )
    yield from lines("Hangup(17)", exten="busy")
    yield from lines("Hangup(34)", exten="congestion")
    yield from lines("Ringing()", "Wait(180)", "Hangup(19)", exten="no-answer")
    yield from lines(
        "Ringing()",
        "Wait(${RING})",
        "Answer()",
        f"Playtones({OUTSIDE_TONE}/1000)",
        "Wait(1)",
        "StopPlaytones()",
        'ExecIf($["${BRIEF}" = "yes"]?Wait(2):Echo())',
        "Hangup(16)",
        exten="normal",
    )
    yield "[wards]"
    yield from lines(
        'GotoIf($["${ANSWER_${EXTEN:-8}}" != ""]?person,${EXTEN},1)',
        "Ringing()",
        "Wait(${RING})",
        "Answer()",
        "Echo()",
        exten="_X!",
    )
    yield "[person]"
    yield from lines(
        "Set(KEYS=${PRESSES_${EXTEN:-8}})",
        "Set(HEARD=${HEARS_${EXTEN:-8}})",
        "Goto(${ANSWER_${EXTEN:-8}},1)",
        exten="_[0-9+]!",
    )
    yield from lines("Ringing()", "Wait(180)", "Hangup(19)", exten="no")
    yield from lines("Hangup(17)", exten="busy")
    yield from lines(
        "Ringing()",
        "Wait(${RING})",
        "Answer()",
        'ExecIf($["${HEARD}" != ""]?MixMonitor(${HEARD}.mixed.wav,r(${HEARD})))',
        'ExecIf($["${KEYS}" != ""]?SendDTMF(${KEYS},80,80))',
        f"Playtones({OUTSIDE_TONE}/1000)",
        "Wait(1)",
        "StopPlaytones()",
        "Echo()",
        "Hangup(16)",
        exten="yes",
    )
    yield "[talk]"
    yield from lines(
        'ExecIf($["${HEARD}" != ""]?MixMonitor(${HEARD}.mixed.wav,r(${HEARD})))',
        "Set(TIMEOUT(absolute)=${TALK})",
        f"Playtones({PHONE_TONE}/1000)",
        "Goto(listen,1)",
        exten="s",
    )
    # Keys to press are laid into a global variable: a phone that just talks cannot be told anything else.
    yield from lines(
        "Wait(0.1)",
        'GotoIf($["${KEYS_${PHONE}}" = ""]?listen,1)',
        "Set(KEYS=${KEYS_${PHONE}})",
        "Set(GLOBAL(KEYS_${PHONE})=)",
        "StopPlaytones()",
        "SendDTMF(${KEYS},80,80)",
        f"Playtones({PHONE_TONE}/1000)",
        "Goto(listen,1)",
        exten="listen",
    )
