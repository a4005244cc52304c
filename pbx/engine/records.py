"""What Asterisk itself wrote down of each channel: read when we were not there to hear it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

KEEP_BYTES = 32_000_000
LATEST = 100_000
"""Bytes at the end of the log in which something of a moment ago is found."""
MARK = "emergency-"
"""Before the number, on a channel from which an emergency number was dialled."""


@dataclass(frozen=True)
class Record:
    """One line of the channel event log.

    kind: CHAN_START, ANSWER, HANGUP, CHAN_END. linked: the call's first channel. name: of the channel.
    mark: what the dialplan wrote on the channel by then, `emergency-120`; empty for nothing.
    """

    kind: str
    at: datetime
    channel: str
    linked: str
    name: str = ""
    mark: str = ""


class Records:
    """The channel event log of one Asterisk: `file`, and `file.1` that was set aside when it had grown."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def of_call(self, call: str) -> list[Record]:
        """All that was recorded of the legs of `call` and of the caller's leg, in order."""
        ours = [record for record in self._naming(call) if record.channel.startswith(f"{call}-")]
        callers = {record.linked for record in ours if not record.linked.startswith(call)}
        theirs = [record for caller in callers for record in self._naming(caller) if record.channel == caller]
        return sorted(ours + theirs, key=lambda record: record.at)

    def hung_up(self, identity: str) -> datetime | None:
        """When the channel hung up, None if that was not recorded."""
        records = self._naming(identity)
        times = [record.at for record in records if record.channel == identity and record.kind == "HANGUP"]
        return times[-1] if times else None

    def emergencies(self) -> dict[str, str]:
        """Channels from which an emergency number was dialled, and that number."""
        marked = (record for record in self._naming(MARK) if record.mark.startswith(MARK))
        return {record.channel: record.mark.removeprefix(MARK) for record in marked}

    def linked_to(self, channel: str) -> list[Record]:
        """All that was recorded of the call that began with that channel, in order."""
        return sorted((one for one in self._naming(channel) if one.linked == channel), key=lambda one: one.at)

    def has_ended(self, channel: str) -> bool:
        """Whether it is written down that a channel hung up a moment ago: looks at the end of the log alone."""
        if not self._file.exists():
            return False
        with self._file.open("rb") as log:
            log.seek(max(0, self._file.stat().st_size - LATEST))
            latest = log.read().decode("utf-8", "replace").splitlines()
        found = (parse(line) for line in latest if channel in line)
        return any(one is not None and one.kind == "HANGUP" and one.channel == channel for one in found)

    def talking(self, since: datetime) -> int:
        """Calls of which two legs have been answered and not hung up. since: when this Asterisk was started."""
        up: dict[str, str] = {}
        for record in self._naming(""):
            if record.kind == "ANSWER" and record.at >= since:
                up[record.channel] = record.linked
            elif record.kind == "HANGUP":
                up.pop(record.channel, None)
        return sum(legs > 1 for legs in Counter(up.values()).values())

    def set_aside(self) -> None:
        """Begin anew when the log has grown large; what was set aside before goes. Call it between recoveries."""
        if self._file.exists() and self._file.stat().st_size > KEEP_BYTES:
            self._file.replace(self._aside)

    @property
    def _aside(self) -> Path:
        return self._file.with_name(self._file.name + ".1")

    def _naming(self, what: str) -> Iterator[Record]:
        for file in (self._aside, self._file):
            if file.exists():
                with file.open(encoding="utf-8", errors="replace") as lines:
                    yield from filter(None, (parse(line) for line in lines if what in line))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(line: str) -> Record | None:
    """One line of the log; None for one that was cut short when the machine died."""
    try:
        found = json.loads(line)
        seconds, _, micros = str(found["eventtime"]).partition(".")
        at = _EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros.ljust(6, "0")[:6] or 0))
        name, mark = str(found.get("channame", "")), str(found.get("userfield", ""))
        return Record(found["eventtype"], at, str(found["uniqueid"]), str(found["linkedid"]), name, mark)
    except (ValueError, KeyError, TypeError):
        return None
