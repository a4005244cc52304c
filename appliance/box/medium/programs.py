"""The system's own programs that make disks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from appliance.backup.trouble import Trouble

FAILED = "{program} failed: {why}"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def run(*words: str | Path, given: str = "") -> str:
    """What the program printed. given: to its standard input. Raises Trouble with the end of its complaint."""
    answer = attempt(words, given)
    if answer.returncode:
        said = answer.stderr.strip().splitlines() or [str(answer.returncode)]
        raise Trouble(FAILED, program=Path(words[0]).name, why=said[-1][:160])
    return answer.stdout


def attempt(words: Sequence[str | Path], given: str = "") -> subprocess.CompletedProcess[str]:
    """Run it, however it ends."""
    # GRUB's files and ours are told to mtools by offset: its doubts about geometry are of floppy days.
    environment = {**os.environ, "PATH": PATH, "LC_ALL": "C.UTF-8", "MTOOLS_SKIP_CHECK": "1"}
    return subprocess.run(
        [str(word) for word in words], input=given, capture_output=True, text=True, check=False, env=environment
    )
