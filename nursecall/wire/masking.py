"""Passwords on a wire, made unreadable before its bytes are kept for anybody to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STAR = 0x2A


@dataclass(frozen=True)
class Secret:
    """What stands between `begin` and the byte `end` is secret. seven_bit: the eighth bit of each byte is parity."""

    begin: bytes
    end: int
    seven_bit: bool = False


SECRETS: Mapping[str, Secret] = {
    "tap": Secret(b"\x1bPG1", 0x0D, seven_bit=True),
    "espax": Secret(b"<LI-PASSWORD>", 0x3C),
}
"""By the plan's name of the protocol: the logon of TAP 1.8, the LOGIN of ESPA-X."""


class Mask:
    """Of one direction of one wire: each secret byte becomes a star, however the bytes are chopped."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self._matched = 0

    def hidden(self, data: bytes) -> bytes:
        """`data`, as long as it was."""
        return bytes(map(self._byte, data))

    def _byte(self, byte: int) -> int:
        begin = self._secret.begin
        value = byte & 0x7F if self._secret.seven_bit else byte
        if self._matched == len(begin):
            if value != self._secret.end:
                return STAR
            self._matched = 0
        # The first byte of a beginning stands nowhere else in it: what breaks off can only begin anew.
        if value == begin[self._matched]:
            self._matched += 1
        else:
            self._matched = 1 if value == begin[0] else 0
        return byte
