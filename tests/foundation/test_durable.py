"""A file is there whole, or as it was; what a real power cut leaves is looked at by tests.bench.power_cuts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.foundation import durable


def test_it_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    """For the owner's eyes only, unless said otherwise; nothing else is left."""
    file = tmp_path / "secret"
    file.write_text("old")
    durable.write(file, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o600)
    durable.write(file, b"seen", 0o644)
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"seen", 0o644)
    assert [one.name for one in tmp_path.iterdir()] == ["secret"]


def test_what_is_in_it_reaches_the_disk_before_its_name_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the name before it returns: that is the order in which nothing empty can be found."""
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def synced(opened: int) -> None:
        done.append(f"sync {Path(f'/proc/self/fd/{opened}').readlink().name}")
        sync(opened)

    def renamed(self: Path, target: Path) -> Path:
        done.append(f"rename {self.name} {target.name}")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    durable.write(tmp_path / "plan", b"text")
    assert done == ["sync .plan.new", "rename .plan.new plan", f"sync {tmp_path.name}"]


def test_a_disk_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing half written beside it."""
    file = tmp_path / "plan"
    durable.write(file, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        durable.write(file, b"new")
    assert file.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["plan"]


def test_whoever_comes_first_makes_it(tmp_path: Path) -> None:
    """The second finds it, and leaves nothing beside it."""
    file = tmp_path / "secret"
    durable.make(file, b"first")
    durable.make(file, b"second")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"first", 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["secret"]
