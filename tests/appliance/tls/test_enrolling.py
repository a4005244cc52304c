"""What hospital IT says of its authority is taken when it can be used, and else refused in one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from appliance.foundation.config import Faulty, parse
from appliance.foundation.i18n import translate
from appliance.network_facts import Sources, keeps_address
from appliance.settings import Listen, Settings
from appliance.tls import deeds, enrolling
from appliance.tls.enrolling import Place
from appliance.tls.names import Names
from appliance.tls.shelf import Shelf
from tests.appliance.tls.hospital_authority import Authority, pem
from tests.fakes.clock import START
from web.certificates import NotTaken
from web.enrolments import Wish

BOX = Names("nightbell", ("bell.hospital.example",), ("10.1.2.3",))
ROOT = Authority.root()
ISSUING = ROOT.below()
URL = "https://ca.hospital.example/acme/directory"
WISH = Wish(URL, [pem(ROOT.certificate)], "it@hospital.example", "", "kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajV")


def place(tmp_path: Path, listen: Listen | None = None, *, is_fixed: bool = True) -> Place:
    """A box's."""
    return Place(tmp_path / "tls", listen or Listen(tls_port=8443), lambda: is_fixed)


def test_it_is_kept_where_only_the_box_reads_it(tmp_path: Path) -> None:
    """And what was left empty at the next change is as before."""
    here = place(tmp_path)
    event = enrolling.enrol(here, WISH, BOX, "it", START)
    assert (event.directory, event.names, event.by) == (URL, ("bell.hospital.example",), "it")
    told = here.enrolment()
    assert told is not None
    assert (told.hmac_key, told.roots) == (WISH.hmac_key, pem(ROOT.certificate).decode())
    assert told.hmac_key not in repr(told) + repr(WISH) + repr(event)
    assert {file.stat().st_mode & 0o777 for file in here.directory.iterdir()} == {0o600}
    enrolling.enrol(here, replace(WISH, roots=(), hmac_key="", names="10.1.2.3, nightbell"), BOX, "it", START)
    assert here.enrolment() == replace(told, names=("10.1.2.3", "nightbell"))
    enrolling.end(here, "it", START)
    assert (here.enrolment(), here.is_on()) == (None, False)


@pytest.mark.parametrize("files", [
    [pem(ISSUING.certificate, ROOT.certificate)],
    [pem(ISSUING.certificate), ROOT.certificate.public_bytes(serialization.Encoding.DER)],
    [pkcs7.serialize_certificates([ROOT.certificate], serialization.Encoding.DER)],
])  # fmt: skip
def test_a_root_is_taken_as_authorities_hand_it_out(files: list[bytes], tmp_path: Path) -> None:
    """In any form, the root first."""
    here = place(tmp_path)
    enrolling.enrol(here, replace(WISH, roots=files), BOX, "it", START)
    told = here.enrolment()
    assert told is not None
    assert told.roots.startswith(pem(ROOT.certificate).decode())


WRONG: dict[str, tuple[Wish, str]] = {
    "nothing": (replace(WISH, directory=""), "Give the address of the authority's ACME directory"),
    "not encrypted": (replace(WISH, directory="http://ca.example/"), "Give the address of the authority's ACME"),
    "no mail": (replace(WISH, contact="somebody"), "somebody is no e-mail address."),
    "no root": (replace(WISH, roots=[]), "Give the authority's root certificate"),
    "no certificate": (replace(WISH, roots=[b"hello"]), "neither a certificate nor a key"),
    "one in the middle": (
        replace(WISH, roots=[pem(ISSUING.certificate)]),
        "Hospital Issuing is no root: Hospital Root has signed it",
    ),
    "key id alone": (replace(WISH, hmac_key=""), "Key id and HMAC key belong together"),
    "HMAC key alone": (replace(WISH, key_id=""), "Key id and HMAC key belong together"),
    "no HMAC key": (replace(WISH, hmac_key="no key at all"), "The HMAC key is not base64url"),
    "no name": (replace(WISH, names="a b/c"), "b/c is no name of a machine and no address."),
    "a star": (replace(WISH, names="*.hospital.example"), "*.hospital.example: the box can be asked for by its names"),
    "an address that may change": (replace(WISH, names="10.1.2.3"), "10.1.2.3 comes from DHCP and may change"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_and_nothing_changes(case: str, tmp_path: Path) -> None:
    """In both languages."""
    wish, sentence = WRONG[case]
    here = place(tmp_path, is_fixed=False)
    with pytest.raises(NotTaken) as why:
        enrolling.enrol(here, wish, BOX, "it", START)
    assert sentence in translate(str(why.value), "en", **why.value.facts)
    assert translate(str(why.value), "zh", **why.value.facts) != translate(str(why.value), "en", **why.value.facts)
    assert not here.is_on()


def test_what_the_settings_say_cannot_be_changed_elsewhere(tmp_path: Path) -> None:
    """And counts before what was said at the panel; the HMAC key stands in a file of its own."""
    secret = tmp_path / "acme.hmac"
    text = (
        f'[panel]\ntls_port = 8443\n[panel.acme]\ndirectory = "{URL}"\nkey_id = "kid-1"\nhmac_key = "file:{secret}"\n'
        f'root = """\n{pem(ROOT.certificate).decode()}"""\n'
    )
    enrolling.enrol(place(tmp_path), replace(WISH, directory=f"{URL}/other"), BOX, "it", START)
    here = place(tmp_path, parse(text, Settings).panel)
    with pytest.raises(NotTaken, match="The HMAC key cannot be read"):
        here.enrolment()
    secret.write_text(f"{WISH.hmac_key}\n")
    told = here.enrolment()
    assert told is not None
    assert (told.directory, told.key_id, told.hmac_key) == (URL, "kid-1", WISH.hmac_key)
    for act in (
        lambda: enrolling.enrol(here, WISH, BOX, "it", START),
        lambda: enrolling.end(here, "it", START),
    ):
        with pytest.raises(NotTaken, match="can only be changed there"):
            act()
    assert enrolling.renew(here, "it", START).by == "it"
    with pytest.raises(Faulty, match=r"panel\.acme\.root"):
        parse(f'[panel.acme]\ndirectory = "{URL}"\nroot = "root.pem"\n', Settings)


def test_the_hospitals_is_not_taken_away_while_the_box_would_fetch_another(tmp_path: Path) -> None:
    """Nor can what is off be hurried or turned off."""
    here = place(tmp_path)
    for act in (enrolling.renew, enrolling.end):
        with pytest.raises(NotTaken, match="The box asks no authority by itself"):
            act(here, "it", START)
    with pytest.raises(NotTaken, match="turn that off first"):
        deeds.withdraw(Shelf(here.directory), "it", START, is_automatic=True)


def test_only_a_box_from_the_image_says_that_its_address_may_change(tmp_path: Path) -> None:
    """Others have nobody to ask."""
    said = tmp_path / "box.json"
    assert keeps_address(Sources(box=said))
    for address, stays in (("dhcp", False), ("10.1.2.3/24", True)):
        said.write_text(f'{{"network": {{"address": "{address}"}}}}')
        assert keeps_address(Sources(box=said)) is stays
