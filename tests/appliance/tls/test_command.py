"""`nightbell tls`, and the exchange's own file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from appliance.exchange_files import renew_certificate, write_exchange
from appliance.foundation import journal
from appliance.foundation.clock import CommandClock
from appliance.foundation.config import Faulty, parse
from appliance.foundation.database import create_engine
from appliance.foundation.migrate import upgrade
from appliance.plan import Plan
from appliance.settings import Settings, load
from appliance.tls import making
from appliance.tls.identity import Identity
from pbx.engine.transports import kept_certificate
from tests.appliance.backup.a_box import empty, nightbell

PLAN = """
[site]
name = { zh = "三院", en = "Third" }
[nursecall]
[[pbx.extensions]]
name = { zh = "话机", en = "Phones" }
numbers = "8001-8001"
transport = "tls"
"""


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """Its panel is there by HTTPS, at one address."""
    file = empty(tmp_path)
    file.write_text(file.read_text("utf-8") + '[panel]\naddress = "10.1.2.3"\ntls_port = 8443\n', "utf-8")
    return file


def signed(request: bytes, root: Identity) -> bytes:
    """What an authority makes of a request."""
    asked, now = x509.load_pem_x509_csr(request), CommandClock().now()
    names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    made = making._builder(asked.subject, root.leaf.subject, asked.public_key(), now, now + making.GOOD_FOR)  # type: ignore[arg-type]
    leaf = made.add_extension(names.value, critical=False).sign(root.key, root.leaf.signature_hash_algorithm)  # type: ignore[arg-type]
    return leaf.public_bytes(serialization.Encoding.PEM)


def test_from_the_request_to_the_hospitals_and_back(box: Path) -> None:
    """Each act is in the journal; what does not fit ends with exit code 1 and a sentence."""
    assert "Made by the box itself." in nightbell(box, "tls", "show").output
    out = box.parent / "box.csr"
    assert nightbell(box, "tls", "csr", "bell.example", "--out", str(out)).exit_code == 0
    answer = box.parent / "bell.crt"
    answer.write_bytes(signed(out.read_bytes(), making.authority("Hospital", CommandClock().now())))
    assert nightbell(box, "tls", "use", str(answer)).output == "It is in force.\n"
    shown = nightbell(box, "tls", "show").output
    assert "Of the hospital; issuer: Nightbell Hospital.\nFor: bell.example\n" in shown
    wrong = nightbell(box, "tls", "use", str(box))
    assert (wrong.exit_code, "neither a certificate nor a key" in wrong.output) == (1, True)
    assert nightbell(box, "tls", "own").exit_code == 0
    assert nightbell(box, "tls", "own").exit_code == 1
    assert kinds(box) == ["CertificateRequested", "CertificateTaken", "CertificateWithdrawn"]


def test_an_authority_is_said_hurried_and_turned_off(box: Path) -> None:
    """The running box does the rest; its HMAC key is in no answer and in no support bundle."""
    root, secret = box.parent / "root.pem", box.parent / "hmac"
    root.write_bytes(making.authority("Hospital", CommandClock().now()).leaf.public_bytes(serialization.Encoding.PEM))
    secret.write_text("zWNDZM6eQGHWpSRTPal5eIUYFTu7EajV\n")
    url, more = "https://ca.hospital.example/acme", ("--key-id", "kid-1", "--hmac-key", str(secret))
    refused = nightbell(box, "tls", "acme", url)
    assert (refused.exit_code, "Give the authority's root certificate" in refused.output) == (1, True)
    assert nightbell(box, "tls", "renew").exit_code == 1
    done = nightbell(box, "tls", "acme", url, "bell.example", "--root", str(root), *more)
    assert (done.exit_code, "asks within ten seconds" in done.output) == (0, True)
    shown = nightbell(box, "tls", "show").output
    assert f"The box asks {url} by itself, for bell.example.\n" in shown
    assert nightbell(box, "tls", "renew").exit_code == 0
    own = nightbell(box, "tls", "own")
    assert (own.exit_code, "turn that off first" in own.output) == (1, True)
    assert nightbell(box, "support", str(box.parent / "box.zip")).exit_code == 0
    with zipfile.ZipFile(box.parent / "box.zip") as bundle:
        assert not any(b"zWNDZM6eQGHWpSRT" in bundle.read(name) for name in bundle.namelist())
    assert nightbell(box, "tls", "acme-off").exit_code == 0
    assert nightbell(box, "tls", "acme-off").exit_code == 1
    assert kinds(box) == ["EnrolmentSet", "RenewalWanted", "EnrolmentEnded"]


def kinds(box: Path) -> list[str]:
    """What the journal has."""
    engine = create_engine(load(box).database_url)
    upgrade(engine)
    with engine.begin() as connection:
        found = [entry.kind.partition(".")[2] for entry in journal.entries(connection)]
    engine.dispose()
    return found


def test_telephones_see_the_same_one_as_browsers(box: Path) -> None:
    """The exchange reads a copy, which its account alone may read."""
    settings = load(box)
    (settings.asterisk / "lib").mkdir(parents=True)
    write_exchange(settings, parse(PLAN, Plan), {"8001": "x"})
    copy = kept_certificate(settings.asterisk)
    assert copy.read_bytes() == (settings.tls / "own.pem").read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert not renew_certificate(settings, parse(PLAN, Plan))
    (settings.tls / "own.pem").unlink()
    assert renew_certificate(settings, parse(PLAN, Plan))
    assert copy.read_bytes() == (settings.tls / "own.pem").read_bytes()
    copy.unlink()
    assert not renew_certificate(settings, parse(PLAN.replace('transport = "tls"', ""), Plan))


def test_ports_are_told_apart() -> None:
    """And browsers must be able to open them."""
    for text, sentence in (("tls_port = 8080", "is the port of HTTP already"), ("tls_port = 6000", "no browser opens")):
        with pytest.raises(Faulty, match=sentence):
            parse(f"[panel]\n{text}\n", Settings)
