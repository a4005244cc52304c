"""Updates on the installer that the image has: bundles that are taken, bundles that are refused in a sentence, a slot
that is written, GRUB's memory as image-build/disk/grub.cfg reads it. The same on a fake that writes slots by itself."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.updating import asking, record, trouble
from appliance.updating.asking import Request
from appliance.updating.boot_memory import BootMemory
from appliance.updating.bundle import Bundle
from appliance.updating.installer import Installer
from appliance.updating.job import Installs, Job
from appliance.updating.life import OTHER, Slot
from appliance.updating.record import Held
from appliance.updating.trouble import Trouble
from imaging.signing import Signing, development
from tests.appliance.updating.boxes import CONTENT, NEWER, RUNNING, Box, box, make_bundle


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Signing:
    """Whom boxes trust."""
    return development(tmp_path_factory.mktemp("keys"), "Hospital IT")


@pytest.fixture(scope="module")
def good(keys: Signing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle for them."""
    return make_bundle(tmp_path_factory.mktemp("good") / "good.raucb", keys)


@pytest.fixture
def here(tmp_path: Path, keys: Signing) -> Box:
    """A box that trusts them."""
    return box(tmp_path / "box", keys)


def installer(here: Box) -> Installer:
    return Installer(here.places.rauc, here.places.run / "rauc")


def test_a_good_one_says_what_it_is(here: Box, good: Path) -> None:
    """Version, records, signer, size; all of it was read."""
    read = list[int]()
    found = installer(here).check(good, read.append)
    assert found == Bundle(NEWER, "Hospital IT", good.stat().st_size)
    assert read == [0]


def stranger(file: Path, keys: Signing) -> None:
    make_bundle(file, development(file.parent / "stranger", "Stranger"))


def wrong_box(file: Path, keys: Signing) -> None:
    make_bundle(file, keys, compatible="toaster")


def plain(file: Path, keys: Signing) -> None:
    make_bundle(file, keys, kind="plain")


def unsigned(file: Path, keys: Signing) -> None:
    inside = make_bundle(file, keys).with_suffix(".in")
    file.unlink()
    subprocess.run(["mksquashfs", str(inside), str(file), "-quiet", "-no-progress"], check=True, capture_output=True)


def not_a_key_for_code(file: Path, keys: Signing) -> None:
    """The CA itself signs for no code; here, a certificate of its own that is fit for web pages."""
    key, cert = file.with_suffix(".key"), file.with_suffix(".pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
         "/CN=web", "-addext", "extendedKeyUsage=serverAuth", "-keyout", str(key), "-out", str(cert), "-days", "9"],
        check=True, capture_output=True,
    )  # fmt: skip
    make_bundle(file, Signing(cert, cert, key, False))


def changed(at: int) -> Callable[[Path, Signing], None]:
    """One byte is another; at: from the start, or from the end where negative."""

    def make(file: Path, keys: Signing) -> None:
        content = bytearray(make_bundle(file, keys).read_bytes())
        content[at] ^= 1
        file.write_bytes(content)

    return make


def cut(file: Path, keys: Signing) -> None:
    whole = make_bundle(file, keys).read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


def headless(file: Path, keys: Signing) -> None:
    file.write_bytes(b"")


def something_else(file: Path, keys: Signing) -> None:
    file.write_bytes(b"PK\x03\x04" + bytes(5000))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (unsigned, trouble.UNSIGNED), (stranger, trouble.STRANGER), (not_a_key_for_code, trouble.STRANGER),
        (wrong_box, trouble.WRONG_BOX), (plain, trouble.NOT_A_BUNDLE), (cut, trouble.CUT_SHORT),
        (headless, trouble.NOT_A_BUNDLE), (something_else, trouble.NOT_A_BUNDLE), (changed(100_000), trouble.DAMAGED),
        (changed(-2_500), trouble.DAMAGED), (changed(-20), trouble.STRANGER),
    ],
    ids=[
        "unsigned", "stranger", "web key", "other box", "no tree", "cut", "empty", "zip", "payload", "tree",
        "signature",
    ],
)  # fmt: skip
def test_others_are_refused_in_a_sentence(
    make: Callable[[Path, Signing], None], why: str, here: Box, keys: Signing, tmp_path: Path
) -> None:
    """In both languages; the installer's own words are for its log."""
    file = tmp_path / "bundle.raucb"
    make(file, keys)
    with pytest.raises(Trouble) as refused:
        installer(here).check(file)
    assert refused.value.why == why
    assert refused.value.text("en").endswith(".")
    assert refused.value.text("zh").endswith("。")


@dataclass
class FakeInstaller:
    """Writes the file's content into the other slot, and GRUB's memory as RAUC does."""

    here: Box

    def check(self, file: Path) -> Bundle:
        return installer(self.here).check(file)

    def install(self, file: Path, slot: Slot, told: Callable[[int, str], object]) -> None:
        told(0, "Installing")
        other = OTHER[slot]
        if not file.read_bytes().startswith(b"hsqs"):
            raise Trouble(trouble.NOT_INSTALLED, why="no bundle")
        with self.here.slot(other).open("r+b") as target:
            target.write(CONTENT)
        BootMemory(self.here.places.boot_memory).first(other)
        told(100, "Installing done.")


