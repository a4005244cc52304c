"""Messages that callers left are files and rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.foundation.bus import Bus
from pbx.ivr.events import MessageLeft
from pbx.ivr.messages import LeftMessages
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now


def left(messages: LeftMessages, name: str, seconds: float = 7.4) -> None:
    """Somebody spoke."""
    messages.file(name).write_bytes(b"RIFF")
    now(messages.keep(name, call="c1", caller="8003", flow="main", node="message", seconds=seconds, tell=("it",)))


def test_who_listened_first_is_kept_and_a_deleted_one_is_gone(tmp_path: Path) -> None:
    """Row and file."""
    messages = LeftMessages(tmp_path, InlineDatabase(), FakeClock(), Bus())
    name = messages.place("c1")
    left(messages, name)
    [one] = now(messages.every())
    assert (one.caller, one.seconds, one.heard_at) == ("8003", 7, None)
    assert now(messages.listen(name, "anna")) == messages.file(name)
    now(messages.listen(name, "berta"))
    assert now(messages.every())[0].heard_by == "anna"
    now(messages.delete(name, "anna"))
    assert now(messages.every()) == []
    assert not messages.file(name).exists()
    for act in (messages.listen, messages.delete):
        with pytest.raises(LookupError):
            now(act(name, "anna"))


def test_without_records_whoever_wants_to_know_is_told_all_the_same(tmp_path: Path) -> None:
    """The file is there."""
    database, bus, told = InlineDatabase(), Bus(), list[MessageLeft]()
    bus.subscribe(MessageLeft, told.append)
    messages = LeftMessages(tmp_path, database, FakeClock(), bus)
    database.broken = RuntimeError("the disk is full")
    name = messages.place("c1")
    left(messages, name)
    assert [(one.name, one.tell) for one in told] == [(name, ("it",))]
    assert messages.file(name).exists()


def test_what_cannot_be_thrown_away_is_no_fault_of_the_call(tmp_path: Path) -> None:
    """Somebody else's file stands in the way."""
    (tmp_path / "blocked").write_text("")
    LeftMessages(tmp_path, InlineDatabase(), FakeClock(), Bus()).drop("blocked/x")
