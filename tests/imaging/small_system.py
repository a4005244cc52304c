"""A system for a slot, small enough to start in seconds: Debian's kernel for clouds, busybox, the image's own scripts.

The programs that these call are the real ones, of this machine.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from imaging.build import HERE, HOUSE
from tests.imaging.small_disk import pack, run

KERNEL = HOUSE / "build" / "boot-kernel"
"""`setup/prepare.sh test` puts it there."""
MODULES = (
    "virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk", "squashfs",
    "overlay",
)  # fmt: skip
"""Each after those that it needs; what a kernel has built in is no file."""
PROGRAMS = ("systemd-repart", "blkid", "mke2fs", "e2fsck", "resize2fs", "grub-editenv")
LINKED = ("bin", "sbin", "lib", "lib64")
DIRECTORIES = ("dev", "proc", "sys", "run", "tmp", "data", "env", "var/log", "etc", *(f"usr/{one}" for one in LINKED))
PLACES = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
OTHERWISE = {"busybox", "mke2fs", "blkid", "udevadm"}
"""Programs of busybox that are not to be taken for the real ones."""


def slot(directory: Path) -> Path:
    """The slot's file."""
    assert KERNEL.exists(), f"{KERNEL} is missing: run setup/prepare.sh test"
    root = directory / "root"
    for name in DIRECTORIES:
        (root / name).mkdir(parents=True)
    for name in LINKED:
        (root / name).symlink_to(f"usr/{name}")
    (root / "etc/machine-id").touch()
    _busybox(root)
    bring(root, PROGRAMS)
    (root / "usr/sbin/mkfs.ext4").symlink_to("mke2fs")
    shutil.copy("/etc/mke2fs.conf", root / "etc")
    # Nobody makes device nodes here but the kernel, which is done when a program goes on.
    _script(root / "usr/sbin/udevadm", "#!/bin/sh\n")
    for name in ("nightbell-box", "repart.d"):
        shutil.copytree(HERE / "root/usr/lib" / name, root / "usr/lib" / name)
    shutil.copy(KERNEL / "vmlinuz", root)
    (root / "initrd.img").write_bytes(ram_disk(directory / "initrd"))
    pack(root, directory / "root.squashfs")
    return directory / "root.squashfs"


def ram_disk(root: Path) -> bytes:
    """The initial RAM disk, with the image's own scripts."""
    for name in ("dev", "proc", "sys", "run", "root", "bin", "conf", "modules"):
        (root / name).mkdir(parents=True)
    shutil.copy(_program("busybox"), root / "bin/busybox")
    modules = [name for name in MODULES if (KERNEL / f"{name}.ko").exists()]
    for name in modules:
        shutil.copy(KERNEL / f"{name}.ko", root / "modules")
    (root / "modules/order").write_text("".join(f"{name}\n" for name in modules))
    shutil.copytree(HERE / "root/etc/initramfs-tools/scripts", root / "scripts")
    _script(root / "scripts/functions", 'panic() { echo "SAID panic $*"; reboot -f; }\n')
    _script(root / "init", (Path(__file__).parent / "small_init").read_text())
    names = "\n".join(sorted(str(file.relative_to(root)) for file in root.rglob("*")))
    archive = root.with_suffix(".cpio")
    run("sh", "-c", 'printf "%s\\n" "$1" | busybox cpio -o -H newc >"$2"', "sh", names, archive, at=root)
    return archive.read_bytes()


def bring(root: Path, programs: Iterable[str]) -> None:
    """Copy programs of this machine, with the libraries that they need, to where they are looked for."""
    for name in programs:
        program = _program(name)
        target = root / "usr/sbin" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(program, target)
        for library in re.findall(r"/\S+", run("ldd", program)):
            place = root / library.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, place)


def _program(name: str) -> str:
    found = shutil.which(name, path=":".join(PLACES))
    assert found, f"{name} is missing: run setup/prepare.sh test"
    return found


def _busybox(root: Path) -> None:
    program = _program("busybox")
    shutil.copy(program, root / "usr/bin/busybox")
    for name in set(run(program, "--list").split()) - OTHERWISE:
        (root / "usr/bin" / name).symlink_to("busybox")


def _script(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o755)
