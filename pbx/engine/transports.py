"""How SIP travels: what Asterisk listens on and calls from. Only what the plan needs is opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pbx.engine.files import section
from pbx.plan import PbxPlan
from pbx.plan_trunks import SipTrunk

AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
"""Debian's own."""


class Listening(Protocol):
    """Where SIP listens, and with which certificate; `settings.exchange` has this shape."""

    @property
    def sip_address(self) -> str: ...

    @property
    def sip_port(self) -> int: ...

    @property
    def tls_port(self) -> int: ...

    @property
    def wss_port(self) -> int: ...

    @property
    def tls_certificate(self) -> str: ...

    @property
    def tls_key(self) -> str: ...

    @property
    def tls_authorities(self) -> str: ...


def kept_certificate(directory: Path) -> Path:
    """Where the certificate lies that the box makes itself, key and all, when the settings name none."""
    return directory / "lib" / "keys" / "sip.pem"


def certificate(listening: Listening, directory: Path) -> tuple[Path, Path]:
    """The files of certificate and key, in PEM."""
    if listening.tls_certificate:
        return Path(listening.tls_certificate), Path(listening.tls_key or listening.tls_certificate)
    return kept_certificate(directory), kept_certificate(directory)


def needs_certificate(plan: PbxPlan) -> bool:
    """Whether phones talk to us over TLS or from a browser."""
    return any(group.transport != "udp" for group in plan.extensions)


def needs_browsers(plan: PbxPlan) -> bool:
    """Whether phones are browsers."""
    return any(group.transport == "webrtc" for group in plan.extensions)


def name(trunk: SipTrunk) -> str:
    """The transport over which a trunk is reached."""
    return {"udp": "udp", "tcp": "tcp", "tls": "tls-out"}[trunk.transport]


def transports(plan: PbxPlan, listening: Listening, directory: Path) -> Iterator[str]:
    """Sections of pjsip.conf. TLS out has a transport of its own: carriers prove themselves, phones need not."""
    here = listening.sip_address
    used = {trunk.transport for trunk in plan.trunks if isinstance(trunk, SipTrunk)}
    phones = {group.transport for group in plan.extensions}
    yield section("udp", type="transport", protocol="udp", bind=f"{here}:{listening.sip_port}")
    if "tcp" in used:
        yield section("tcp", type="transport", protocol="tcp", bind=f"{here}:{listening.sip_port}")
    if "tls" in phones:
        file, key = certificate(listening, directory)
        yield section(
            "tls", type="transport", protocol="tls", bind=f"{here}:{listening.tls_port}",
            cert_file=file, priv_key_file=key, method="tlsv1_2",
        )  # fmt: skip
    if "tls" in used:
        yield section(
            "tls-out", type="transport", protocol="tls", bind=f"{here}:0", verify_server="yes",
            ca_list_file=listening.tls_authorities or AUTHORITIES, method="tlsv1_2",
        )  # fmt: skip
    if "webrtc" in phones:
        yield section("wss", type="transport", protocol="wss", bind=here)


def browsers_http(plan: PbxPlan, listening: Listening, directory: Path) -> dict[str, object]:
    """What http.conf says besides, so that browsers reach SIP by a secure WebSocket."""
    if not needs_browsers(plan):
        return {}
    file, key = certificate(listening, directory)
    return {
        "tlsenable": "yes",
        "tlsbindaddr": f"{listening.sip_address}:{listening.wss_port}",
        "tlscertfile": file,
        "tlsprivatekey": key,
    }
