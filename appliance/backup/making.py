"""A backup, made while the box runs: in a process of its own, so that it keeps no nurse waiting."""

from __future__ import annotations

import fcntl
import gzip
import io
import os
import re
import socket
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from appliance.backup import manifest, records, sealed
from appliance.backup.contents import FILES, kept
from appliance.backup.manifest import FORM, Manifest
from appliance.backup.places import PART, PULLED, Directory, Place, stick
from appliance.backup.trouble import Trouble, brief
from appliance.foundation.backup_plan import Destination, ToDirectory, ToUsb
from appliance.foundation.database import create_engine, reading
from appliance.foundation.secret import SecretMissing, secret
from appliance.settings import Settings

Told = Callable[[str, int, int], object]
"""A stage (a message id), octets done, octets there are."""

RECORDS, READING_FILES, READING_BACK = "Copying the records …", "Writing the file …", "Reading the file back …"
STAGES = (RECORDS, READING_FILES, READING_BACK)
SUFFIX = ".nightbell.zip"
MANIFEST, DATABASE, SETTINGS, END = "manifest.json", "records.sqlite", "nightbell.toml", "end"
SPARE = 64 * 1024 * 1024
"""Octets that are left free."""
MEGA = 1e6
QUICK = 3

BUSY = "A backup is being made already."
NO_ROOM_HERE = "There is too little room on this box for a copy of its records: {free} MB free, {needed} MB needed."
NO_ROOM_THERE = "There is too little room where the backup is put: {free} MB free, up to {needed} MB needed."
UNKNOWN_KEY = "The passphrase cannot be read: {why}."
NOT_WRITTEN = "The backup could not be written: {why}."


@dataclass(frozen=True)
class Made:
    """A file that is there, and was read back. file: where, for people."""

    file: str
    octets: int


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """While nobody else makes a backup of this box. Raises Trouble; who dies lets go."""
    settings.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.sockets / "backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as why:
            raise Trouble(BUSY) from why
        yield


def make(settings: Settings, settings_file: Path, plan: Destination, site: str, at: datetime, told: Told) -> Made:
    """Make it, read it back, and remove those that are too many. Raises Trouble: then there is no new file."""
    try:
        passphrase = secret(plan.passphrase)
    except SecretMissing as why:
        raise Trouble(UNKNOWN_KEY, why=why) from why
    try:
        return _make(settings, settings_file, plan, passphrase, site, at, told)
    except OSError as why:
        raise Trouble(NOT_WRITTEN, why=brief(why)) from why


def _make(
    settings: Settings, settings_file: Path, plan: Destination, passphrase: str, site: str, at: datetime,
    told: Told,
) -> Made:  # fmt: skip
    place = place_of(plan, settings)
    name = f"{_stem(plan.id)}{at.astimezone(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"
    try:
        _tidy(place, plan.id)
        settings.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="backup-", dir=settings.scratch) as scratch:
            told(RECORDS, 0, 0)
            source = _gather(settings, settings_file, plan, site, at, Path(scratch), place)
            try:
                with place.create(name) as out:
                    sealed.seal(out, passphrase, lambda plain: _fill(plain, source, told))
                place.finish(name)
            except BaseException:
                with suppress(OSError):  # of a disk that is not there any more, the next backup clears it away
                    place.remove(name + PART)
                raise
            octets = _read_back(place, name, passphrase, source, told)
        for old in sorted(_ours(place.names(), plan.id))[: -plan.keep]:
            place.remove(old)
        return Made(place.shown(name), octets)
    except OSError as why:
        if place.is_gone():
            raise Trouble(PULLED) from why
        raise
    finally:
        place.close()


def place_of(plan: Destination, settings: Settings) -> Place:
    """Where it is put. Raises Trouble."""
    if isinstance(plan, ToDirectory):
        return Directory(Path(plan.directory), settings.directory, own_disk=plan.own_disk)
    if isinstance(plan, ToUsb):
        return Directory(stick(plan.id), settings.directory)
    from appliance.backup.sftp import Sftp

    return Sftp(plan)


