"""The exchange's configuration, made whole from the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pbx.engine import dahdi, transports
from pbx.engine.dialplan import MAILBOXES, WATCHED, dialplan
from pbx.engine.files import BANS, T38, Network, foundation, section
from pbx.engine.program import Engine
from pbx.engine.sip_trunks import endpoint as endpoint
from pbx.engine.sip_trunks import sip_trunk
from pbx.plan import ExtensionGroup, PbxPlan
from pbx.plan_trunks import SipTrunk


class Addresses(Network, transports.Listening, Protocol):
    """Where the exchange listens: `settings.exchange` has this shape."""


@dataclass(frozen=True)
class Secrets:
    """The REST interface's password, each extension's, and those that carriers gave us, by trunk. Never shown."""

    ari: str = field(repr=False)
    extensions: Mapping[str, str] = field(repr=False)
    trunks: Mapping[str, str] = field(default_factory=dict, repr=False)


def configuration(
    plan: PbxPlan,
    secrets: Secrets,
    addresses: Addresses,
    engine: Engine,
    directory: Path,
    *,
    qualify_seconds: int = 10,
    music: Sequence[Path] = (),
    seats: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Every file of the exchange's configuration, by name.

    directory: where this instance keeps what it writes.
    qualify_seconds: how often each trunk is asked whether it lives. music: for who is on hold, in turn.
    seats: the telephone of each extension that is not at its own.
    """
    modules = (*(dahdi.MODULES if dahdi.has_cards(plan.trunks) else ()), *LAMPS)
    browsers = transports.needs_browsers(plan)
    return {
        **foundation(
            engine,
            directory,
            addresses,
            secrets.ari,
            http=transports.browsers_http(plan, addresses, directory),
            ice=browsers,
            modules=modules,
            music=music,
            watched=True,
        ),
        "pjsip.conf": "\n".join(_pjsip(plan, secrets, addresses, directory, qualify_seconds)),
        "extensions.conf": dialplan(plan, seats or {}),
        **dahdi.dahdi_files(plan.trunks),
    }


LAMPS = (
    "res_pjsip_outbound_publish",  # the next one has symbols of it
    "res_pjsip_exten_state",
    "res_pjsip_dialog_info_body_generator",
    "res_pjsip_pidf_body_generator",
)
"""What telephones' lamps need to follow other extensions. Always loaded: a plan may ask for it while Asterisk runs."""

UNKNOWN = {"unidentified_request_count": 1, "unidentified_request_period": 5, "unidentified_request_prune_interval": 30}
"""So soon somebody who is nobody of ours is written down: at the second request within five seconds."""


def is_trunk(channel: str) -> bool:
    """Whether a channel of that name, `PJSIP/<endpoint>-<serial>` or a card's, leads outside."""
    return not channel.startswith("PJSIP/") or channel.startswith(f"PJSIP/{endpoint('')}")


def _pjsip(
    plan: PbxPlan, secrets: Secrets, addresses: Addresses, directory: Path, qualify_seconds: int
) -> Iterator[str]:
    # A phone must prove itself by its name, whatever address it calls from.
    yield section("global", type="global", endpoint_identifier_order="username,ip", user_agent="Nightbell", **UNKNOWN)
    yield section(BANS, type="acl", acl=BANS)
    # A carrier that says nothing to an INVITE is given up after 6.4 s, the least that can be set: there is another.
    yield section("system", type="system", timer_t1=100, timer_b=6400)
    yield from transports.transports(plan, addresses, directory)
    yield section("voice", "(!)", type="endpoint", **_voice(addresses.sip_address))
    lamps = (
        {"allow_subscribe": "yes", "subscribe_context": WATCHED} if plan.phones.watched() else {"allow_subscribe": "no"}
    )
    yield section("phone", "(!,voice)", context="phones", trust_id_inbound="no", **lamps)
    boxes = frozenset(plan.voicemail.numbers())
    if boxes & frozenset(plan.features.seating.who()):
        # Their lamps follow whoever is at them.
        seated = plan.features.seating
        boxes |= {number for number in plan.numbers() if seated.may_be_sat_at(number, (number,))}
    yield section("place", "(!)", type="aor", max_contacts=1, remove_existing="yes", minimum_expiration=30)
    for group in plan.extensions:
        safe = {**_safe(group), **(T38 if group.fax else {})}
        for number in group.each():
            box = {"mailboxes": f"{number}@{MAILBOXES}"} if number in boxes else {}
            # Told as soon as it registers, or as it asks to be: makers differ.
            lamp = {**box, "mwi_subscribe_replaces_unsolicited": "yes", "allow_subscribe": "yes"} if box else {}
            yield section(number, "(phone)", auth=number, aors=number, callerid=f"{number} <{number}>", **safe, **lamp)
            yield section(number, type="auth", auth_type="digest", username=number, password=secrets.extensions[number])
            yield section(number, "(place)", **box)
    for trunk in plan.trunks:
        if isinstance(trunk, SipTrunk):
            password = secrets.trunks.get(trunk.id, "")
            yield from sip_trunk(trunk, transports.name(trunk), password, qualify_seconds)


def _safe(group: ExtensionGroup) -> dict[str, object]:
    """How what is said by the group's phones is kept from others' ears."""
    if group.transport == "webrtc":
        return {"webrtc": "yes", "dtls_auto_generate_cert": "yes"}
    if group.transport == "udp" or group.srtp == "no":
        return {}
    optional = "yes" if group.srtp == "optional" else "no"
    return {"media_encryption": "sdes", "media_encryption_optimistic": optional}


def _voice(address: str) -> dict[str, object]:
    """G.711 through us: media never goes round the exchange, which must be able to cut it."""
    options: dict[str, object] = {
        "disallow": "all",
        "allow": "alaw,ulaw",
        "direct_media": "no",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "yes",
        "dtmf_mode": "auto_info",
        # A phone that vanished (its cord, its battery) must not stay on a paid line.
        "rtp_timeout": 60,
        "rtp_timeout_hold": 600,
    }
    if address != "0.0.0.0":  # noqa: S104 - compared, not bound
        options |= {"media_address": address, "bind_rtp_to_media_address": "yes"}
    return options
