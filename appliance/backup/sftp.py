"""Another machine over SSH, as a place for backups. asyncssh runs in a thread of its own; its files look like ours."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import IO, Any, TypeVar, cast

import asyncssh

from appliance.backup.places import PART
from appliance.backup.trouble import Trouble, brief
from appliance.foundation.backup_plan import ToSftp
from appliance.foundation.secret import SecretMissing, secret

T = TypeVar("T")

PATIENCE = 60
"""Seconds without an answer. A machine that hangs counts as none."""
AT_ONCE = 1 << 20

UNREACHABLE = "{host} cannot be reached: {why}."
OTHER_KEY = "{host} shows another key than the plan has: {shown}. If that is right, put it into the plan."
NO_ENTRY = "{host} does not let {user} in."
NO_DIRECTORY = "{host} has no directory {directory} that can be used: {why}."


class _Doorkeeper(asyncssh.SSHClient):
    """Talks to the one machine that has the key."""

    def __init__(self, expected: str) -> None:
        self.expected, self.shown = expected, ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.shown = key.get_fingerprint("sha256")
        return self.shown == self.expected


class Sftp:
    """Satisfies `places.Place`."""

    def __init__(self, plan: ToSftp) -> None:
        self._plan = plan
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._ssh, self._files = self._ask(self._connect())
        except BaseException:
            self.close()
            raise

    def free(self) -> int | None:
        try:
            told = self._ask(self._files.statvfs(self._plan.directory))
        except asyncssh.SFTPError:  # an extension that few lack
            return None
        return int(told.bavail * told.frsize)

    def create(self, name: str) -> IO[bytes]:
        return io.BufferedWriter(_Remote(self, self.ask(self._open(self._path(name) + PART, "wb"))), AT_ONCE)

    def finish(self, name: str) -> None:
        part, whole = self._path(name) + PART, self._path(name)
        try:
            self._ask(self._files.posix_rename(part, whole))
        except asyncssh.SFTPError:
            self.ask(self._files.rename(part, whole))

    def read(self, name: str) -> IO[bytes]:
        file = self.ask(self._open(self._path(name), "rb"))
        return io.BufferedReader(_Remote(self, file, readable=True), AT_ONCE)

    def names(self) -> list[str]:
        return [str(one) for one in self.ask(self._files.listdir(self._plan.directory))]

    def remove(self, name: str) -> None:
        with suppress(asyncssh.SFTPNoSuchFile):
            self._ask(self._files.remove(self._path(name)))

    def shown(self, name: str) -> str:
        return f"sftp://{self._plan.host}/{self._path(name).lstrip('/')}"

    def is_gone(self) -> bool:
        return False  # its own faults say so themselves

    def close(self) -> None:
        if hasattr(self, "_ssh"):
            with suppress(OSError):
                self.ask(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` comes to on the loop. Raises OSError for what the other machine refuses, or does not answer."""
        try:
            return self._ask(work)
        except (asyncssh.Error, TimeoutError) as why:
            raise OSError(f"{self._plan.host}: {brief(why)}") from why

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, PATIENCE), self._loop).result()

    async def _connect(self) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]:
        plan, host = self._plan, self._plan.host
        door = _Doorkeeper(plan.host_key)
        try:
            password = secret(plan.password) or None
            ssh = await asyncssh.connect(
                host, plan.port, username=plan.user, password=password, client_factory=lambda: door, config=None,
                client_keys=[plan.key_file] if plan.key_file else None, known_hosts=([], [], []), agent_path=None,
                keepalive_interval=15,
            )  # fmt: skip
        except asyncssh.HostKeyNotVerifiable as why:
            raise Trouble(OTHER_KEY, host=host, shown=door.shown) from why
        except asyncssh.PermissionDenied as why:
            raise Trouble(NO_ENTRY, host=host, user=plan.user) from why
        except (OSError, asyncssh.Error, TimeoutError, SecretMissing, ValueError) as why:
            raise Trouble(UNREACHABLE, host=host, why=brief(why)) from why
        try:
            files = await ssh.start_sftp_client()
            await files.listdir(plan.directory)
        except (OSError, asyncssh.Error) as why:
            ssh.abort()
            raise Trouble(NO_DIRECTORY, host=host, directory=plan.directory, why=brief(why)) from why
        return ssh, files

    async def _leave(self) -> None:
        self._files.exit()
        self._ssh.close()
        await self._ssh.wait_closed()

    async def _open(self, path: str, mode: str) -> asyncssh.SFTPClientFile:
        return await self._files.open(path, mode)

    def _path(self, name: str) -> str:
        return f"{self._plan.directory.rstrip('/')}/{name}"


class _Remote(io.RawIOBase):
    """A file over there."""

    def __init__(self, place: Sftp, file: asyncssh.SFTPClientFile, *, readable: bool = False) -> None:
        self._place, self._file, self._readable = place, file, readable
        self._at = 0

    def readable(self) -> bool:
        return self._readable

    def writable(self) -> bool:
        return not self._readable

    def seekable(self) -> bool:
        return self._readable

    def tell(self) -> int:
        if not self._readable:
            raise io.UnsupportedOperation("only written from front to end")
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if not self._readable:
            raise io.UnsupportedOperation("only written from front to end")
        if whence == io.SEEK_END:
            offset += int(self._place.ask(self._file.stat()).size or 0)
        self._at = offset + (self._at if whence == io.SEEK_CUR else 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        found = cast(bytes, self._place.ask(self._file.read(len(buffer), self._at)))
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def write(self, data: Any) -> int:
        content = bytes(data)
        self._place.ask(self._file.write(content, self._at))
        self._at += len(content)
        return len(content)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._place.ask(self._file.close())
