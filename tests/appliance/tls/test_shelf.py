"""The box's own certificate follows its names and the years; a hospital's that ends or breaks gives way to the last."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from appliance.tls import deeds
from appliance.tls.making import AUTHORITY_FOR, GOOD_FOR
from appliance.tls.names import Names, of
from appliance.tls.shelf import Shelf
from tests.appliance.tls.hospital_authority import YEAR, Authority, key_pem, new_key, pem
from tests.fakes.clock import START

BOX = Names("nightbell", (), ("10.1.2.3",))
ROOT = Authority.root()


def bring(shelf: Shelf, days: int) -> bytes:
    """A certificate of the hospital's that holds for so long; its fingerprint."""
    key = new_key()
    leaf = ROOT.signs(key.public_key(), "nightbell", ends=START + timedelta(days=days))
    deeds.take(shelf, [key_pem(key), pem(leaf)], "", BOX, "it", START)
    return leaf.fingerprint(leaf.signature_hash_algorithm)  # type: ignore[arg-type]


def test_the_first_start_makes_one_for_every_name(tmp_path: Path) -> None:
    """Signed by an authority of the box's own, which later ones are signed by, too."""
    shelf = Shelf(tmp_path)
    first = shelf.in_force(BOX, START).identity
    assert of(first.leaf) == ["nightbell", "10.1.2.3"]
    assert shelf.in_force(BOX, START).identity.leaf == first.leaf
    moved = shelf.in_force(Names("nightbell", (), ("10.9.9.9",)), START).identity
    assert of(moved.leaf) == ["nightbell", "10.9.9.9"]
    authority = shelf.authority(BOX, START).leaf
    for one in (first, moved):
        one.leaf.verify_directly_issued_by(authority)


def test_it_is_renewed_before_it_ends_and_an_address_that_goes_changes_nothing(tmp_path: Path) -> None:
    """A cable that is pulled for a moment must not make browsers warn anew."""
    shelf = Shelf(tmp_path)
    first = shelf.in_force(BOX, START).identity.leaf
    assert shelf.in_force(Names("nightbell"), START).identity.leaf == first
    nearly = first.not_valid_after_utc - timedelta(days=61)
    assert shelf.in_force(BOX, nearly).identity.leaf == first
    later = shelf.in_force(BOX, nearly + timedelta(days=2)).identity.leaf
    assert later != first
    assert later.not_valid_after_utc - nearly > GOOD_FOR
    # Its authority goes on before that is too short for what it would sign.
    last = shelf.in_force(BOX, START + AUTHORITY_FOR - timedelta(days=300)).identity.leaf
    last.verify_directly_issued_by(shelf.authority(BOX, START + AUTHORITY_FOR).leaf)


def test_a_clock_that_was_wrong_at_the_first_start_is_made_good(tmp_path: Path) -> None:
    """Years behind, or years ahead, until NTP answered."""
    for wrong in (START - 40 * YEAR, START + 5 * YEAR):
        shelf = Shelf(tmp_path / str(wrong.year))
        shelf.in_force(BOX, wrong)
        assert shelf.in_force(BOX, START).identity.holds(START)
        assert shelf.authority(BOX, START).holds(START)


def test_what_ends_or_breaks_gives_way_to_the_last_good_one(tmp_path: Path) -> None:
    """And that to the box's own; each time it is said why."""
    shelf = Shelf(tmp_path)
    long, short = bring(shelf, 200), bring(shelf, 50)

    def seen(days: int) -> tuple[bytes, str]:
        found = shelf.in_force(BOX, START + timedelta(days=days))
        leaf = found.identity.leaf
        return b"own" if found.own else leaf.fingerprint(leaf.signature_hash_algorithm), found.trouble  # type: ignore[arg-type]

    assert seen(0) == (short, "")
    assert seen(60) == (long, "The hospital's certificate ended on {date}: the one before is in force.")
    assert seen(300)[0] == b"own"
    (tmp_path / "hospital.pem").write_bytes(b"broken")
    assert seen(0) == (long, "The hospital's certificate cannot be read ({why}): the one before is in force.")
    (tmp_path / "hospital-before.pem").unlink()
    assert seen(0) == (b"own", "The hospital's certificate cannot be read ({why}): the box's own is in force.")
    deeds.withdraw(shelf, "it", START)
    assert seen(0) == (b"own", "")
