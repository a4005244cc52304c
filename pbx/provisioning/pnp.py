"""SIP plug and play: a telephone without settings asks its network by multicast, and is told where they are.

The telephone sends SUBSCRIBE for the event `ua-profile` to 224.0.1.75:5060; who has settings answers 200 and sends
NOTIFY with their address as `application/url`: Yealink, Snom, Grandstream and Fanvil alike. They took it from
draft-ietf-sipping-config-framework; RFC 6080 is what became of that. Messages as in the traces on Snom's service hub.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from pbx.provisioning.makers import NAMES, Maker, Told, told

GROUP = "224.0.1.75"
PORT = 5060
LONGEST = 4096
"""Bytes of a SUBSCRIBE that are looked at."""

_MAC = re.compile(r"sips?:(?:MAC)?(?:%3[aA]|=|:)?([0-9a-fA-F]{12})@")
_URI = re.compile(r"<?(sips?:[^>;\s]+)")
_FACT = re.compile(r'(\w[\w-]*)="([^"]*)"')


@dataclass(frozen=True)
class Subscribe:
    """What a telephone asked. kept: the header lines that answers repeat; contact: the URI to notify."""

    mac: str
    told: Told
    contact: str
    event: str
    kept: tuple[tuple[str, str], ...]


def heard(datagram: bytes) -> Subscribe | None:
    """A SUBSCRIBE for settings; None for anything else, however it looks."""
    head, _, rest = datagram[:LONGEST].decode("utf-8", "replace").partition("\r\n")
    found = _MAC.search(head)
    if not head.startswith("SUBSCRIBE ") or not head.endswith(" SIP/2.0") or found is None:
        return None
    lines = [line.partition(":") for line in rest.partition("\r\n\r\n")[0].split("\r\n")]
    said = {name.strip().lower(): value.strip() for name, colon, value in lines if colon}
    contact = _URI.match(said.get("contact", ""))
    event = said.get("event", "")
    if not event.lower().startswith("ua-profile") or contact is None:
        return None
    if not all(_clean(said.get(name, "")) for name in ("via", "from", "to", "call-id", "cseq", "event")):
        return None
    kept = tuple((name, said[name.lower()]) for name in ("Via", "From", "To", "Call-ID", "CSeq"))
    return Subscribe(found[1].lower(), _told(said.get("user-agent", ""), event), contact[1], event, kept)


def _clean(value: str) -> bool:
    """Whether a value is there and may be repeated: nothing in it ends a line."""
    return bool(value) and value.isprintable()


def _told(agent: str, event: str) -> Told:
    """What it says of itself, by its User-Agent or by the facts of its event."""
    says = told(agent)
    if says.maker != "other":
        return says
    facts = {name.lower(): value for name, value in _FACT.findall(event)}
    vendor = facts.get("vendor", "").lower()
    maker: Maker = next((known for known, name in NAMES.items() if name and name.lower() == vendor), "other")
    return Told(maker, facts.get("model", "").removeprefix("snom")[:40], facts.get("version", "")[:40])


def answers(asked: Subscribe, url: str, here: str) -> tuple[bytes, bytes]:
    """200 for the SUBSCRIBE, and the NOTIFY. here: our own `address:port`, where the NOTIFY is answered."""
    tag = secrets.token_hex(4)
    kept = dict(asked.kept)
    to = kept["To"] if ";tag=" in kept["To"] else f"{kept['To']};tag={tag}"
    taken = [
        "SIP/2.0 200 OK",
        *(f"{name}: {to if name == 'To' else value}" for name, value in asked.kept),
        f"Contact: <sip:{here}>",
        "Expires: 0",
        "Content-Length: 0",
    ]
    notify = [
        f"NOTIFY {asked.contact} SIP/2.0",
        f"Via: SIP/2.0/UDP {here};rport;branch=z9hG4bK{secrets.token_hex(6)}",
        "Max-Forwards: 20",
        f"From: {to}",
        f"To: {kept['From']}",
        f"Call-ID: {kept['Call-ID']}",
        "CSeq: 1 NOTIFY",
        f"Contact: <sip:{here}>",
        f"Event: {asked.event}",
        "Subscription-State: terminated;reason=timeout",
        "Content-Type: application/url",
        f"Content-Length: {len(url.encode())}",
    ]
    return _message(taken), _message(notify) + url.encode()


def _message(lines: list[str]) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode()
