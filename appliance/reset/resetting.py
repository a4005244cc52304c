"""What goes and what stays. From its first mark on it is finished, whatever happens: the next start goes on with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import sqlalchemy as sa

from appliance.backup import records
from appliance.backup.contents import homes, talk
from appliance.foundation import journal
from appliance.foundation.clock import CommandClock
from appliance.foundation.database import create_engine, reading
from appliance.foundation.migrate import upgrade
from appliance.settings import Settings
from appliance.tables import TABLES
from pbx.engine.program import recordings as left_messages
from pbx.engine.program import taken

Tier = Literal["records", "everything"]
TIERS: tuple[Tier, ...] = ("records", "everything")
CONFIRM: dict[Tier, str] = {"records": "ERASE RECORDS", "everything": "ERASE EVERYTHING"}
"""What must be typed, in either language."""
KEPT = ("plan_revisions", "plan_slots", "users", "tariff_versions", "region_tables", "sip_secrets", "phones")
"""Tables that stay when only records go: the plan, who may log in, tariffs, telephones."""
BESIDE, ASKED, BUILT = "resetting", "asked.json", "records.sqlite"


@dataclass(frozen=True, kw_only=True)
class BoxReset(journal.Event):
    """The first line of a new journal. line, hash: where the one before ended; 0 where it could not be read."""

    tier: str
    by: str
    line: int
    hash: str


def begin(settings: Settings, tier: Tier, by: str) -> None:
    """Reset the box, whose processes are stopped."""
    root = settings.directory / BESIDE
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(mode=0o700, parents=True)
    _build(settings, root / f"{BUILT}.new", tier, by)
    (root / f"{BUILT}.new").replace(root / BUILT)
    fresh = root / f"{ASKED}.new"
    fresh.write_text(json.dumps({"tier": tier}), "utf-8")
    fresh.replace(root / ASKED)
    go_on(settings)


def interrupted(settings: Settings) -> bool:
    """Whether one was begun and not finished."""
    return (settings.directory / BESIDE / ASKED).exists()


def go_on(settings: Settings) -> None:
    """The same, after it was interrupted."""
    root = settings.directory / BESIDE
    tier = cast(Tier, json.loads((root / ASKED).read_text("utf-8"))["tier"])
    if (root / BUILT).exists():
        records.put(root / BUILT, settings.database_url)
    for path in _going(settings, tier):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for log in settings.logs.glob("*") if settings.logs.is_dir() else ():
        with suppress(OSError):  # who keeps them has them open
            log.write_bytes(b"")
    shutil.rmtree(root)


def _build(settings: Settings, file: Path, tier: Tier, by: str) -> None:
    """The records as they are to be: those that stay, and the first line of a new journal."""
    engine, now = create_engine(records.sqlite_url(file)), CommandClock().now()
    try:
        upgrade(engine)
        with engine.begin() as target:
            before = _carried(settings, target, tier)
            journal.append(target, BoxReset(at=now, tier=tier, by=by, line=before.id, hash=before.hash))
    finally:
        engine.dispose()
    records.into_one_file(file)


def _carried(settings: Settings, target: sa.Connection, tier: Tier) -> journal.Head:
    source_engine = create_engine(settings.database_url)
    try:
        upgrade(source_engine)
        with reading(source_engine).begin() as source:
            for table in TABLES if tier == "records" else ():
                if table.name in KEPT:
                    records.copy_table(source, target, table)
            return journal.head(source)
    except sa.exc.SQLAlchemyError:
        if tier == "records":
            raise
        return journal.Head(0, journal.GENESIS)  # broken records may be why everything goes
    finally:
        source_engine.dispose()


def _going(settings: Settings, tier: Tier) -> Iterator[Path]:
    """Files that go."""
    own = settings.directory
    yield from talk(settings).values()
    yield from (settings.voicemail, settings.faxes, settings.sounds, settings.scratch, own / "lines", own / "pagers")
    yield from (left_messages(settings.asterisk), taken(settings.asterisk), settings.health_file)
    if tier == "everything":
        yield from homes(settings).values()
        yield from (settings.tones, settings.asterisk, settings.carrier, settings.plan_copy)
        yield from (own / "demo.json", own / "simulated-cards.json")
