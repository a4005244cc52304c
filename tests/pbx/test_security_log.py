"""Asterisk's security events: lines as Asterisk 22.10.1 wrote them, chopped anyhow; and the feed that follows them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.bus import Bus
from pbx.engine import security_feed
from pbx.engine.security_feed import PACE, SecurityFeed
from pbx.engine.security_log import SecurityEvent, SecurityLog, event
from tests.fakes.clock import FakeClock

BEFORE = "[2026-11-30 00:51:59.589] Asterisk 22.10.1 built by nobody @ buildd.debian.org on a unknown running Linux\n"
HEAD = "[2026-11-30 00:52:00.490] SECURITY[1209] res_security_log.c: "
UNKNOWN = HEAD + (
    'SecurityEvent="InvalidAccountID",EventTV="2026-11-30T00:52:00.489+0000",Severity="Error",Service="PJSIP",'
    'EventVersion="1",AccountID="9999",SessionID="c1",LocalAddress="IPV4/UDP/127.0.0.1/43511",'
    'RemoteAddress="IPV4/UDP/127.0.0.3/53913"\n'
)
SENT = HEAD + (
    'SecurityEvent="ChallengeSent",EventTV="2026-11-30T00:52:00.490+0000",Severity="Informational",Service="PJSIP",'
    'EventVersion="1",AccountID="<unknown>",SessionID="c1",LocalAddress="IPV4/UDP/127.0.0.1/43511",'
    'RemoteAddress="IPV4/UDP/127.0.0.3/53913",Challenge=""\n'
)
WRONG = HEAD + (
    'SecurityEvent="ChallengeResponseFailed",EventTV="2026-11-30T00:52:00.716+0000",Severity="Error",Service="PJSIP",'
    'EventVersion="1",AccountID="8005",SessionID="1-1311@127.0.0.1",LocalAddress="IPV4/UDP/127.0.0.1/43511",'
    'RemoteAddress="IPV4/UDP/127.0.0.1/59057",Challenge="1795999920/4373868654eeba2d999eb98471974897",'
    'Response="754de4efd1af1202961caaa839c1606f",ExpectedResponse=""\n'
)
RIGHT = HEAD + (
    'SecurityEvent="SuccessfulAuth",EventTV="2026-11-30T00:52:00.605+0000",Severity="Informational",Service="PJSIP",'
    'EventVersion="1",AccountID="8004",SessionID="1-1299@127.0.0.1",LocalAddress="IPV4/UDP/127.0.0.1/43511",'
    'RemoteAddress="IPV6/TLS/fe80::1/45101",UsingPassword="1"\n'
)
WHOLE = (BEFORE + UNKNOWN + SENT + WRONG + RIGHT).encode()


def facts(data: bytes) -> list[tuple[str, str, str, bool]]:
    """Kind, account, address and whether refused, of each event."""
    return [(one.kind, one.account, one.address, one.refused) for one in SecurityLog().feed(data)]


def test_what_asterisk_writes_is_understood() -> None:
    """Four events; its greeting is none."""
    assert facts(WHOLE) == [
        ("InvalidAccountID", "9999", "127.0.0.3", True),
        ("ChallengeSent", "", "127.0.0.3", False),
        ("ChallengeResponseFailed", "8005", "127.0.0.1", True),
        ("SuccessfulAuth", "8004", "fe80::1", False),
    ]
    first = event(UNKNOWN.strip())
    assert first is not None
    assert first == SecurityEvent(
        datetime(2026, 11, 30, 0, 52, 0, 489000, UTC), "InvalidAccountID", "PJSIP", "9999", "c1", "127.0.0.3", 53913,
        "UDP",
    )  # fmt: skip


@given(st.lists(st.integers(0, len(WHOLE)), max_size=8))
def test_however_it_is_chopped(cuts: list[int]) -> None:
    """The same events."""
    ends = [0, *sorted(cuts), len(WHOLE)]
    log = SecurityLog()
    found = [one for start, end in pairwise(ends) for one in log.feed(WHOLE[start:end])]
    assert found == list(SecurityLog().feed(WHOLE))


@given(st.binary(max_size=400))
def test_noise_is_no_event_and_no_failure(noise: bytes) -> None:
    """A name may hold anything that who asks puts there."""
    list(SecurityLog().feed(noise + b"\n"))
    list(SecurityLog().feed(UNKNOWN.encode().replace(b"9999", noise)))


@pytest.mark.parametrize("field", ["EventTV", "Service", "RemoteAddress"])
def test_a_line_without_what_it_needs_is_none(field: str) -> None:
    """Cut short when the machine died, say."""
    assert event(UNKNOWN.replace(field, "Other")) is None


class Followed:
    """A feed over a file that grows."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.clock, self.bus = FakeClock(), Bus()
        self.heard: list[str] = []
        self.bus.subscribe(SecurityEvent, lambda one: self.heard.append(one.account))
        self.feed = SecurityFeed(file, self.clock, self.bus)
        self.feed.start()

    def writes(self, text: str) -> None:
        """Asterisk appends."""
        with self.file.open("a") as file:
            file.write(text)
        self.clock.advance(PACE)


def test_it_follows_the_file(tmp_path: Path) -> None:
    """From its end when we start, over half lines, over a file that is begun anew."""
    file = tmp_path / "security"
    file.write_text(WRONG)
    log = Followed(file)
    log.writes(UNKNOWN[:90])
    log.writes(UNKNOWN[90:])
    assert log.heard == ["9999"]
    file.write_text("")
    log.clock.advance(PACE)
    log.writes(RIGHT)
    assert log.heard == ["9999", "8004"]
    log.feed.stop()
    log.writes(WRONG)
    assert log.heard == ["9999", "8004"]


def test_it_keeps_the_file_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is thrown away, in good order; a flood is read over several looks."""
    monkeypatch.setattr(security_feed, "LARGE", 3000)
    monkeypatch.setattr(security_feed, "AT_ONCE", 1000)
    log = Followed(tmp_path / "security")
    log.writes(WRONG * 10)
    assert 0 < len(log.heard) < 10
    for _ in range(10):
        log.clock.advance(PACE)
    assert log.heard == ["8005"] * 10
    assert log.file.stat().st_size == 0
    log.writes(RIGHT)
    assert log.heard[-1] == "8004"


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    """Asterisk starts after us."""
    log = Followed(tmp_path / "security")
    log.clock.advance(PACE)
    log.writes(RIGHT)
    assert log.heard == ["8004"]
