"""What may reach the box: the ports on which the settings and the plan in force let something listen, and no others.

python -m appliance.box.firewall     as root, at each start and when either file changes: checks, then puts in force
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from appliance.box import places
from appliance.box.daemon_settings import settings_text
from appliance.box.file import BoxFile
from appliance.box.first_records import smallest_plan
from appliance.foundation.config import Faulty, parse
from appliance.plan import Plan
from appliance.settings import Settings, load
from nursecall.plan_lines import EspaxLine
from pbx.engine.transports import needs_browsers
from pbx.plan_trunks import SipTrunk
from pbx.provisioning.pnp import PORT as PLUG_AND_PLAY

RULES = places.RUN / "nftables.conf"
SSH = 22


@dataclass(frozen=True)
class Open:
    """TCP and UDP ports; speech: the first and the last UDP port of telephones' speech, None for none.

    sip: those of `tcp` and `udp` at which strangers try secrets, and which are guarded against floods.
    """

    tcp: frozenset[int]
    udp: frozenset[int]
    speech: tuple[int, int] | None
    sip: frozenset[int]


def opened(settings: Settings, plan: Plan, *, ssh: bool) -> Open:
    """What is to be reached from outside. What listens at the loopback alone is not."""
    exchange = settings.exchange
    sip_tcp = frozenset(_sip_tcp(settings, plan)) if is_outside(exchange.sip_address) else frozenset[int]()
    sip_udp = frozenset((exchange.sip_port,)) if is_outside(exchange.sip_address) else frozenset[int]()
    asked = settings.provisioning
    if asked is not None and asked.plug_and_play and is_outside(asked.address):
        sip_udp |= {PLUG_AND_PLAY}
    return Open(
        tcp=frozenset(_tcp(settings, plan)) | sip_tcp | ({SSH} if ssh else frozenset()),
        udp=sip_udp,
        speech=(exchange.rtp_first, exchange.rtp_last) if is_outside(exchange.sip_address) else None,
        sip=sip_tcp | sip_udp,
    )


def _tcp(settings: Settings, plan: Plan) -> Iterator[int]:
    """All but SIP."""
    if is_outside(settings.panel.address):
        yield settings.panel.port
        if settings.panel.tls_port is not None:
            yield settings.panel.tls_port
    if settings.provisioning is not None and is_outside(settings.provisioning.address):
        yield settings.provisioning.port
    for line in plan.nursecall.lines:
        if isinstance(line, EspaxLine):
            host, _, port = line.listen.rpartition(":")
            if is_outside(host):
                yield int(port)
    yield from (feed.port for feed in plan.nursecall.adt if is_outside(feed.host))


def _sip_tcp(settings: Settings, plan: Plan) -> Iterator[int]:
    if any(isinstance(trunk, SipTrunk) and trunk.transport == "tcp" for trunk in plan.pbx.trunks):
        yield settings.exchange.sip_port
    if any(group.transport == "tls" for group in plan.pbx.extensions):
        yield settings.exchange.tls_port
    if needs_browsers(plan.pbx):
        yield settings.exchange.wss_port


def is_outside(address: str) -> bool:
    """Whether who is not on the box reaches what listens there."""
    try:
        return not ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address != "localhost"


def ruleset(open_: Open) -> str:
    """For nft. Replaces what was in force in one step."""
    tcp = [f"        tcp dport {_set(open_.tcp)} accept"] if open_.tcp else []
    udp = [f"        udp dport {_set(open_.udp)} accept"] if open_.udp else []
    speech = ["        udp dport {}-{} accept".format(*open_.speech)] if open_.speech else []
    floods = []
    if open_.sip:
        at = _set(open_.sip)
        floods = [
            f"        udp dport {at} update @floods {{ ip saddr limit rate over 200/second burst 400 packets }} drop",
            f"        tcp dport {at} ct state new update @floods "
            "{ ip saddr limit rate over 20/second burst 60 packets } drop",
        ]
    rows = [
        "# Made by Nightbell from its settings and the plan in force.",
        "table inet filter",
        "delete table inet filter",
        "table inet filter {",
        "    set floods { type ipv4_addr; size 65535; flags dynamic,timeout; timeout 1m; }",
        "    chain input {",
        "        type filter hook input priority filter; policy drop;",
        "        iif lo accept",
        *floods,
        "        ct state established,related accept",
        "        ct state invalid drop",
        "        ip protocol icmp accept",
        "        ip6 nexthdr icmpv6 accept",
        "        udp dport 68 accept",
        *tcp,
        *udp,
        *speech,
        "    }",
        "    chain forward { type filter hook forward priority filter; policy drop; }",
        "    chain output { type filter hook output priority filter; policy accept; }",
        "}",
    ]
    return "\n".join(rows) + "\n"


def _set(ports: Iterable[int]) -> str:
    return "{ " + ", ".join(map(str, sorted(ports))) + " }"


def in_force(home: Path) -> tuple[Settings, Plan]:
    """The daemon's files, or what its first start will make of them. Raises Faulty."""
    try:
        settings = load(home / places.SETTINGS.name)
    except FileNotFoundError:
        settings = parse(settings_text(BoxFile(), "nightbell"), Settings)
        settings = settings.model_copy(update={"directory": home})
    try:
        plan = parse(settings.plan_copy.read_text("utf-8"), Plan)
    except FileNotFoundError:
        plan = parse(smallest_plan(BoxFile()), Plan)
    return settings, plan


def main() -> None:
    """Put it in force; what cannot be read, or is refused by nft, leaves what was."""
    try:
        settings, plan = in_force(places.HOME)
    except (OSError, UnicodeDecodeError, Faulty) as why:
        sys.exit(f"the firewall stays as it was: {why}")
    keys = places.KEPT / "ssh" / "authorized_keys"
    RULES.write_text(ruleset(opened(settings, plan, ssh=keys.is_file() and keys.stat().st_size > 0)), "utf-8")
    for arguments in (("-c", "-f"), ("-f",)):
        done = subprocess.run(("nft", *arguments, str(RULES)), capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"the firewall stays as it was: {done.stderr.strip()}")


if __name__ == "__main__":
    main()
