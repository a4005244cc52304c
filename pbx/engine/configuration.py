"""The exchange's configuration, made whole from the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pbx.engine.dialplan import dialplan
from pbx.engine.files import Network, foundation, section
from pbx.engine.program import Engine
from pbx.plan import PbxPlan, Trunk


class Addresses(Network, Protocol):
    """Where the exchange listens: `settings.exchange` has this shape."""

    @property
    def sip_address(self) -> str: ...

    @property
    def sip_port(self) -> int: ...


@dataclass(frozen=True)
class Secrets:
    """The REST interface's password, and each extension's. Never shown."""

    ari: str = field(repr=False)
    extensions: Mapping[str, str] = field(repr=False)


def configuration(
    plan: PbxPlan,
    secrets: Secrets,
    addresses: Addresses,
    engine: Engine,
    directory: Path,
    *,
    qualify_seconds: int = 10,
) -> dict[str, str]:
    """Every file of the exchange's configuration, by name.

    directory: where this instance keeps what it writes.
    qualify_seconds: how often each trunk is asked whether it lives.
    """
    return {
        **foundation(engine, directory, addresses, secrets.ari),
        "pjsip.conf": "\n".join(_pjsip(plan, secrets, addresses, qualify_seconds)),
        "extensions.conf": dialplan(plan),
    }


def endpoint(trunk: str) -> str:
    """The name of a trunk's SIP endpoint; apart from extensions, which are bare numbers."""
    return f"trunk-{trunk}"


def _pjsip(plan: PbxPlan, secrets: Secrets, addresses: Addresses, qualify_seconds: int) -> Iterator[str]:
    # A phone must prove itself by its name, whatever address it calls from.
    yield section("global", type="global", endpoint_identifier_order="username,ip", user_agent="Nightbell")
    # A carrier that says nothing to an INVITE is given up after 8 s, not 32: there is another one.
    yield section("system", type="system", timer_t1=125, timer_b=8000)
    yield section("udp", type="transport", protocol="udp", bind=f"{addresses.sip_address}:{addresses.sip_port}")
    yield section("voice", "(!)", type="endpoint", **_voice(addresses.sip_address))
    yield section("phone", "(!,voice)", context="phones", trust_id_inbound="no", allow_subscribe="no")
    yield section("place", "(!)", type="aor", max_contacts=1, remove_existing="yes", minimum_expiration=30)
    for number in plan.numbers():
        yield section(number, "(phone)", auth=number, aors=number, callerid=f"{number} <{number}>")
        yield section(number, type="auth", auth_type="digest", username=number, password=secrets.extensions[number])
        yield section(number, "(place)")
    for trunk in plan.trunks:
        yield from _trunk(trunk, qualify_seconds)


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


def _trunk(trunk: Trunk, qualify_seconds: int) -> Iterator[str]:
    name = endpoint(trunk.id)
    caller = {"from_user": trunk.caller_id} if trunk.caller_id else {}
    yield section(name, "(voice)", context="carriers", aors=name, **caller)
    contact = f"sip:{trunk.host}:{trunk.port}"
    yield section(name, type="aor", contact=contact, qualify_frequency=qualify_seconds, qualify_timeout="2.0")
    yield section(name, type="identify", endpoint=name, match=f"{trunk.host}:{trunk.port}")
