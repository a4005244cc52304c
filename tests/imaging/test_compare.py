"""Two builds are compared path by path, in what the packed root shows of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imaging.compare import FILES, differences, entries, take_over, verdict

EPOCH = 1_790_000_000


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTBELL_LANGUAGE", "en")


def build(directory: Path, disk: bytes = b"disk") -> Path:
    """What a build leaves."""
    root = directory / "root/root"
    (root / "etc").mkdir(parents=True)
    for name in ("same", "other", "mode", "old"):
        (root / "etc" / name).write_text(name)
        os.utime(root / "etc" / name, (EPOCH - 9, EPOCH - 9))
    (root / "etc/link").symlink_to("same")
    for name in FILES:
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_bytes(disk)
    return directory


def test_each_difference_is_named(tmp_path: Path) -> None:
    """Times are none: every file is packed with the commit's."""
    one, other = (build(tmp_path / name) / "root/root" for name in ("one", "other"))
    os.utime(one / "etc", (EPOCH + 5, EPOCH + 5))
    os.utime(other / "etc", (EPOCH + 9, EPOCH + 9))
    os.utime(one / "etc/link", (EPOCH, EPOCH), follow_symlinks=False)
    os.utime(other / "etc/link", (EPOCH, EPOCH), follow_symlinks=False)
    assert differences(entries(one), entries(other)) == []
    (other / "etc/other").write_text("else")
    (other / "etc/mode").chmod(0o600)
    (other / "etc/old").unlink()
    (other / "etc/new").write_text("")
    os.utime(other / "etc/other", (EPOCH - 9, EPOCH - 9))
    assert differences(entries(one), entries(other)) == [
        "etc/mode: mode",
        "etc/new: only in the second",
        "etc/old: only in the first",
        "etc/other: content",
    ]


def test_the_verdict_shows_hashes_or_what_differs(tmp_path: Path) -> None:
    """The paths of the root only where something does."""
    one, other = build(tmp_path / "one"), build(tmp_path / "other")
    same, lines = verdict(one, other)
    assert same
    assert len(lines) == len(FILES)
    assert all("the same: sha256 " in line for line in lines)
    (other / FILES[0]).write_bytes(b"x")
    (other / "root/root/etc/other").write_text("else")
    same, lines = verdict(one, other)
    assert not same
    assert any("root.squashfs differs" in line for line in lines)
    assert any("etc/other: content" in line for line in lines)


def test_what_was_fetched_is_taken_over(tmp_path: Path) -> None:
    """And takes no room twice."""
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "a.whl").write_text("a")
    (tmp_path / "again").mkdir()
    take_over(tmp_path, tmp_path / "again", ["wheels"])
    assert (tmp_path / "again/wheels/a.whl").samefile(tmp_path / "wheels/a.whl")
