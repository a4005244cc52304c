"""Before the daemon starts: settings, a plan and somebody who may log in, where there are none yet.

As the daemon's user: python -m appliance.box.first_records
"""

from __future__ import annotations

import os
from pathlib import Path

import sqlalchemy as sa

from appliance import revisions
from appliance.box import places
from appliance.box.daemon_settings import settings_text
from appliance.box.file import BoxFile
from appliance.box.places import ADMIN
from appliance.box.setup import in_force
from appliance.demo import Hospital
from appliance.direct import finish
from appliance.exchange_files import write_carrier
from appliance.foundation import durable, journal
from appliance.foundation.addresses import own
from appliance.foundation.clock import CommandClock
from appliance.foundation.config import Faulty, parse
from appliance.foundation.database import DirectDatabase, create_engine
from appliance.foundation.migrate import upgrade
from appliance.plan import Plan
from appliance.reset.resetting import BoxReset
from appliance.settings import Settings, load
from web.auth import Users
from web.passwords import Passwords, fresh, here
from web.schema import users


def main() -> None:
    """Make what is missing."""
    os.umask(0o077)
    made = prepare(in_force(), places.HOME, own())
    if made:
        print("first start: made " + ", ".join(made))


def prepare(file: BoxFile, home: Path, address: str, brought: Path = places.BROUGHT_PLAN) -> list[str]:
    """Make what is missing in `home`. brought: a plan that IT prepared. Returns what was made."""
    settings, made = _settings(file, home, address)
    engine = create_engine(settings.database_url)
    try:
        upgrade(engine)
        _note_reset(engine, home / places.WAS_RESET.name)
        database = DirectDatabase(engine)
        code = home / places.FIRST_CODE.name
        if settings.simulator is not None:
            return made + _simulated(settings, database, code)
        return made + _plan(database, file, brought) + _admin(database, file, code)
    finally:
        engine.dispose()


def _note_reset(engine: sa.Engine, was_reset: Path) -> None:
    """The journal begins with the factory reset that was done at the console, if one was."""
    if not was_reset.exists():
        return
    tier = was_reset.read_text("utf-8").strip()
    with engine.begin() as connection:
        event = BoxReset(at=CommandClock().now(), tier=tier, by="console", line=0, hash=journal.GENESIS)
        journal.append(connection, event)
    was_reset.unlink()


def _settings(file: BoxFile, home: Path, address: str) -> tuple[Settings, list[str]]:
    path = home / places.SETTINGS.name
    is_new = not path.exists()
    if is_new:
        _write(path, settings_text(file, address))
    return load(path), ["settings"] if is_new else []


def _simulated(settings: Settings, database: DirectDatabase, code: Path) -> list[str]:
    is_new = not (settings.directory / "demo.json").exists()
    told = Hospital(settings, database).fill(0)
    with database.engine.begin() as connection:
        revision = revisions.active(connection)
    assert revision is not None  # filled above
    write_carrier(settings, revision.plan, {one["extension"]: one["secret"] for one in told["sip"]["accounts"]})
    if is_new:
        _write(code, next(one["password"] for one in told["logins"] if one["user"] == ADMIN))
    return ["the simulated hospital"] if is_new else []


def smallest_plan(file: BoxFile) -> str:
    """A hospital without wards, so that the panel is there in which to make some."""
    return (
        '[site]\nname = { zh = "新医院", en = "New hospital" }\n'
        f'language = "{file.language}"\ntimezone = "{file.time_zone}"\n\n[nursecall]\n'
    )


def _plan(database: DirectDatabase, file: BoxFile, brought: Path) -> list[str]:
    """The plan that was put on the boot partition beside the box's file, where it is sound; else the smallest."""
    with database.engine.begin() as connection:
        if revisions.active(connection) is not None:
            return []
        now = CommandClock().now()
        text = _sound(brought) or smallest_plan(file)
        number = revisions.keep(connection, text, by="first start", note="", at=now)
        revisions.activate(connection, number, by="first start", at=now)
    return ["plan"]


def _sound(brought: Path) -> str:
    try:
        text = brought.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        parse(text, Plan)
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError, Faulty) as why:
        print(f"plan.toml on the boot partition cannot be used: {why}")
        return ""
    return text


def _admin(database: DirectDatabase, file: BoxFile, code: Path) -> list[str]:
    log_ins = Users(database, CommandClock(), Passwords(here))
    if finish(log_ins.every()):
        return []
    # Written before the log-in is made: a power cut between the two must not leave a box nobody can enter.
    password = code.read_text("utf-8").strip() if code.exists() else fresh(ADMIN)
    _write(code, password)
    finish(log_ins.add(ADMIN, "admin", password, must_change=not file.admin.secret_hash, by="first start"))
    if file.admin.secret_hash:
        with database.engine.begin() as connection:
            of_admin = users.update().where(users.c.name == ADMIN)
            connection.execute(of_admin.values(password_hash=file.admin.secret_hash))
        code.unlink()
    return ["admin"]


def _write(path: Path, text: str) -> None:
    durable.write(path, text.encode())


if __name__ == "__main__":
    main()