@pytest.fixture(params=["fake", "real"])
def worker(request: pytest.FixtureRequest, here: Box) -> tuple[Box, Installs]:
    """RAUC itself writes a bundle without a hash tree here: not every kernel that tests run on has dm-verity."""
    if request.param == "fake":
        return here, FakeInstaller(here)
    here.places.rauc.write_text(here.places.rauc.read_text().replace("=-plain", "=plain verity"))
    return here, installer(here)


def job(here: Box, worker: Installs) -> tuple[Job, list[str]]:
    """With a line that works, at noon."""
    done = list[str]()
    return Job(
        here.places, worker, BootMemory(here.places.boot_memory), RUNNING, lambda: ("line:ward-a",),
        lambda: done.append("restart"), lambda: datetime(2026, 11, 30, 12, tzinfo=UTC),
    ), done  # fmt: skip


def test_it_is_written_into_the_other_slot(worker: tuple[Box, Installs], keys: Signing) -> None:
    """Bit by bit; GRUB will try it, and the slot that runs stays as it is."""
    here, installs = worker
    make_bundle(here.places.upload, keys, kind="plain")
    told = list[tuple[int, str]]()
    installs.install(here.places.upload, "A", lambda percent, stage: told.append((percent, stage)))
    assert here.slot("B").read_bytes()[: len(CONTENT)] == CONTENT
    assert not any(here.slot("A").read_bytes())
    assert {name: here.grub()[name] for name in ("ORDER", "A_OK", "A_TRY", "B_OK", "B_TRY")} == {
        "ORDER": "B A", "A_OK": "1", "A_TRY": "0", "B_OK": "1", "B_TRY": "0",
    }  # fmt: skip
    assert told[0][0] == 0
    assert told[-1] == (100, "Installing done.")


def test_what_cannot_be_installed_is_said(worker: tuple[Box, Installs]) -> None:
    """And nothing is written."""
    here, installs = worker
    here.places.upload.write_bytes(b"nothing")
    with pytest.raises(Trouble) as failed:
        installs.install(here.places.upload, "A", lambda percent, stage: None)
    assert failed.value.why == trouble.NOT_INSTALLED
    assert not any(here.slot("B").read_bytes())


def test_root_does_what_was_asked_and_says_how_it_went(here: Box, good: Path) -> None:
    """Asked by file, taken once; the slot is fresh, the lines that work are remembered; then it restarts."""
    work, done = job(here, FakeInstaller(here))
    here.places.upload.write_bytes(good.read_bytes())
    asking.ask(here.places, Request("u1", "install", "it", str(here.places.upload)))
    request = asking.take(here.places)
    assert request is not None
    assert asking.take(here.places) is None
    work.do(request)
    known = record.read(here.places.record)
    assert known.update is not None
    assert (known.update.phase, known.update.by, known.update.lines) == ("waiting", "it", ("line:ward-a",))
    assert known.slots["B"] == Held(NEWER, "fresh")
    assert not here.places.upload.exists()
    work.do(Request("u2", "install", "it", str(good)))
    assert record.read(here.places.record) == known  # another one while this one waits
    work.do(Request("u3", "restart", "it"))
    assert done == ["restart"]
    work.do(Request("u4", "call off", "admin"))
    known = record.read(here.places.record)
    assert known.update is not None
    assert (known.update.phase, known.update.why, known.update.facts) == ("failed", trouble.CALLED_OFF, {"by": "admin"})
    assert here.grub()["ORDER"] == "A B"


def test_root_takes_no_file_from_elsewhere(here: Box, good: Path) -> None:
    """A link neither; it is said, and nothing is written."""
    work, _ = job(here, FakeInstaller(here))
    here.places.upload.symlink_to(good)
    for file in (good, here.places.upload):
        work.do(Request("u1", "install", "it", str(file)))
        known = record.read(here.places.record)
        assert known.update is not None
        assert (known.update.phase, known.update.why) == ("failed", trouble.NOT_THERE)
    assert not any(here.slot("B").read_bytes())


def test_an_installation_that_takes_too_long_is_ended(here: Box, good: Path) -> None:
    """By RAUC's own service that never answers within no time at all."""
    hurried = Installer(here.places.rauc, here.places.run / "rauc", longest=timedelta(0))
    with pytest.raises(Trouble) as ended:
        hurried.install(good, "A", lambda percent, stage: None)
    assert ended.value.why in (trouble.TOO_LONG, trouble.NOT_INSTALLED)


def test_an_installer_that_was_killed_has_failed(here: Box) -> None:
    """Whatever ended it; the slot is of no use."""
    work, _ = job(here, FakeInstaller(here))
    request = Request("u1", "install", "it")
    begun = record.Record(update=work._update(request, "A", NEWER)).with_slot("B", Held(NEWER, "bad"))
    record.write(here.places.record, begun)
    assert work.ended()
    known = record.read(here.places.record)
    assert known.update is not None
    assert (known.update.phase, known.update.why) == ("failed", trouble.CUT_OFF)
    assert not work.ended()
