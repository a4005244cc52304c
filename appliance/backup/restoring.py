"""A box made of a backup: everything beside what is there, judged, then put in its place in one go.

unpack   into `restoring/` of the box's directory; the file must open to its end and hold what it says
judge    every table's count, both heads, both chains
switch   from here on it is finished, whatever happens: whoever is killed in it, goes on with it at the next start
"""

from __future__ import annotations

import json
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from appliance.backup import manifest, records, sealed
from appliance.backup.comparing import DIFFERS, Row, compare, compare_heads, demand
from appliance.backup.contents import FILES, TALK, homes, place
from appliance.backup.making import DATABASE, END, MANIFEST, SETTINGS
from appliance.backup.manifest import Manifest
from appliance.backup.settling import settle
from appliance.backup.trouble import Trouble, brief
from appliance.foundation import journal
from appliance.foundation.database import create_engine
from appliance.foundation.migrate import NewerDatabase, refuse_newer, upgrade
from appliance.settings import Settings
from billing import chain, closing

BESIDE, READY, HOMES = "restoring", "ready.json", "homes.json"
LIVED_IN = ("patients", "nurse_calls", "ledger_entries", "telephone_calls", "recordings", "messages", "staff")
"""Tables that have rows where somebody has worked with the box."""

INSIDE_BROKEN = "The backup does not hold what a backup holds: {what}."
BROKEN_CHAIN = "The backup's own books do not hold: {why}. Nothing was restored."
NOT_EMPTY = "This box has records of its own. With --replace they are replaced, for good."
UNOPENED = "The file cannot be read: {why}."
NO_ROOM = "There is too little room on this box: {why}."


def beside(settings: Settings) -> Path:
    """Where a restore is prepared."""
    return settings.directory / BESIDE


def lived_in(settings: Settings) -> bool:
    """Whether the box has records that somebody would miss."""
    engine = create_engine(settings.database_url)
    try:
        with engine.begin() as connection:
            there = set(sa.inspect(connection).get_table_names())
            return any(
                connection.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first()
                for name in LIVED_IN
                if name in there
            )
    finally:
        engine.dispose()


def look(file: Path, passphrase: str) -> Manifest:
    """What a whole file says of itself; every octet of it is read. Raises Trouble."""

    def read(plain: IO[bytes]) -> Manifest:
        with tarfile.open(fileobj=plain, mode="r|gz") as pack:
            found = _manifest(pack)
            for _ in pack:
                pass
            return found

    return _opened(file, passphrase, read)


def prepare(
    settings: Settings, file: Path, passphrase: str, told: Callable[[Sequence[Row]], object] = lambda _: None
) -> Manifest:
    """Unpack and judge; nothing of the box is changed. told: of what is compared. Raises Trouble."""
    root = beside(settings)
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(mode=0o700, parents=True)
    try:
        found = _opened(file, passphrase, lambda plain: _unpack(plain, root, settings))
        _judge(root, found, told)
    except BaseException as why:
        shutil.rmtree(root, ignore_errors=True)
        if isinstance(why, OSError):
            raise Trouble(NO_ROOM, why=brief(why)) from why
        raise
    return found


def switch(settings: Settings, settings_file: Path, file: str, by: str) -> Manifest:
    """Put what was prepared in its place. Raises Trouble where the records cannot be loaded: they are as they were."""
    root = beside(settings)
    fresh = root / f"{READY}.new"
    fresh.write_text(json.dumps({"file": file, "by": by}), "utf-8")
    fresh.replace(root / READY)
    return go_on(settings, settings_file)


def go_on(settings: Settings, settings_file: Path) -> Manifest:
    """The same, after it was interrupted."""
    root = beside(settings)
    found, ready = Manifest.from_json((root / MANIFEST).read_bytes()), json.loads((root / READY).read_bytes())
    _switch_records(settings, root / DATABASE, found)
    _switch_files(settings, root)
    own = root / SETTINGS
    if own.exists() and own.stat().st_size:
        missing = not settings_file.exists()
        own.replace(settings_file if missing else settings_file.with_name(f"{SETTINGS}.from-backup"))
    settle(settings, found, ready["file"], ready["by"])
    settings.plan_copy.unlink(missing_ok=True)
    shutil.rmtree(root)
    return found


def interrupted(settings: Settings) -> bool:
    """Whether a switch was begun and not finished."""
    return (beside(settings) / READY).exists()


