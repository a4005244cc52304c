"""The simulated carrier's own Asterisk: trunks that answer like a city, and phones that stand in the wards.

What a number ends in says how it behaves, whatever the trunk: …0000 is busy, …0001 never answers,
…0002 answers and hangs up after three seconds. Any other answers after a second, sounds 620 Hz for a second,
and then echoes what it hears. What the verb `phone` said of a number, or of an extension, comes before that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from appliance.foundation.secret import secret
from appliance.settings import Carrier as CarrierSettings
from pbx.engine.configuration import Addresses
from pbx.engine.files import T38, foundation, lines, section
from pbx.engine.program import Engine
from pbx.engine.sip_trunks import endpoint
from pbx.engine.transports import kept_certificate
from pbx.plan import PbxPlan
from pbx.plan_trunks import SipTrunk

MODES = ("normal", "busy", "congestion", "no-number", "no-answer", "trying", "late", "early", "silent", "dead")
"""trying: it says that it tries, and no more. late: the same for two seconds, then it rings. early: it speaks before
anybody answers. silent: it answers probes, but no call. dead: it answers nothing. no-number: it finds nobody at any
number (404).
"""
ANSWERS = ("yes", "no", "busy", "voicemail", "fax")
"""voicemail: a mobile's own, which answers by itself, sounds a greeting and a beep, listens, and presses no key. fax: a
machine; what it receives is kept as a TIFF where `hear` says."""
OUTSIDE_TONE = 620
EARLY_TONE = 880
PHONE_TONE = 1000
GREETING_TONE, BEEP_TONE = 740, 1400
"""Of a voicemail."""


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
        "pjsip.conf": "\n".join(_pjsip(plan, secrets, hospital, settings, directory, registered)),
        "extensions.conf": "\n".join(_dialplan(plan)),
    }


def _pjsip(
    plan: PbxPlan,
    secrets: Mapping[str, str],
    hospital: Addresses,
    settings: CarrierSettings,
    directory: Path,
    registered: Collection[str],
) -> Iterator[str]:
    yield section("global", type="global", endpoint_identifier_order="ip,header", user_agent="Carrier")
    yield section("udp", type="transport", protocol="udp", bind=f"{settings.address}:{settings.sip_port}")
    voice = {"disallow": "all", "allow": "alaw,ulaw", "direct_media": "no"}
    here = {"media_address": settings.address, "bind_rtp_to_media_address": "yes"}
    yield section("voice", "(!)", type="endpoint", **voice, **here)
    for index, trunk in enumerate(_sip(plan)):
        name = f"trunk-{trunk.id}"
        calls = {"context": "outside", "send_pai": "yes", "set_var": f"LINE={index}", **_account(trunk)}
        if trunk.fax:
            calls |= T38
        if trunk.transport == "tls":
            yield from _over_tls(trunk, calls, directory)
            continue
        yield section(name, "(voice)", **calls)
        yield from _registrar(trunk)
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
            max_random_initial_delay=0,
            max_retries=1000000,
            auth_rejection_permanent="no",
        )


def _sip(plan: PbxPlan) -> list[SipTrunk]:
    return [trunk for trunk in plan.carriers() if isinstance(trunk, SipTrunk)]


def _over_tls(trunk: SipTrunk, calls: Mapping[str, str], directory: Path) -> Iterator[str]:
    """It stands at the trunk's address itself, with no wire to be cut, and knows the hospital by its number."""
    name, file = endpoint(trunk.id), kept_certificate(directory)
    here = f"{trunk.host}:{trunk.port}"
    yield section(
        name, type="transport", protocol="tls", bind=here, cert_file=file, priv_key_file=file, method="tlsv1_2"
    )
    media = {} if trunk.srtp == "no" else {"media_encryption": "sdes"}
    yield section(name, "(voice)", transport=name, **calls, **media)
    yield section(name, type="aor")
    yield section(name, type="identify", endpoint=name, match_header=f"From: /sip:{trunk.caller_id}@/")


