"""Backups on another machine over SSH: a real SSH server, on a port of this machine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from appliance.backup.making import SUFFIX, make
from appliance.backup.sftp import NO_DIRECTORY, NO_ENTRY, OTHER_KEY, UNREACHABLE
from appliance.backup.trouble import Trouble
from appliance.foundation.backup_plan import ToSftp
from appliance.settings import load
from tests.appliance.backup.a_box import PASSPHRASE, lived_in, nightbell
from tests.ports import free_port


class Door(asyncssh.SSHServer):
    """Lets `backup` in with its password."""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("backup", "let-me-in")


@dataclass
class Machine:
    """Another machine. key: its fingerprint."""

    root: Path
    port: int
    key: str


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One that serves a directory."""
    root, port, key = tmp_path_factory.mktemp("nas"), free_port(), asyncssh.generate_private_key("ssh-ed25519")
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    def files(channel: Any) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=bytes(root))

    async def listen() -> None:
        keys = {"server_host_keys": [key], "sftp_factory": files}
        async with asyncssh.listen("127.0.0.1", port, server_factory=Door, **keys):
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(listen()))
    thread.start()
    ready.wait()
    yield Machine(root, port, key.get_fingerprint())
    loop.call_soon_threadsafe(over.set)
    thread.join()
    loop.close()


@pytest.fixture(autouse=True)
def passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the plan says they are."""
    monkeypatch.setenv("BACKUP_WORDS", PASSPHRASE)
    monkeypatch.setenv("SFTP_PASSWORD", "let-me-in")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box that was lived in."""
    return lived_in(tmp_path_factory.mktemp("box"))


def planned(machine: Machine, **other: Any) -> ToSftp:
    """A backup as the plan has it."""
    facts: dict[str, Any] = {
        "id": "nas", "kind": "sftp", "host": "127.0.0.1", "port": machine.port, "user": "backup",
        "password": "env:SFTP_PASSWORD", "host_key": machine.key, "passphrase": "env:BACKUP_WORDS", "keep": 2,
        "directory": "/",
    }  # fmt: skip
    return ToSftp.model_validate(facts | other)


def test_it_is_put_there_read_back_and_old_ones_go(box: Path, machine: Machine) -> None:
    """And what is there restores."""
    for day in (1, 2, 3):
        made = make(load(box), box, planned(machine), "Site", datetime(2026, 3, day, tzinfo=UTC), lambda *_: None)
    names = sorted(file.name for file in machine.root.iterdir())
    assert [name.partition("nas_")[2] for name in names] == [f"2026030{day}T000000Z{SUFFIX}" for day in (2, 3)]
    assert made.file == f"sftp://127.0.0.1/{names[-1]}"
    assert (machine.root / names[-1]).stat().st_size == made.octets
    assert nightbell(box, "backup", "check", str(machine.root / names[-1])).exit_code == 0


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"host_key": "SHA256:" + "A" * 43}, OTHER_KEY),
        ({"user": "stranger"}, NO_ENTRY),
        ({"directory": "/nowhere"}, NO_DIRECTORY),
        ({"port": 1}, UNREACHABLE),
        ({"password": "env:NOT_SET"}, UNREACHABLE),
    ],
)
def test_why_not_is_one_sentence(box: Path, machine: Machine, other: dict[str, Any], message: str) -> None:
    """The key that is shown is said, so that it can be compared; nothing is sent before."""
    before = sorted(machine.root.iterdir())
    with pytest.raises(Trouble) as refused:
        make(load(box), box, planned(machine, **other), "Site", datetime(2026, 4, 1, tzinfo=UTC), lambda *_: None)
    assert refused.value.message == message
    if message == OTHER_KEY:
        assert refused.value.facts["shown"] == machine.key
    assert sorted(machine.root.iterdir()) == before
