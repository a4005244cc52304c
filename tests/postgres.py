"""A private PostgreSQL: a directory of its own, a Unix socket, no network, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import sqlalchemy as sa

OWNERS = ("postgres", "nobody")
"""Whom the server runs as when we are root, whom it refuses to serve."""


class Postgres:
    """A running server."""

    def __init__(self, directory: Path, options: str) -> None:
        self._directory, self._options = directory, options
        self._names = count(1)

    def start(self) -> None:
        """Serve, once more after `stop`."""
        data, log = self._directory / "data", self._directory / "log"
        _run("pg_ctl", "-D", data, "-l", log, "-o", self._options, "-w", "start")

    def stop(self) -> None:
        """Be gone at once, as in a crash: what was committed is found again."""
        _run("pg_ctl", "-D", self._directory / "data", "-m", "immediate", "-w", "stop")

    def fresh(self) -> str:
        """The SQLAlchemy URL of a new, empty database."""
        name = f"test{next(self._names)}"
        engine = sa.create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://nightbell@/{name}?host={self._directory}"


@contextmanager
def serving(*, durable: bool = False) -> Iterator[Postgres]:
    """A server for as long as the context lasts. durable: a commit is on the platter, as in a hospital."""
    directory = Path(tempfile.mkdtemp(prefix="nightbell-pg-", dir="/tmp"))
    try:
        data = directory / "data"
        _give_away(directory)
        _run("initdb", "-D", data, "-U", "nightbell", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {directory} -c listen_addresses='' -c fsync={'on' if durable else 'off'} -c max_connections=50"
        server = Postgres(directory, options)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory)


def _run(program: str, *arguments: str | Path) -> None:
    done = subprocess.run(
        [*_as_somebody_else(), _find(program), *arguments],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # the server would keep a pipe open
        stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {(done.stderr or b'').decode(errors='replace')}")


def _find(program: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
    found = next(map(str, installed), None) or shutil.which(program)
    if found is None:
        raise RuntimeError(f"PostgreSQL is not installed: there is no {program} (apt install postgresql)")
    return found


def _owner() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return next(known[name] for name in OWNERS if name in known)


def _give_away(directory: Path) -> None:
    if owner := _owner():
        os.chown(directory, owner.pw_uid, owner.pw_gid)


def _as_somebody_else() -> list[str]:
    owner = _owner()
    if owner is None:
        return []
    return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