def _account(trunk: SipTrunk) -> dict[str, str]:
    """The hospital's account, where the carrier gave it one."""
    name = f"trunk-{trunk.id}"
    return {"auth": name, "aors": trunk.user} if trunk.user else {"aors": name}


def _registrar(trunk: SipTrunk) -> Iterator[str]:
    if trunk.user:
        password = secret(trunk.password)
        yield section(f"trunk-{trunk.id}", type="auth", auth_type="digest", username=trunk.user, password=password)
        yield section(trunk.user, type="aor", max_contacts=1, remove_existing="yes")
    else:
        # Calls into the hospital go by there too, so that they come from where the hospital knows the carrier.
        yield section(f"trunk-{trunk.id}", type="aor", contact=f"sip:{trunk.host}:{trunk.port}")


def _dialplan(plan: PbxPlan) -> Iterator[str]:
    yield "[globals]"
    yield "RING=1"
    yield from (f"MODE_{index}=normal" for index, _ in enumerate(_sip(plan)))
    yield "[outside]"
    yield from lines(
        "Set(DIALLED=${EXTEN})",
        "Set(SHOWN=${CALLERID(num)})",
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
    yield from lines("Hangup(1)", exten="no-number")
    yield from lines("Ringing()", "Wait(180)", "Hangup(19)", exten="no-answer")
    yield from lines("Wait(180)", "Hangup(19)", exten="trying")
    yield from lines("Wait(2)", "Goto(normal,1)", exten="late")
    yield from lines("Progress()", f"Playtones({EARLY_TONE}/1000)", "Wait(180)", "Hangup(19)", exten="early")
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
        'Set(RING=${IF($["${RINGS_${EXTEN:-8}}" != ""]?${RINGS_${EXTEN:-8}}:${RING})})',
        "Goto(${ANSWER_${EXTEN:-8}},1)",
        exten="_[0-9+]!",
    )
    yield from lines("Ringing()", "Wait(180)", "Hangup(19)", exten="no")
    yield from lines("Hangup(17)", exten="busy")
    yield from lines(
        "Ringing()",
        "Wait(${RING})",
        "Answer()",
        f"Playtones({GREETING_TONE}/1000)",
        "Wait(3)",
        f"Playtones({BEEP_TONE}/1000)",
        "Wait(1)",
        "StopPlaytones()",
        "Wait(60)",
        "Hangup(16)",
        exten="voicemail",
    )
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
    yield from lines("Answer()", "ReceiveFAX(${HEARD}.tif,f)", "Hangup(16)", exten="fax")
    yield "[talk]"
    yield from lines(
        'ExecIf($["${HEARD}" != ""]?MixMonitor(${HEARD}.mixed.wav,r(${HEARD})))',
        "Set(TIMEOUT(absolute)=${TALK})",
        'GotoIf($["${FAX_FILE}" != ""]?fax,1)',
        f"Playtones({PHONE_TONE}/1000)",
        'GotoIf($["${ECHO}" != ""]?echo,1)',
        "Goto(listen,1)",
        exten="s",
    )
    yield from lines("SendFAX(${FAX_FILE},fz)", "Hangup(16)", exten="fax")
    yield from lines("ReceiveFAX(${FAX_TAKEN},f)", "Hangup(16)", exten="takes")
    yield from lines("Wait(1)", "StopPlaytones()", "Echo()", exten="echo")
    # Keys to press are laid into a global variable: a phone that just talks cannot be told anything else.
    yield from lines(
        "Wait(0.1)",
        'GotoIf($["${KEYS_${PHONE}}" = ""]?listen,1)',
        "Set(KEYS=${KEYS_${PHONE}})",
        "Set(GLOBAL(KEYS_${PHONE})=)",
        "StopPlaytones()",
        'GotoIf($["${KEYS}" = "F"]?takes,1)',
        "SendDTMF(${KEYS},80,80)",
        f"Playtones({PHONE_TONE}/1000)",
        "Goto(listen,1)",
        exten="listen",
    )