@dataclass(frozen=True)
class _Source:
    """What goes into the file."""

    manifest: Manifest
    database: Path
    settings: Path
    files: list[tuple[str, Path]]

    @property
    def octets(self) -> int:
        return self.manifest.octets + self.database.stat().st_size


def _gather(
    settings: Settings, settings_file: Path, plan: Destination, site: str, at: datetime, scratch: Path,
    place: Place,
) -> _Source:  # fmt: skip
    files = list(kept(settings, with_talk=plan.recordings))
    octets, database = sum(map(_size, (file for _, file in files))), records.size(settings.database_url)
    _demand(_free(settings.scratch), database, NO_ROOM_HERE)
    # What is compressed is smaller; what is not (recorded talk) is not. On one disk both have to fit.
    same = isinstance(plan, ToDirectory) and Path(plan.directory).stat().st_dev == settings.scratch.stat().st_dev
    _demand(place.free(), octets + database * (2 if same else 1), NO_ROOM_THERE)
    copy = scratch / DATABASE
    records.snapshot(settings.database_url, copy)
    engine = reading(create_engine(records.sqlite_url(copy)))
    try:
        with engine.begin() as connection:
            said = Manifest(
                FORM, at.astimezone(UTC).isoformat(), socket.gethostname(), site, manifest.step(connection),
                str(settings.directory), manifest.tables(connection), manifest.heads(connection), plan.recordings,
                len(files), octets,
            )  # fmt: skip
    finally:
        engine.dispose()
    return _Source(said, copy, settings_file, files)


def _fill(plain: IO[bytes], source: _Source, told: Told) -> None:
    """Everything as a tar. What has gone meanwhile is left out; the last member says how many files there are."""
    done, there = 0, 0
    with (
        gzip.GzipFile(fileobj=plain, mode="wb", compresslevel=QUICK) as packed,
        tarfile.open(fileobj=packed, mode="w|") as pack,
    ):
        _put(pack, MANIFEST, source.manifest.to_json())
        _put(pack, SETTINGS, source.settings.read_bytes() if source.settings.exists() else b"")
        pack.add(source.database, DATABASE)
        done += source.database.stat().st_size
        for name, file in source.files:
            told(READING_FILES, done, source.octets)
            try:
                content = file.open("rb")
            except FileNotFoundError:
                continue
            with content:
                about = pack.gettarinfo(arcname=f"{FILES}/{name}", fileobj=content)
                pack.addfile(about, content)
            there, done = there + 1, done + about.size
        _put(pack, END, str(there).encode())


def _put(pack: tarfile.TarFile, name: str, content: bytes) -> None:
    about = tarfile.TarInfo(name)
    about.size, about.mode = len(content), 0o600
    pack.addfile(about, io.BytesIO(content))


def _read_back(place: Place, name: str, passphrase: str, source: _Source, told: Told) -> int:
    """What was written opens, to its end; its octets. One that does not is no backup."""

    def look(plain: IO[bytes]) -> None:
        done = 0
        with tarfile.open(fileobj=plain, mode="r|gz") as pack:
            for member in pack:
                told(READING_BACK, done, source.octets)
                done += member.size

    try:
        with place.read(name) as file:
            sealed.opened(file, passphrase, look)
            return file.seek(0, os.SEEK_END)
    except BaseException:
        place.remove(name)
        raise


def _tidy(place: Place, backup: str) -> None:
    """Remove what somebody who was killed left half."""
    for name in place.names():
        if name.endswith(PART) and _ours([name.removesuffix(PART)], backup):
            place.remove(name)


def _stem(backup: str) -> str:
    host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:40]
    return f"{host}_{backup}_"


def _ours(names: list[str], backup: str) -> list[str]:
    pattern = re.compile(re.escape(_stem(backup)) + r"\d{8}T\d{6}Z" + re.escape(SUFFIX))
    return [name for name in names if pattern.fullmatch(name)]


def _demand(free: int | None, needed: int, message: str) -> None:
    if free is not None and free < needed + SPARE:
        raise Trouble(message, free=f"{free / MEGA:,.0f}", needed=f"{(needed + SPARE) / MEGA:,.0f}")


def _free(directory: Path) -> int:
    about = os.statvfs(directory)
    return about.f_bavail * about.f_frsize


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
