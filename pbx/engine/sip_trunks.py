"""A SIP trunk as Asterisk's objects: endpoint, addresses, registration, and by what it is known when it calls us."""

from __future__ import annotations

from collections.abc import Iterator

from pbx.engine.files import CARRIERS, T38, section
from pbx.plan_trunks import SipTrunk

AGAIN = 30
"""Seconds until a registration that failed is tried again, for whatever reason: the carrier may mend an account."""


TRUNK = "trunk-"


def endpoint(trunk: str) -> str:
    """The name of a trunk's SIP endpoint; apart from extensions, which are bare numbers."""
    return f"{TRUNK}{trunk}"


def freely(trunk: str) -> str:
    """The name of its second endpoint, for calls that say themselves which caller's number is shown."""
    return f"{endpoint(trunk)}_freely"  # no id of the plan has an underscore


def uri(address: str, transport: str, user: str = "") -> str:
    """A SIP URI as a configuration file has it, its semicolons escaped."""
    return _uri(address, transport, user).replace(";", "\\;")


def dialled(trunk: SipTrunk, number: str, *, says: bool = False) -> tuple[str, ...]:
    """What Asterisk is to dial for `number`, as the carrier wants it: one channel name for each host, in order.

    says: the call itself says which caller's number stands in From, where the carrier lets us say so.
    """
    name = freely(trunk.id) if says and _may_say(trunk) else endpoint(trunk.id)
    if not trunk.hosts:
        return (f"PJSIP/{number}@{name}",)
    return tuple(f"PJSIP/{name}/{_uri(address, trunk.transport, number)}" for address in trunk.addresses)


def sip_trunk(trunk: SipTrunk, transport: str, password: str, qualify_seconds: int) -> Iterator[str]:
    """Its sections of pjsip.conf. transport: its name there. password: empty where there is none to be had."""
    name, log_in = endpoint(trunk.id), bool(trunk.user and password)
    # Never by the name that a caller claims: anybody could say that they are this carrier.
    known = {"context": _context(trunk), "aors": name, "transport": transport, "identify_by": "ip"}
    # Who calls is what the carrier vouches for (P-Asserted-Identity), and whether it may be shown (Privacy).
    known["trust_id_inbound"] = "yes"
    options = {**known, **_media(trunk), **_shown(trunk)}
    if log_in:
        options["outbound_auth"] = name
        realm = {"realm": trunk.realm} if trunk.realm else {}
        yield section(name, type="auth", auth_type="digest", username=trunk.user, password=password, **realm)
    if trunk.proxy:
        options["outbound_proxy"] = f"sip:{trunk.proxy}\\;lr"
    yield section(name, "(voice)", **options)
    if _may_say(trunk):
        yield section(freely(trunk.id), "(voice)", **{k: v for k, v in options.items() if k != "from_user"})
    contacts = ",".join(uri(address, trunk.transport) for address in trunk.addresses)
    probe = qualify_seconds if trunk.probe is None else trunk.probe
    yield section(name, type="aor", contact=contacts, qualify_frequency=probe, qualify_timeout="2.0")
    # Over TCP and TLS a carrier calls from any port; over UDP several trunks may stand at one address.
    match = ",".join(a if trunk.transport == "udp" else a.partition(":")[0] for a in trunk.addresses)
    yield section(name, type="identify", endpoint=name, match=match)
    if trunk.registered and log_in:
        yield _registration(trunk, name, transport)


def _registration(trunk: SipTrunk, name: str, transport: str) -> str:
    proxy = {"outbound_proxy": f"sip:{trunk.proxy}\\;lr"} if trunk.proxy else {}
    return section(
        name,
        type="registration",
        transport=transport,
        outbound_auth=name,
        server_uri=uri(trunk.addresses[0], trunk.transport),
        client_uri=f"sip:{trunk.user}@{trunk.from_domain or trunk.host}",
        contact_user=trunk.user,
        expiration=trunk.expiry,
        retry_interval=AGAIN,
        forbidden_retry_interval=AGAIN,
        fatal_retry_interval=AGAIN,
        max_retries=1000000,
        auth_rejection_permanent="no",
        # What the carrier sends to the address that we registered is this trunk's, wherever it comes from.
        line="yes",
        endpoint=name,
        **proxy,
    )


def _context(trunk: SipTrunk) -> str:
    return CARRIERS if trunk.called_in == "uri" else f"{CARRIERS}-{trunk.called_in}"


def _media(trunk: SipTrunk) -> dict[str, object]:
    media: dict[str, object] = {"allow": f"!all,{','.join(trunk.codecs)}", "dtmf_mode": trunk.dtmf}
    if trunk.srtp != "no":
        media |= {"media_encryption": "sdes", "media_encryption_optimistic": _yes(trunk.srtp == "optional")}
    if trunk.fax:
        media |= T38
    return media


def _may_say(trunk: SipTrunk) -> bool:
    """Whether From may hold another number than the trunk's own: not where it is the user we log in as."""
    return trunk.shown == "from" and not trunk.user


def _shown(trunk: SipTrunk) -> dict[str, object]:
    """Our number stands in From; or it is asserted beside the user whom the carrier knows us by."""
    ours = trunk.caller_id
    shown: dict[str, object] = {"from_domain": trunk.from_domain} if trunk.from_domain else {}
    if trunk.shown == "from":
        return {**shown, "from_user": ours or trunk.user} if ours or trunk.user else shown
    shown |= {"send_pai" if trunk.shown == "pai" else "send_rpid": "yes", "trust_id_outbound": "yes"}
    if trunk.user:
        shown["from_user"] = trunk.user
    if ours:
        shown["callerid"] = f"<{ours}>"
    return shown


def _uri(address: str, transport: str, user: str = "") -> str:
    return f"sip:{user}@{address}".replace("sip:@", "sip:") + ("" if transport == "udp" else f";transport={transport}")


def _yes(said: bool) -> str:
    return "yes" if said else "no"
