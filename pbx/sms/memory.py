"""The modem's own memory of messages: list, read, delete."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pbx.sms.conversation import Conversation
from pbx.sms.inbox import Place
from pbx.sms.setup import attempt

_LISTED = re.compile(r"\+CMGL\s*:\s*(\d{1,5})\s*,\s*(\d)\s*,")
_READ = re.compile(r"\+CMGR\s*:")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_RECEIVED, _OURS = ("0", "1"), ("2", "3")
"""States of incoming messages, and of our own: unsent and sent."""
_ROOM = re.compile(r'\+CPMS\s*:\s*"\w+"\s*,\s*(\d+)\s*,\s*(\d+)')


class Memory:
    """What lies in the memory (`SM`, `ME`, …) the modem has chosen. All methods raise Silent and Gone."""

    def __init__(self, talk: Conversation, chosen: str) -> None:
        self._talk = talk
        self._chosen = chosen

    async def listed(self) -> list[tuple[Place, bytes]]:
        """Every incoming message with its place."""
        lines = await attempt(self._talk, "AT+CMGL=4") or ()
        return [(Place(self._chosen, index), pdu) for index, pdu in _entries(lines)]

    async def is_full(self) -> bool:
        """Whether nothing more fits in; the network keeps what comes then. False where the modem does not tell."""
        lines = await attempt(self._talk, "AT+CPMS?") or ()
        found = _ROOM.search("\n".join(lines))
        return found is not None and int(found[1]) >= int(found[2]) > 0

    async def clear_drafts(self) -> None:
        """Delete what some modems keep of messages that went out: nobody needs them."""
        for line in await attempt(self._talk, "AT+CMGL=4") or ():
            if (found := _LISTED.match(line)) and found[2] in _OURS:
                await self.delete(Place(self._chosen, int(found[1])))

    async def read(self, place: Place) -> bytes | None:
        """The PDU at `place`; None where nothing is."""
        await self._choose(place.memory)
        lines = await attempt(self._talk, f"AT+CMGR={place.index}") or ()
        pdus = [_pdu(after) for line, after in pairwise(lines) if _READ.match(line)]
        return next((pdu for pdu in pdus if pdu), None)

    async def delete(self, place: Place) -> None:
        """Free `place`. Nothing happens where nothing is."""
        await self._choose(place.memory)
        await attempt(self._talk, f"AT+CMGD={place.index}")

    async def _choose(self, memory: str) -> None:
        if memory != self._chosen and await attempt(self._talk, f'AT+CPMS="{memory}"') is not None:
            self._chosen = memory


def _entries(lines: Sequence[str]) -> Iterator[tuple[int, bytes]]:
    for line, after in pairwise(lines):
        found = _LISTED.match(line)
        pdu = _pdu(after)
        if found and found[2] in _RECEIVED and pdu:
            yield int(found[1]), pdu


def _pdu(line: str) -> bytes | None:
    return bytes.fromhex(line) if _HEX.fullmatch(line) else None
