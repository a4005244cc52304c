"""Fetches the Python packages of the lock for the image's Python, which need not be this machine's.

python -m imaging.wheels DIRECTORY
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.markers import Marker

from imaging.words import words

HOUSE = Path(__file__).parents[2]
LOCK = HOUSE / "requirements-voice.lock"
"""The daemon's, with what the good voice needs."""
PYTHON = "3.13"
"""Of trixie."""
GLIBC = 41
"""Of trixie, too: 2.41."""
ENVIRONMENT = {
    "python_version": PYTHON, "python_full_version": f"{PYTHON}.0", "sys_platform": "linux", "platform_system": "Linux",
    "os_name": "posix", "platform_machine": "x86_64", "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}  # fmt: skip


def fitting(lock: str) -> str:
    """The lock without what the image's Python does not need: pip would go by the markers of the one it runs in."""
    return "".join(f"{text}\n" for text in _requirements(lock))


def _requirements(lock: str) -> Iterator[str]:
    plain = re.sub(r"(?m)^\s*#.*\n", "", lock)
    for text in re.findall(r"(?m)^[A-Za-z0-9].*(?:\n[ \t]+.*)*", plain):
        head, *hashes = (part.strip() for part in text.replace("\\\n", "\n").splitlines())
        named, _, marker = head.partition(";")
        if not marker or Marker(marker.strip()).evaluate(ENVIRONMENT):
            yield " ".join([named.strip(), *hashes])


def main() -> int:
    """Returns the exit code."""
    out = Path(sys.argv[1])
    chosen = out / ".lock"
    chosen.write_text(fitting(LOCK.read_text("utf-8")), "utf-8")
    platforms = [f"--platform=manylinux_2_{minor}_x86_64" for minor in range(GLIBC, 4, -1)]
    abis = [f"--abi={abi}" for abi in (f"cp{PYTHON.replace('.', '')}", "abi3", "none")]
    fetched = subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--require-hashes", "--no-deps", "-r", str(chosen),
         "--python-version", PYTHON, "--implementation=cp", *abis, *platforms, "--platform=manylinux2014_x86_64",
         "--platform=manylinux1_x86_64", "--only-binary=:all:", "-d", str(out)],
        check=False,
    )  # fmt: skip
    chosen.unlink()
    if fetched.returncode:
        with open(3, "w", encoding="utf-8") as said:
            said.write(
                words(
                    "无法获取映像所需的 Python 软件包：网络是否正常？",
                    "The image's Python packages could not be fetched: is the network up?",
                )
            )
    return fetched.returncode


if __name__ == "__main__":
    raise SystemExit(main())
