"""Is a port free, and if not, who has it?"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Wanted:
    """A port somebody wants to listen on. `key` names the setting it comes from."""

    key: str
    address: str
    port: int
    kind: int = socket.SOCK_STREAM


@dataclass(frozen=True)
class Taken:
    """A wanted port that another process has; `by` is `name (pid)` or None where that cannot be seen."""

    wanted: Wanted
    by: str | None


def taken(wanted: Sequence[Wanted]) -> list[Taken]:
    """Every one of `wanted` that cannot be had."""
    return [Taken(want, _owner(want)) for want in wanted if not _free(want)]


def _free(want: Wanted) -> bool:
    with socket.socket(socket.AF_INET, want.kind) as trial:
        if want.kind == socket.SOCK_STREAM:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((want.address, want.port))
        except OSError:
            return False
    return True


def _owner(want: Wanted) -> str | None:
    try:
        sockets = psutil.net_connections("tcp" if want.kind == socket.SOCK_STREAM else "udp")
    except psutil.AccessDenied:
        return None
    for one in sockets:
        listening = want.kind == socket.SOCK_DGRAM or one.status == psutil.CONN_LISTEN
        if listening and one.laddr and one.laddr.port == want.port and one.pid:
            try:
                return f"{psutil.Process(one.pid).name()} ({one.pid})"
            except psutil.NoSuchProcess:
                return None
    return None
