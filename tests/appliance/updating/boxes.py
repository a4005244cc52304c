"""A box of the image in a directory, and bundles for it: made by the image's own programs, with real signatures."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from random import Random

from appliance.updating.places import Places
from appliance.updating.release import COMPATIBLE, Release
from imaging.signing import Signing, development

HOUSE = Path(__file__).parent.parent.parent.parent
SYSTEM_CONF = HOUSE / "image-build" / "root" / "etc" / "rauc" / "system.conf"
RUNNING = Release("0.1.0+a", 1_790_000_000, "0029", "0029")
NEWER = Release("0.1.0+b", 1_790_000_600, "0031", "0029")
CONTENT = Random(1).randbytes(307_200)
"""Of the root in a bundle; nothing packs it smaller."""


@dataclass(frozen=True)
class Box:
    """One that runs from slot A. places: all below one directory."""

    directory: Path
    places: Places
    signing: Signing

    def slot(self, name: str) -> Path:
        """The file that is a slot."""
        return self.directory / "run" / "slots" / name

    def grub(self) -> dict[str, str]:
        """GRUB's memory."""
        said = subprocess.run(
            ["grub-editenv", str(self.places.boot_memory), "list"], capture_output=True, text=True, check=True
        )
        return dict(line.split("=", 1) for line in said.stdout.splitlines())


def box(directory: Path, signing: Signing | None = None, formats: str = "-plain") -> Box:
    """The settings are those of the image, but for where things lie."""
    run, kept, home = directory / "run", directory / "kept", directory / "home" / "update"
    for one in (run / "slots", run / "env", kept, home, directory / "system", directory / "usb" / "STICK"):
        one.mkdir(parents=True)
    (run / "slot").write_text("A\n")
    (directory / "system" / "version").write_text(RUNNING.version)
    (directory / "system" / "made").write_text(str(RUNNING.made))
    for name in ("A", "B"):
        # Links, as the box makes them: the disk is called differently from start to start.
        (directory / f"root-{name}").write_bytes(bytes(1 << 20))
        (run / "slots" / name).symlink_to(directory / f"root-{name}")
    signed = signing or development(directory / "signing")
    text = SYSTEM_CONF.read_text().replace("/run/nightbell", str(run)).replace("/data/system", str(kept))
    text = text.replace("/etc/nightbell/update-ca.pem", str(signed.ca)).replace("=-plain", f"={formats}")
    (directory / "system.conf").write_text(text)
    places = Places(run, kept, home, directory / "system", directory / "usb", directory / "system.conf")
    grub = ["grub-editenv", str(places.boot_memory)]
    subprocess.run([*grub, "create"], check=True)
    subprocess.run([*grub, "set", "ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=0", "B_TRY=0"], check=True)
    return Box(directory, places, signed)


def make_bundle(
    file: Path, signing: Signing, release: Release = NEWER, *, compatible: str = COMPATIBLE, kind: str = "verity"
) -> Path:
    """As image-build/steps/bundle.sh does."""
    inside = file.with_suffix(".in")
    inside.mkdir()
    (inside / "root.squashfs").write_bytes(CONTENT)
    (inside / "manifest.raucm").write_text(
        f"[update]\ncompatible={compatible}\nversion={release.version}\nbuild={release.build}\n\n"
        f"[bundle]\nformat={kind}\n\n[image.rootfs]\nfilename=root.squashfs\n"
    )
    command = ["rauc", "bundle", f"--cert={signing.cert}", f"--key={signing.key}", str(inside), str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return file
