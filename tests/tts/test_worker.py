"""Which engines a box has."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from twisted.internet.base import ReactorBase

from tts.kokoro_model import LEAST_MEMORY, Model
from tts.voice_worker import NO_MEMORY, NOT_INSTALLED, orchestra


@pytest.mark.parametrize(
    ("memory", "installed", "absent"),
    [
        (LEAST_MEMORY, True, None),
        (LEAST_MEMORY - 1, True, NO_MEMORY),
        (10 * LEAST_MEMORY, False, NOT_INSTALLED),
    ],
)
def test_the_good_voice_is_for_boxes_that_can_bear_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int, installed: bool, absent: str | None
) -> None:
    """Installed, and 2 GB of memory; the simple one is everywhere, and the asker is told why there is no other."""
    monkeypatch.setattr("tts.voice_worker.psutil.virtual_memory", lambda: SimpleNamespace(total=memory))
    if installed:
        Model(tmp_path).network.write_bytes(b"x")
    found = orchestra(tmp_path / "scratch", tmp_path, ReactorBase.__new__(ReactorBase))
    assert "pyttsx3" in found.engines
    assert ("kokoro" in found.engines) is (absent is None)
    assert found.absent.get("kokoro") == absent


def test_a_box_without_a_word_of_a_model_has_none(tmp_path: Path) -> None:
    """As every box was."""
    found = orchestra(tmp_path, None, ReactorBase.__new__(ReactorBase))
    assert list(found.engines) == ["pyttsx3"]
