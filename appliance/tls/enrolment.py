"""What hospital IT says of its authority, so that the box may ask it for certificates by ACME (RFC 8555)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from appliance.foundation.secret import SecretMissing, secret
from appliance.settings import Acme
from appliance.tls.identity import called
from appliance.tls.names import Names, is_address, typed
from appliance.tls.offered import opened
from web.certificates import NotTaken
from web.enrolments import Wish

DIRECTORY = re.compile(r"https://[A-Za-z0-9.\[\]:-]{1,260}(?:/[\x21-\x7e]{0,400})?")
HMAC = re.compile(r"[A-Za-z0-9_-]{8,512}={0,2}")
CONTACT = re.compile(r"[^\s@,]{1,64}@[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True)
class Enrolment:
    """directory: URL. roots: PEM, whom the directory's own certificate must come from. names: those to ask for, none
    for what the box is called. key_id, hmac_key (base64url): the external account binding, both or neither.
    """

    directory: str
    roots: str
    contact: str = ""
    names: tuple[str, ...] = ()
    key_id: str = ""
    hmac_key: str = field(default="", repr=False)

    def asked(self, names: Names) -> tuple[str, ...]:
        """Names and addresses that an order is for."""
        return self.names or names.others or (names.host or "localhost",)

    def account(self) -> str:
        """One word for the account there: another authority, contact or binding is another account."""
        return _word(self.directory, self.contact, self.key_id)

    def mark(self, names: Names) -> str:
        """One word for all of it: what was obtained, or refused, under another one says nothing of this."""
        return _word(self.account(), self.roots, self.hmac_key, *self.asked(names))

    def packed(self) -> bytes:
        """For a file that only we can read."""
        return json.dumps(asdict(self)).encode()


def unpacked(content: bytes) -> Enrolment:
    """What `packed` made. Raises ValueError, TypeError."""
    told: dict[str, Any] = json.loads(content)
    return Enrolment(**told | {"names": tuple(told["names"])})


def of_settings(told: Acme, is_fixed: Callable[[], bool]) -> Enrolment:
    """That of `[panel.acme]`. Raises NotTaken."""
    try:
        hmac_key = secret(told.hmac_key)
    except SecretMissing as why:
        raise NotTaken("The HMAC key cannot be read from where the settings say.") from why
    wish = Wish(told.directory, (told.root.encode(),), told.contact, " ".join(told.names), told.key_id, hmac_key)
    return checked(wish, None, is_fixed)


def checked(wish: Wish, before: Enrolment | None, is_fixed: Callable[[], bool]) -> Enrolment:
    """What was typed, if it can be used; root and HMAC key left empty are those of `before`. Raises NotTaken.

    is_fixed: whether the box keeps its address. Asked only where an address is to be in the certificate.
    """
    if DIRECTORY.fullmatch(wish.directory) is None:
        raise NotTaken("Give the address of the authority's ACME directory: https://…")
    if wish.contact and CONTACT.fullmatch(wish.contact) is None:
        raise NotTaken("{contact} is no e-mail address.", contact=wish.contact[:60])
    hmac_key = wish.hmac_key or (before.hmac_key if before is not None and before.key_id == wish.key_id else "")
    if bool(wish.key_id) != bool(hmac_key):
        raise NotTaken("Key id and HMAC key belong together: give both, or neither.")
    _check_hmac(hmac_key)
    names = tuple(typed(wish.names)) if wish.names.strip() else ()
    _check_names(names, is_fixed)
    given = [one for one in wish.roots if one.strip()]
    roots = _roots(given) if given or before is None else before.roots
    return Enrolment(wish.directory, roots, wish.contact, names, wish.key_id, hmac_key)


def root_shown(roots: str) -> str:
    """Whom the directory is trusted by, and how to compare it: `Hospital Root, SHA-256 AB:CD:…`."""
    one = x509.load_pem_x509_certificates(roots.encode())[0]
    return f"{called(one.subject)}, SHA-256 {one.fingerprint(hashes.SHA256()).hex(':').upper()}"


def _check_hmac(key: str) -> None:
    if key and HMAC.fullmatch(key) is None:
        raise NotTaken("The HMAC key is not base64url, as authorities hand it out.")


def _check_names(names: Sequence[str], is_fixed: Callable[[], bool]) -> None:
    for name in names:
        if name.startswith("*."):
            raise NotTaken("{name}: the box can be asked for by its names, not by a star.", name=name)
        if is_address(name) and not is_fixed():
            raise NotTaken("{name} comes from DHCP and may change: ask for a name, or give the box a fixed address.",
                           name=name)  # fmt: skip


def _roots(files: Sequence[bytes]) -> str:
    if not files:
        raise NotTaken("Give the authority's root certificate: by it the box knows that it speaks with no other.")
    found = opened(files, "").certificates
    if not any(one.issuer == one.subject for one in found):
        raise NotTaken(
            "{name} is no root: {issuer} has signed it, and its certificate is needed.",
            name=called(found[0].subject) if found else "", issuer=called(found[0].issuer) if found else "",
        )  # fmt: skip
    found.sort(key=lambda one: one.issuer != one.subject)
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in found)


def _word(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
