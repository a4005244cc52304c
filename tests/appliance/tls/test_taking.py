"""What hospital IT brings is taken when browsers would believe it, and else refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.i18n import translate
from appliance.tls import deeds, making
from appliance.tls.names import Names, covers, typed
from appliance.tls.offered import opened
from appliance.tls.shelf import Shelf
from tests.appliance.tls.hospital_authority import Authority, key_pem, new_key, pem
from tests.fakes.clock import START
from web.certificates import NotTaken

BOX = Names("nightbell", ("bell.hospital.example",), ("10.1.2.3",))
NAME = "bell.hospital.example"
ROOT = Authority.root()
ISSUING = ROOT.below()
KEY = new_key()
LEAF = ISSUING.signs(KEY.public_key(), NAME, "10.1.2.3")
CHAIN = (LEAF, ISSUING.certificate, ROOT.certificate)


def taken(tmp_path: Path, *files: bytes, passphrase: str = "", names: Names = BOX) -> Shelf:
    """A shelf after these files were brought. Raises NotTaken."""
    shelf = Shelf(tmp_path / "tls")
    deeds.take(shelf, files, passphrase, names, "it", START)
    return shelf


def binary(one: x509.Certificate) -> bytes:
    """DER."""
    return one.public_bytes(serialization.Encoding.DER)


P12 = pkcs12.serialize_key_and_certificates(
    b"box", KEY, LEAF, [ISSUING.certificate, ROOT.certificate], serialization.BestAvailableEncryption(b"p")
)


@pytest.mark.parametrize(
    ("files", "passphrase"),
    [
        ((key_pem(KEY), pem(*CHAIN)), ""),
        ((pem(ROOT.certificate, LEAF, ISSUING.certificate) + key_pem(KEY),), ""),  # in any order
        ((key_pem(KEY, "p"), binary(LEAF), binary(ISSUING.certificate), binary(ROOT.certificate)), "p"),
        ((P12,), "p"),
        ((key_pem(KEY), pkcs7.serialize_certificates(list(CHAIN), serialization.Encoding.DER)), ""),
        ((key_pem(KEY), pkcs7.serialize_certificates(list(CHAIN), serialization.Encoding.PEM)), ""),
        ((key_pem(KEY), pem(LEAF, ISSUING.certificate)), "not needed"),
    ],
)
def test_whatever_an_authority_hands_out_is_read(files: tuple[bytes, ...], passphrase: str, tmp_path: Path) -> None:
    """And sent to browsers without the root, which they have."""
    found = taken(tmp_path, *files, passphrase=passphrase).in_force(BOX, START)
    assert (found.own, found.trouble) == (False, "")
    assert (found.identity.leaf, found.identity.chain) == (LEAF, (ISSUING.certificate,))


def test_a_request_waits_for_its_certificate(tmp_path: Path) -> None:
    """Its key never leaves the box; a certificate for an older request does not fit."""
    shelf = Shelf(tmp_path / "tls")
    older, _ = deeds.request(shelf, NAME, "", "it", START)
    text, event = deeds.request(shelf, f"{NAME}, 10.1.2.3", "Third Hospital", "it", START)
    asked = x509.load_pem_x509_csr(text)
    assert asked.is_signature_valid
    assert event.names == (NAME, "10.1.2.3") == tuple(shelf.asked_names())
    stale = pem(ROOT.signs(x509.load_pem_x509_csr(older).public_key(), NAME))
    with pytest.raises(NotTaken, match="does not fit the key"):
        deeds.take(shelf, [stale], "", BOX, "it", START)
    # The request's names are the box's, whatever else it is called.
    deeds.take(shelf, [pem(ROOT.signs(asked.public_key(), NAME))], "", Names("other"), "it", START)
    assert shelf.asked() is None
    assert shelf.in_force(BOX, START).identity.leaf.public_key() == asked.public_key()
    assert {file.stat().st_mode & 0o777 for file in shelf.directory.iterdir()} == {0o600}


BELOW: Any = new_key()
OTHER = Authority.root().below()
WRONG: dict[str, tuple[Callable[[], list[bytes]], str]] = {
    "nothing": (lambda: [b"hello"], "neither a certificate nor a key"),
    "key alone": (lambda: [key_pem(KEY)], "a key in it, but no certificate"),
    "no key": (lambda: [pem(*CHAIN)], "no key in it, and no request was made here"),
    "other key": (lambda: [key_pem(new_key()), pem(*CHAIN)], f"certificate of {NAME} does not fit the key"),
    "locked": (lambda: [key_pem(KEY, "secret"), pem(*CHAIN)], "the passphrase is wrong or missing"),
    "locked pkcs12": (lambda: [P12], "the passphrase is wrong or missing"),
    "request": (lambda: [making.request([NAME], "")[1]], "That is the request"),
    "damaged": (lambda: [pem(LEAF)[:200] + b"\n-----END CERTIFICATE-----"], "A certificate in it is damaged"),
    "same name": (lambda: [key_pem(KEY), pem(LEAF, OTHER.certificate)], "Hospital Issuing in the file has not signed"),
    "not of the chain": (
        lambda: [key_pem(KEY), pem(LEAF, ROOT.certificate)],
        f"Hospital Root is not in the chain of {NAME}: Hospital Issuing is missing",
    ),
    "ended": (lambda: signed(ends=START), f"{NAME} ended on {START:%Y-%m-%d}"),
    "not yet": (lambda: signed(begins=START + timedelta(days=2)), f"{NAME} begins only on"),
    "for people": (lambda: signed(use=ExtendedKeyUsageOID.CLIENT_AUTH), "not for servers"),
    "an authority": (lambda: [key_pem(ISSUING.key), pem(*CHAIN[1:])], "the certificate of an authority"),
    "nameless": (lambda: [key_pem(KEY), pem(ROOT.signs(KEY.public_key()))], "names no machine"),
    "elsewhere": (
        lambda: [key_pem(KEY), pem(ROOT.signs(KEY.public_key(), "pacs.hospital.example"))],
        f"It is for pacs.hospital.example; this box is {NAME}, nightbell, 10.1.2.3",
    ),
    "no authority above": (
        lambda: [key_pem(BELOW), pem(Authority(NAME, KEY, LEAF).signs(BELOW.public_key(), "nightbell"), *CHAIN)],
        "Browsers would not believe it",
    ),
}


def signed(**more: object) -> list[bytes]:
    """Key and certificate with something wrong."""
    return [key_pem(KEY), pem(ROOT.signs(KEY.public_key(), NAME, **more), ROOT.certificate)]


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_and_nothing_changes(case: str, tmp_path: Path) -> None:
    """In both languages."""
    make, sentence = WRONG[case]
    shelf = Shelf(tmp_path / "tls")
    files = make()
    with pytest.raises(NotTaken) as why:
        deeds.take(shelf, files, "", BOX, "it", START)
    assert sentence in translate(str(why.value), "en", **why.value.facts)
    assert translate(str(why.value), "zh", **why.value.facts) != translate(str(why.value), "en", **why.value.facts)
    assert shelf.in_force(BOX, START).own


def test_keys_that_browsers_refuse_are_refused(tmp_path: Path) -> None:
    """Short ones, and curves of another world."""
    short, strange = rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256K1())
    for key, sentence in ((short, "bits"), (strange, "do not know")):
        with pytest.raises(NotTaken, match=sentence):
            taken(tmp_path, key_pem(key), pem(ROOT.signs(key.public_key(), NAME)))


@given(st.binary(max_size=400), st.text(max_size=10))
def test_garbage_is_refused_and_nothing_else(content: bytes, passphrase: str) -> None:
    """As bytes, and between the marks of PEM."""
    for file in (
        content,
        b"\x30" + content,
        b"-----BEGIN CERTIFICATE-----\n" + content + b"\n-----END CERTIFICATE-----",
    ):
        with pytest.raises(NotTaken):
            opened([file], passphrase)


def test_names_are_compared_as_browsers_do() -> None:
    """Any case, one star for one label; the box's own short name before any domain is enough."""
    assert covers(["BELL.hospital.example"], BOX)
    assert covers(["*.hospital.example"], BOX)
    assert not covers(["*.example"], BOX)
    assert covers(["nightbell.elsewhere.example"], BOX)
    assert covers(["10.1.2.3"], BOX)
    assert not covers(["10.1.2.4", "other"], BOX)
    assert typed(" a.example，10.0.0.1\nb ") == ["a.example", "10.0.0.1", "b"]
    for text in ("", "a b/c", "-a", "x" * 300):
        with pytest.raises(NotTaken):
            typed(text)
