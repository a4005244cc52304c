"""The file itself: a ZIP of what says what it is, its key, and its content, both encrypted by age.

    README.txt           what this is and how to open it without us
    key.age              this file's own key (an X25519 identity), encrypted with the passphrase
    content.tar.gz.age   everything else, encrypted to that key

All three are open formats, so that records can be had in twenty years from a machine that knows nothing of us
(docs/decisions). age's chunks are authenticated and its last one says that it is the last: a file that was changed or
cut short does not open.
"""

from __future__ import annotations

import os
import threading
import zipfile
from collections.abc import Callable
from typing import IO, Any, TypeVar, cast

import pyrage

from appliance.backup.passphrase import NotOpened, lock, unlock
from appliance.backup.trouble import Trouble

T = TypeVar("T")

README, KEY, CONTENT = "README.txt", "key.age", "content.tar.gz.age"
ABOUT = """\
A backup of a Nightbell box. Nightbell 机器的备份文件。

Restore it 恢复:   nightbell restore FILE
By hand 手工打开:   unzip FILE; age -d key.age > key.txt; age -d -i key.txt content.tar.gz.age | tar xz
age: https://age-encryption.org
"""
NO_BACKUP = "This is no backup of a Nightbell box."
DAMAGED = "The file is damaged or was cut short: nothing of it can be trusted."
WRONG = "The passphrase does not open this file."


class _Aside(threading.Thread):
    """Runs `work` beside us; `why` is what it failed by."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.why: BaseException | None = None
        self._work = work

    def run(self) -> None:
        try:
            self._work()
        except BaseException as why:
            self.why = why


def seal(out: IO[bytes], passphrase: str, fill: Callable[[IO[bytes]], T]) -> T:
    """Write a whole file to `out`, which need not be seekable; `fill` writes its content. Raises what they raise."""
    identity = pyrage.x25519.Identity.generate()
    with zipfile.ZipFile(cast(Any, out), "w", zipfile.ZIP_STORED) as pack:
        pack.writestr(README, ABOUT)
        pack.writestr(KEY, lock(str(identity).encode(), passphrase))
        with pack.open(CONTENT, "w", force_zip64=True) as member:
            reading, writing = os.pipe()

            def encrypt() -> None:
                with os.fdopen(reading, "rb") as plain:
                    pyrage.encrypt_io(plain, member, [identity.to_public()])

            beside = _Aside(encrypt)
            beside.start()
            try:
                with os.fdopen(writing, "wb") as plain:
                    filled = fill(plain)
            except BrokenPipeError:
                beside.join()
                raise beside.why or AssertionError("the pipe broke by itself") from beside.why
            finally:
                beside.join()
            if beside.why is not None:
                raise beside.why
    return filled


def opened(file: IO[bytes], passphrase: str, take: Callable[[IO[bytes]], T]) -> T:
    """What `take` makes of the content, once all of it has proved whole. Raises Trouble, and what `take` raises."""
    try:
        pack = zipfile.ZipFile(cast(Any, file))
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as why:
        raise Trouble(DAMAGED if _begins_as_ours(file) else NO_BACKUP) from why
    with pack:
        if not {KEY, CONTENT} <= set(pack.namelist()):
            raise Trouble(NO_BACKUP)
        try:
            sealed_key, member = pack.read(KEY), pack.open(CONTENT)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as why:
            raise Trouble(DAMAGED) from why
        return _content(member, _identity(sealed_key, passphrase), take)


def _begins_as_ours(file: IO[bytes]) -> bool:
    file.seek(0)
    return README.encode() in file.read(64)


def _identity(sealed_key: bytes, passphrase: str) -> Any:
    try:
        return pyrage.x25519.Identity.from_str(unlock(sealed_key, passphrase).decode())
    except (NotOpened, pyrage.IdentityError, ValueError) as why:
        raise Trouble(WRONG) from why


def _content(member: IO[bytes], identity: Any, take: Callable[[IO[bytes]], T]) -> T:
    reading, writing = os.pipe()

    def decrypt() -> None:
        with os.fdopen(writing, "wb") as plain:
            pyrage.decrypt_io(member, plain, [identity])

    beside = _Aside(decrypt)
    beside.start()
    try:
        with os.fdopen(reading, "rb") as plain:
            taken = take(plain)
            while plain.read(1 << 20):
                pass
    except Exception as why:
        beside.join()
        # A cut stream ends early for `take` too: what it then says is not the cause.
        if beside.why is not None and not isinstance(beside.why, BrokenPipeError):
            raise Trouble(DAMAGED) from beside.why
        if _is_broken_pipe(beside.why) or beside.why is None:
            raise
        raise Trouble(DAMAGED) from why
    beside.join()
    if beside.why is not None:
        raise Trouble(DAMAGED) from beside.why
    return taken


def _is_broken_pipe(why: BaseException | None) -> bool:
    return isinstance(why, BrokenPipeError)
