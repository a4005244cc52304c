"""The image is made of the packages that are committed, and says which of them can no longer be had."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from imaging import lock, renew
from imaging.lock import Lock, Package
from imaging.packages import fetch
from imaging.refusal import Refusal


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTBELL_LANGUAGE", "en")


def package(name: str, version: str, content: bytes = b"deb") -> Package:
    """As the pool has it."""
    file = f"{name}_{version.replace(':', '%3a')}_amd64.deb"
    return Package("debian", len(content), hashlib.sha256(content).hexdigest(), f"pool/{file.replace('%', '')}", file)


def test_what_is_written_down_is_read_again() -> None:
    """Names and versions too, epochs with them; the same lock is the same text."""
    both = package("mtools", "1:4.0.48-1")
    one = Lock(["asterisk_22.dsc 5389 SHA256:11"], [both, package("zstd", "1.5.7")], [both])
    assert lock.parse(one.text()) == one
    assert (both.name, both.version, both.architecture) == ("mtools", "1:4.0.48-1", "amd64")
    assert len(one.text().splitlines()) - len(lock.HEAD.splitlines()) == 3


def test_a_damaged_lock_is_refused(tmp_path: Path) -> None:
    """With what to do."""
    for text in ("root nowhere 1 2 3 4", "root debian x 2 3 4", "kitchen debian 1 2 3 a_1_all.deb", "root debian"):
        (tmp_path / "packages.lock").write_text(text)
        with pytest.raises(Refusal, match=r"packages\.lock cannot be read: 'make image-lock' makes it anew"):
            lock.read(tmp_path / "packages.lock")


def test_a_package_that_was_asked_for_since_is_missed() -> None:
    """Before anything is built."""
    with pytest.raises(Refusal, match=r"lacks what packages\.root names: nut-client, rauc; run 'make image-lock'"):
        lock.check(Lock([], [package("bash", "5")], []), ["rauc", "bash", "nut-client"], [])


def test_the_committed_lock_has_what_is_asked_for() -> None:
    """For the image and for its tools, and the source of Asterisk with its description."""
    one = lock.read()
    lock.check(one, renew.names("root"), renew.names("tools"))
    assert any(".dsc " in row for row in one.asterisk)
    assert one.text() == lock.FILE.read_text("utf-8")


def test_what_a_renewal_changed_is_said() -> None:
    """A line a package."""
    before = Lock(["a.dsc 1 x"], [package("bash", "5"), package("zstd", "1")], [])
    after = Lock(["b.dsc 1 y"], [package("bash", "6"), package("rauc", "2")], [])
    assert lock.difference(before, after) == ["  bash 5 → 6", "+ rauc 2", "- zstd 1", "- a.dsc 1 x", "+ b.dsc 1 y"]
    assert lock.difference(after, after) == []


class Quiet(SimpleHTTPRequestHandler):
    """A mirror that keeps no log."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(name="mirror")
def _mirror(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A directory that is served, and its address."""
    (tmp_path / "mirror" / "pool").mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "mirror")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path / "mirror", f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def out(directory: Path) -> Path:
    """An empty directory."""
    directory.mkdir()
    return directory


def test_packages_are_fetched_once_and_checked(mirror: tuple[Path, str], tmp_path: Path) -> None:
    """What an earlier build fetched is taken over, even where the mirror has it no longer."""
    one, (served, address) = package("zstd", "1:1"), mirror
    (served / one.path).write_bytes(b"deb")
    locked, mirrors = Lock([], [one], []), {"debian": address, "security": address}
    assert fetch(locked, out(tmp_path / "first"), tmp_path / "nothing", mirrors) == ""
    assert (tmp_path / "first" / one.file).read_bytes() == b"deb"
    assert (tmp_path / "first" / "root.list").read_text() == "zstd 1:1\n"
    (served / one.path).unlink()
    assert fetch(locked, out(tmp_path / "second"), tmp_path / "first", mirrors) == ""


def test_a_package_that_the_mirror_dropped_is_named(mirror: tuple[Path, str], tmp_path: Path) -> None:
    """And how to go on; another one under the same name does not count either."""
    gone, (served, address) = package("zstd", "1:1"), mirror
    kept = package("bash", "5")
    (served / kept.path).write_bytes(b"deb")
    mirrors = {"debian": address, "security": address}
    said = fetch(Lock([], [gone, kept], []), out(tmp_path / "first"), tmp_path / "nothing", mirrors)
    assert said == ("Debian's mirror no longer has zstd 1:1 of packages.lock: 'make image-lock' takes the newest.")
    (served / gone.path).write_bytes(b"another")
    assert fetch(Lock([], [gone], []), out(tmp_path / "second"), tmp_path / "first", mirrors)


def test_a_mirror_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    """Nothing is wrong with the lock then."""
    mirrors = {"debian": "http://127.0.0.1:9/", "security": "http://127.0.0.1:9/"}
    said = fetch(Lock([], [package("zstd", "1")], []), out(tmp_path / "first"), tmp_path / "nothing", mirrors)
    assert said == "Packages could not be fetched from Debian: is the network up?"
