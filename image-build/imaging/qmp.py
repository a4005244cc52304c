"""QEMU's control socket: one question, one answer, events on the way passed over."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any


class Qmp:
    """An open control socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        self._socket.connect(str(path))
        self._file = self._socket.makefile("rw", encoding="utf-8")
        self._file.readline()  # the greeting
        self.ask("qmp_capabilities")

    def ask(self, verb: str, **arguments: object) -> Any:
        """What QEMU returns. Raises RuntimeError when it refuses."""
        self._file.write(json.dumps({"execute": verb, "arguments": arguments}) + "\n")
        self._file.flush()
        while True:
            answer = json.loads(self._file.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise RuntimeError(f"{verb}: {answer['error']['desc']}")

    def close(self) -> None:
        """Ask no more."""
        self._file.close()
        self._socket.close()
