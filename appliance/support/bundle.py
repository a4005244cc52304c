"""One ZIP that says how the box is: versions, parts, figures, plan, settings, journal and logs, all masked."""

from __future__ import annotations

import io
import json
import os
import platform
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from appliance import revisions
from appliance.backup import manifest, store
from appliance.foundation import journal
from appliance.foundation.database import create_engine, reading
from appliance.foundation.toml_tree import tree
from appliance.health_file import read_health
from appliance.settings import Settings
from appliance.supervision import programs_of
from appliance.support.masking import Mask
from billing import chain
from billing.schema import accounts
from nursecall.schema import patients, staff
from pbx.addresses.schema import addresses
from web.schema import users

MEGA = 10**6
LINES = 3000
"""Of the journal."""
TAIL = 1_000_000
"""Octets of each log."""
NAMES = (
    patients.c.name, patients.c.number, patients.c.note, staff.c.name, accounts.c.holder, addresses.c.name,
    users.c.shown,
)  # fmt: skip
ABOUT = """\
How a Nightbell box is, for whoever helps with it. Names, numbers, PINs, passwords and texts are masked.
Look it through before you hand it on.

Nightbell 机器状况，供技术支持使用。其中没有姓名、号码、密码和文字内容：均已遮盖。交出之前请自行查看一遍。

box.json       versions, machine, parts, processes, disks, backups, rows of each table
plan.json      the plan in force
settings.json  the settings
journal.jsonl  the last lines of the journal: what happened, not with whom
log/           the ends of the logs
"""


def bundle(settings: Settings, settings_file: Path, at: datetime) -> bytes:
    """The ZIP. Works also where the records cannot be opened; it then says so."""
    out, records = io.BytesIO(), _Records(settings)
    mask = Mask(records.names)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("README.txt", ABOUT)
        pack.writestr("box.json", _json(mask.document(_box(settings, records, at))))
        pack.writestr("plan.json", _json(mask.document(_tree(settings.plan_copy))))
        pack.writestr("settings.json", _json(mask.document(_tree(settings_file))))
        pack.writestr("journal.jsonl", "\n".join(_event(mask, entry) for entry in records.journal))
        for name, text in _logs(settings, mask):
            pack.writestr(name, text)
    return out.getvalue()


class _Records:
    """What is read of them. names: None where they cannot be opened. why: of that."""

    def __init__(self, settings: Settings) -> None:
        self.names: set[str] | None = None
        self.journal: list[journal.Entry] = []
        self.facts: dict[str, Any] = {"kind": sa.make_url(settings.database_url).get_backend_name()}
        engine = reading(create_engine(settings.database_url))
        try:
            with engine.begin() as connection:
                self._read(connection)
        except sa.exc.SQLAlchemyError as why:
            self.facts["cannot be opened"] = type(why).__name__
        finally:
            engine.dispose()

    def _read(self, connection: sa.Connection) -> None:
        heads = manifest.heads(connection)
        self.facts |= {"step": manifest.step(connection), "rows": manifest.tables(connection)}
        self.facts |= {"journal ends": heads.journal[0], "ledger ends": heads.ledger[0]}
        self.facts["journal broken"] = sum(1 for _ in journal.verify(connection))
        self.facts["ledger broken"] = sum(1 for _ in chain.verify(connection))
        tries = store.recent(connection)
        self.facts["backups"] = [{"at": str(one.began_at), "state": one.state, "why": one.why} for one in tries]
        active = revisions.active(connection)
        self.facts["plan revision"] = active.id if active is not None else None
        self.journal = list(journal.entries(connection, after=max(0, heads.journal[0] - LINES)))
        self.names = {name for column in NAMES for name in connection.execute(sa.select(column)).scalars()}


def _box(settings: Settings, records: _Records, at: datetime) -> dict[str, Any]:
    memory, disk = psutil.virtual_memory(), psutil.disk_usage(str(settings.directory))
    return {
        "at": at.isoformat(),
        "python": sys.version,
        "system": platform.platform(),
        "packages": sorted(f"{one.name} {one.version}" for one in distributions()),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        # Not in bytes: eleven figures may look like somebody's mobile number.
        "memory MB": {"total": memory.total // MEGA, "available": memory.available // MEGA},
        "disk MB": {"total": disk.total // MEGA, "free": disk.free // MEGA},
        "up since": datetime.fromtimestamp(psutil.boot_time(), at.tzinfo).isoformat(),
        "parts": read_health(settings.health_file),
        "processes": [vars(one) for one in programs_of(settings.supervisor_socket)],
        "records": records.facts,
    }


def _tree(file: Path) -> dict[str, Any]:
    try:
        return tree(file.read_text("utf-8"))
    except (OSError, ValueError) as why:
        return {"cannot be read": type(why).__name__}


def _event(mask: Mask, entry: journal.Entry) -> str:
    told = {"id": entry.id, "at": entry.at.isoformat(), "kind": entry.kind, "body": mask.event(entry.body)}
    return json.dumps(told, ensure_ascii=False)


def _logs(settings: Settings, mask: Mask) -> Iterator[tuple[str, str]]:
    for file in sorted(settings.logs.glob("*.log*")) if settings.logs.is_dir() else ():
        yield f"log/{file.name}", _tail(file, mask.text)


def _tail(file: Path, masked: Callable[[str], str]) -> str:
    with file.open("rb") as log:
        log.seek(max(0, file.stat().st_size - TAIL))
        text = log.read().decode("utf-8", "replace")
    return "\n".join(map(masked, text.splitlines()))


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)
