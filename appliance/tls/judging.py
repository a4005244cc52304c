"""Whether what was brought can be the box's certificate; each fault in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto

from appliance.tls.identity import BEHIND, Identity, Key, called, signed
from appliance.tls.names import Names, covers, of, shown
from appliance.tls.offered import Offered
from web.certificates import NotTaken

SMALLEST_RSA = 2048
CURVES = ("secp256r1", "secp384r1")
"""That every browser knows."""
WEAK = (hashes.MD5, hashes.SHA1)


def judged(offered: Offered, asked: Key | None, names: Names, now: datetime) -> Identity:
    """The box's new identity. asked: the key of the request that waits, if one does. Raises NotTaken."""
    keys = [*offered.keys, *([asked] if asked is not None else [])]
    if not offered.certificates:
        raise NotTaken("There is a key in it, but no certificate.")
    if not keys:
        raise NotTaken("There is no key in it, and no request was made here: give the key too, or make a request.")
    key, leaf = _pair(keys, offered.certificates)
    _check_strength(key, leaf)
    path = _path(leaf, [one for one in offered.certificates if one != leaf])
    for one in path:
        _check_dates(one, now)
    _check_purpose(leaf)
    _check_names(leaf, names)
    _check_whole(path, now)
    return Identity(key, leaf, tuple(one for one in path[1:] if one.issuer != one.subject))


def _pair(keys: Sequence[Key], certificates: Sequence[x509.Certificate]) -> tuple[Key, x509.Certificate]:
    for key in keys:
        for one in certificates:
            if one.public_key() == key.public_key():
                return key, one
    first = called(certificates[0].subject)
    raise NotTaken(
        "The certificate of {name} does not fit the key: it was made for another key or an older request.", name=first
    )


def _check_strength(key: Key, leaf: x509.Certificate) -> None:
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < SMALLEST_RSA:
            raise NotTaken("Its key has {bits} bits: browsers want 2048 or more.", bits=key.key_size)
    elif not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name not in CURVES:
        raise NotTaken("Its key is of a kind that browsers do not know: RSA, P-256 and P-384 are.")
    if isinstance(leaf.signature_hash_algorithm, WEAK):
        raise NotTaken("It is signed with {hash}, which browsers refuse.", hash=leaf.signature_hash_algorithm.name)


def _path(leaf: x509.Certificate, others: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """From the leaf upwards; all that was given must be on it."""
    path, rest = [leaf], list(others)
    while path[-1].issuer != path[-1].subject:
        named = [one for one in rest if one.subject == path[-1].issuer]
        above = next((one for one in named if signed(path[-1], one)), None)
        if above is None and named:
            raise NotTaken(
                "{issuer} in the file has not signed {name}: it is another one of the same name.",
                issuer=called(named[0].subject), name=called(path[-1].subject),
            )  # fmt: skip
        if above is None:
            break
        path.append(above)
        rest.remove(above)
    if rest:
        raise NotTaken(
            "{other} is not in the chain of {name}: {issuer} is missing, or the file is of another machine.",
            other=called(rest[0].subject), name=called(leaf.subject), issuer=called(path[-1].issuer),
        )  # fmt: skip
    return path


def _check_dates(one: x509.Certificate, now: datetime) -> None:
    if now >= one.not_valid_after_utc:
        raise NotTaken("{name} ended on {date}.", name=called(one.subject), date=f"{one.not_valid_after_utc:%Y-%m-%d}")
    if now + BEHIND < one.not_valid_before_utc:
        raise NotTaken(
            "{name} begins only on {date}: is the clock of the box right?",
            name=called(one.subject), date=f"{one.not_valid_before_utc:%Y-%m-%d}",
        )  # fmt: skip


def _check_purpose(leaf: x509.Certificate) -> None:
    try:
        wanted = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        wanted = None
    uses = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
    if wanted is not None and not any(use in wanted for use in uses):
        raise NotTaken("It is not for servers: ask the authority for a certificate of a web server.")
    if leaf.issuer != leaf.subject and _is_authority(leaf):
        raise NotTaken("{name} is the certificate of an authority, not of this box.", name=called(leaf.subject))


def _is_authority(one: x509.Certificate) -> bool:
    try:
        return one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _check_names(leaf: x509.Certificate, names: Names) -> None:
    said = of(leaf)
    if not said:
        raise NotTaken("It names no machine where browsers look for it (subject alternative name).")
    if not covers(said, names):
        raise NotTaken(
            "It is for {given}; this box is {names}. Other names are set by `names` under [panel] in its settings.",
            given=shown(said), names=shown(names.every()),
        )  # fmt: skip


def _check_whole(path: Sequence[x509.Certificate], now: datetime) -> None:
    """What else a browser would say against the chain, by OpenSSL."""
    store = crypto.X509Store()
    store.add_cert(crypto.X509.from_cryptography(path[-1]))
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    store.set_time(now + BEHIND)
    between = [crypto.X509.from_cryptography(one) for one in path[1:-1]]
    try:
        crypto.X509StoreContext(store, crypto.X509.from_cryptography(path[0]), between).verify_certificate()
    except crypto.X509StoreContextError as why:
        raise NotTaken("Browsers would not believe it: {why}.", why=str(why)) from why
