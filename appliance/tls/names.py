"""What browsers may call the box, and whether a certificate is for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from cryptography import x509

from web.certificates import NotTaken

NAME = re.compile(r"(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63})*")
LONGEST = 253


@dataclass(frozen=True)
class Names:
    """host: the box's own name, perhaps without a domain. others: names it has in the hospital. addresses: IP."""

    host: str
    others: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def every(self) -> tuple[str, ...]:
        """All of them, each once, the best to show first."""
        return tuple(dict.fromkeys((*self.others, *filter(None, [self.host]), *self.addresses)))


def general(name: str) -> x509.GeneralName:
    """A name or an address as certificates have it."""
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def of(certificate: x509.Certificate | x509.CertificateSigningRequest) -> list[str]:
    """The names and addresses that it is for; none where it says them only as browsers of old read them."""
    try:
        said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [*said.get_values_for_type(x509.DNSName), *(str(one) for one in said.get_values_for_type(x509.IPAddress))]


def covers(said: Iterable[str], names: Names) -> bool:
    """Whether a certificate for `said` is for a box of these names: a first label that is its host's is enough."""
    wanted = {name.lower() for name in names.every()}
    host = names.host.lower().partition(".")[0]
    for name in (one.lower() for one in said):
        if name in wanted or (host and name.partition(".")[0] == host):
            return True
        if name.startswith("*.") and any(one.partition(".")[2] == name[2:] for one in wanted):
            return True
    return False


def typed(text: str) -> list[str]:
    """Names and addresses between blanks or commas. Raises NotTaken."""
    found = list(dict.fromkeys(re.split(r"[\s,;，；、]+", text.strip()))) if text.strip() else []
    for name in found:
        if not is_address(name) and (len(name) > LONGEST or NAME.fullmatch(name) is None):
            raise NotTaken("{name} is no name of a machine and no address.", name=name[:60])
    if not found:
        raise NotTaken("Say at least one name or address of the box.")
    return found


def shown(said: Sequence[str]) -> str:
    """For a sentence."""
    return ", ".join(said[:4]) + (", …" if len(said) > 4 else "")


def is_address(name: str) -> bool:
    """Whether that is no name, but an IP address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