def _opened(file: Path, passphrase: str, take: Callable[[IO[bytes]], Manifest]) -> Manifest:
    try:
        with file.open("rb") as source:
            return sealed.opened(source, passphrase, take)
    except (tarfile.TarError, EOFError, zlib.error) as why:
        raise Trouble(INSIDE_BROKEN, what=brief(why)) from why
    except FileNotFoundError as why:
        raise Trouble(UNOPENED, why=brief(why)) from why


def _manifest(pack: tarfile.TarFile) -> Manifest:
    first = pack.next()
    content = pack.extractfile(first) if first is not None and first.name == MANIFEST else None
    if content is None:
        raise Trouble(INSIDE_BROKEN, what=MANIFEST)
    try:
        return Manifest.from_json(content.read())
    except (ValueError, TypeError, KeyError) as why:
        raise Trouble(INSIDE_BROKEN, what=MANIFEST) from why


def _unpack(plain: IO[bytes], root: Path, settings: Settings) -> Manifest:
    files, said = 0, -1
    with tarfile.open(fileobj=plain, mode="r|gz") as pack:
        found = _manifest(pack)
        (root / MANIFEST).write_bytes(found.to_json())
        for member in pack:
            if member.name == MANIFEST:
                continue  # read already
            content = pack.extractfile(member)
            if content is None:
                raise Trouble(INSIDE_BROKEN, what=member.name[:100])
            if member.name == END:
                said = int(content.read(20) or b"-1")
            elif member.name in (DATABASE, SETTINGS):
                _write(root / member.name, content)
            else:
                name = member.name.removeprefix(f"{FILES}/")
                place(settings, name)  # refuses what belongs nowhere
                _write(root / FILES / name, content)
                files += 1
    if said != files:
        raise Trouble(DIFFERS, what=FILES, said=said, found=files)
    had = [one.name for one in (root / FILES).iterdir()] if files else []
    (root / HOMES).write_text(json.dumps(had), "utf-8")
    return found


def _write(target: Path, content: IO[bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") as file:
        target.chmod(0o600)
        shutil.copyfileobj(content, file, 1 << 20)


def _judge(root: Path, found: Manifest, told: Callable[[Sequence[Row]], object]) -> None:
    """Raises Trouble for records that are not what the manifest says, or do not hold in themselves."""
    engine = create_engine(records.sqlite_url(root / DATABASE))
    try:
        with engine.begin() as connection:
            rows = compare(connection, found)
            told(rows)
            demand(rows)
            for why in _broken(connection):
                raise Trouble(BROKEN_CHAIN, why=why)
        refuse_newer(engine)  # where the older version knows less, restoring would lose it
        upgrade(engine)
    except NewerDatabase as newer:
        raise Trouble(manifest.NEWER) from newer
    except sa.exc.DatabaseError as why:
        raise Trouble(INSIDE_BROKEN, what=DATABASE) from why
    finally:
        engine.dispose()
    records.into_one_file(root / DATABASE)


def _broken(connection: sa.Connection) -> Iterator[str]:
    for line in journal.verify(connection):
        yield line.why.format(**line.facts)
    for entry in chain.verify(connection):
        yield entry.why.format(**entry.facts)
    for month in closing.verify(connection):
        yield month.why.format(**month.facts)


def _switch_records(settings: Settings, file: Path, found: Manifest) -> None:
    if not file.exists():
        return  # done before the interruption
    engine = create_engine(records.sqlite_url(file))
    try:
        with engine.begin() as connection:
            there = manifest.tables(connection)
    finally:
        engine.dispose()

    def check(connection: sa.Connection) -> None:
        loaded = manifest.tables(connection)
        for name, count in there.items():
            if loaded.get(name) != count:
                raise Trouble(DIFFERS, what=name, said=count, found=loaded.get(name, "–"))
        demand(compare_heads(connection, found))

    records.put(file, settings.database_url, check)


def _switch_files(settings: Settings, root: Path) -> None:
    """Each home as a whole; one that the backup has nothing of is emptied. Recorded talk stays, and more is added."""
    had = json.loads((root / HOMES).read_bytes())
    for name, home in homes(settings).items():
        fresh = root / FILES / name
        if name in had and not fresh.exists():
            continue  # in its place since before the interruption
        if home.is_dir():
            shutil.rmtree(home)
        else:
            home.unlink(missing_ok=True)
        if name in had:
            home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh.replace(home)
    for name in TALK:
        for file in sorted((root / FILES / name).rglob("*")):
            if file.is_file():
                target = place(settings, file.relative_to(root / FILES).as_posix())
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                shutil.move(file, target)
