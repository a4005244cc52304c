"""supervisord keeps every process of the box alive; this writes its configuration and asks it things."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any, cast
from xmlrpc.client import Error, Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport, UnixStreamHTTPConnection

PATIENCE = 5.0
"""Seconds. A supervisord that hangs counts as none."""


@dataclass(frozen=True)
class Program:
    """A process to keep alive. `order`: small numbers start first and stop last."""

    name: str
    command: Sequence[str]
    order: int
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: int = 10


@dataclass(frozen=True)
class Running:
    """What supervisord says of a process. state: STARTING, RUNNING, BACKOFF, STOPPED, EXITED, FATAL."""

    name: str
    state: str
    pid: int
    why: str


def configuration(programs: Sequence[Program], sockets: Path, logs: Path) -> str:
    """The text of supervisord.conf. Every `%` is doubled, as supervisord expands it."""
    sections = [
        _section(
            "supervisord",
            nodaemon="true",
            pidfile=sockets / "supervisor.pid",
            logfile=logs / "supervisor.log",
            logfile_maxbytes="10MB",
            logfile_backups=3,
            umask="077",
            childlogdir=logs,
            silent="true",
        ),
        _section("unix_http_server", file=sockets / "supervisor.sock", chmod="0700"),
        _section(
            "rpcinterface:supervisor",
            **{"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
    ]
    sections += [_program(program, logs) for program in programs]
    return "\n".join(sections)


def _program(program: Program, logs: Path) -> str:
    environment = ",".join(f'{name}="{value}"' for name, value in sorted(program.environment.items()))
    return _section(
        f"program:{program.name}",
        command=shlex.join(program.command),
        directory=program.directory,
        priority=program.order,
        environment=environment,
        autorestart="true",
        startsecs=1,
        startretries=1_000_000,  # a box that gave up at night is a box that is dead in the morning
        stopwaitsecs=program.stop_seconds,
        stopasgroup="true",
        killasgroup="true",
        redirect_stderr="true",
        stdout_logfile=logs / f"{program.name}.log",
        stdout_logfile_maxbytes="10MB",
        stdout_logfile_backups=3,
        umask="077",
    )


def _section(header: str, **values: object) -> str:
    lines = [f"{name} = {str(value).replace('%', '%%')}" for name, value in values.items() if value != ""]
    return "\n".join([f"[{header}]", *lines, ""])


class _Impatient(UnixStreamHTTPConnection):  # type: ignore[misc]
    """supervisor's own connection would wait for ever."""

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(PATIENCE)


def _transport(socket: Path) -> SupervisorTransport:
    def connection() -> _Impatient:
        connection = _Impatient("localhost")
        connection.socketfile = str(socket)
        return connection

    transport = SupervisorTransport(serverurl=f"unix://{socket}")
    transport._get_connection = connection
    return transport


class Supervisor:
    """A running supervisord, asked over its Unix socket. Every method raises OSError when there is none.

    One that is on its way out, or knows no such running process, counts as none.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._proxy = ServerProxy("http://supervisor", transport=_transport(socket))

    def programs(self) -> list[Running]:
        """Every process it keeps."""
        told = cast("list[dict[str, Any]]", self._ask("getAllProcessInfo"))
        return [Running(p["name"], p["statename"], int(p["pid"]), p["spawnerr"] or p["description"]) for p in told]

    def pid(self) -> int:
        """Its own process number."""
        return int(cast(int, self._ask("getPID")))

    def signal(self, name: str, signal: str) -> None:
        """Send `HUP`, `STOP`, … to a process."""
        self._ask("signalProcess", name, signal)

    def stop_all(self) -> None:
        """Have every process end; they may still be ending when this returns."""
        self._ask("stopAllProcesses", False)

    def start_all(self) -> None:
        """Have every process begin."""
        self._ask("startAllProcesses", False)

    def shut_down(self) -> None:
        """Have it end itself."""
        self._ask("shutdown")

    def _ask(self, method: str, *arguments: str | bool) -> object:
        try:
            return getattr(self._proxy.supervisor, method)(*arguments)
        except (HTTPException, Error) as why:
            raise ConnectionError(f"supervisord at {self._socket} will not: {why}") from why


def tell_daemon(socket: Path) -> bool:
    """Let a running daemon read plan, tariffs and patients anew; False when none runs."""
    try:
        Supervisor(socket).signal("daemon", "HUP")
    except (OSError, Fault):
        return False
    return True


def programs_of(socket: Path) -> list[Running]:
    """Every process of the supervisord at `socket`; empty when it does not run."""
    try:
        return Supervisor(socket).programs()
    except OSError:
        return []
