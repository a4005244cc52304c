"""The power goes while wards press, patients talk on the 600 and messages go out: what had been accepted is there.

python -m tests.bench.power_cuts [--cuts 20] [--seed 1]      as root

The whole box with its simulated hospital lies on a disk whose power is cut at random moments (see `power_disk`). Then
it is started from what each cut left: the journal and the books must verify, every line that had been on record a
moment before the cut must be on record word for word, every message that was accepted must go out, every paid call
must be settled, a nurse call that was open must be open, and a press and a paid call must work.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.bench.power_disk import CutDisk, inserted
from tests.e2e.house import House
from tests.e2e.patience import until

PATIENCE = 5
"""Seconds that a nurse has before she is told by a message."""
BEDS = tuple(str(bed) for bed in range(11, 26))
OUTSIDE = "13800138000"
EXTENSIONS = tuple(str(number) for number in range(8041, 8047))
BETWEEN = (1.0, 6.0)
"""Seconds from one cut to the next."""


@dataclass(frozen=True)
class Known:
    """What was on record at a moment. journal: the last line's number and hash. open: nurse calls by id."""

    journal: tuple[int, str]
    ledger: tuple[int, str]
    messages: frozenset[str]
    sent: frozenset[str]
    leases: frozenset[str]
    open: frozenset[str]


def known(house: House) -> Known:
    """Read in one transaction."""
    with contextlib.closing(sqlite3.connect(f"file:{house.records}?mode=ro", uri=True, timeout=60)) as records:
        records.execute("BEGIN")

        def last(table: str) -> tuple[int, str]:
            return tuple(
                records.execute(f"SELECT id, hash FROM {table} ORDER BY id DESC LIMIT 1").fetchone() or (0, "")
            )

        def ids(query: str) -> frozenset[str]:
            return frozenset(row[0] for row in records.execute(query))

        return Known(
            last("journal"), last("ledger_entries"), ids("SELECT id FROM messages"),
            ids("SELECT id FROM messages WHERE state IN ('sent', 'delivered')"), ids("SELECT call FROM leases"),
            ids("SELECT id FROM nurse_calls WHERE ended_at IS NULL"),
        )  # fmt: skip


class Life:
    """What goes on in the hospital, until it is told to stop."""

    def __init__(self, house: House, chance: random.Random) -> None:
        self._house, self._over = house, threading.Event()
        accounts = [account["number"] for account in house.told["accounts"]]
        doing: list[Callable[[], None]] = [lambda line=line: self._press(line) for line in ("ward-a", "ward-b")]  # type: ignore[misc]
        doing += [
            lambda extension=extension, account=account: self._talk(extension, account)  # type: ignore[misc]
            for extension, account in zip(EXTENSIONS, accounts * len(EXTENSIONS), strict=False)
        ]
        self._chance = chance
        self._threads = [threading.Thread(target=self._again, args=(each,), daemon=True) for each in doing]
        self.done = 0

    def __enter__(self) -> Life:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _again(self, once: Callable[[], None]) -> None:
        while not self._over.is_set():
            once()
            self.done += 1

    def _press(self, line: str) -> None:
        bed = self._chance.choice(BEDS)
        self._house.simulate("press", line=line, bed=bed)
        # Some calls are answered, others wait until a message goes out.
        self._over.wait(self._chance.choice((0.5, 2 * PATIENCE)))
        self._house.simulate("reset", line=line, bed=bed)

    def _talk(self, extension: str, account: str) -> None:
        digits = self._house.dialled(account, OUTSIDE)
        self._house.simulate("dial", extension=extension, digits=digits, talk=self._chance.choice((1, 2, 4, 8)))


@dataclass(frozen=True)
class Cut:
    """What a cut left, and what had been on record just before it."""

    number: int
    disk: Path
    before: Known
    into: float
    """Seconds of life before it."""


def cuts(house: House, disk: CutDisk, count: int, chance: random.Random) -> list[Cut]:
    """Let the hospital live and cut the power again and again."""
    made: list[Cut] = []
    began = time.monotonic()
    with Life(house, chance) as life:
        until(lambda: life.done >= len(EXTENSIONS) and known(house).sent, "calls and messages", 300)
        for number in range(1, count + 1):
            threading.Event().wait(chance.uniform(*BETWEEN))
            before = known(house)
            made.append(Cut(number, disk.cut(f"cut-{number}"), before, time.monotonic() - began))
            print(f"  cut {number}: {made[-1].into:.1f} s, {len(before.messages)} messages", flush=True)
    return made


def after(house: House, cut: Cut) -> dict[str, Any]:
    """Start the box from what a cut left and look for everything. Raises AssertionError."""
    with contextlib.closing(sqlite3.connect(house.records)) as records:
        (found,) = records.execute("PRAGMA integrity_check").fetchone()
    assert found == "ok", f"the records are damaged: {found}"
    _same(house, "journal", cut.before.journal)
    _same(house, "ledger_entries", cut.before.ledger)
    left = known(house)
    for what in ("messages", "sent", "leases"):
        lost = getattr(cut.before, what) - getattr(left, what)
        assert not lost, f"{what} that were on record are gone: {sorted(lost)}"
    began = time.monotonic()
    house.start()
    ready = time.monotonic() - began
    house.until_well()
    verified(house)
    still = {row["id"] for row in house.rows("SELECT id FROM nurse_calls WHERE ended_at IS NULL")}
    assert left.open <= still, f"open calls are gone: {sorted(left.open - still)}"
    until(lambda: not house.rows("SELECT call FROM leases WHERE state != 'settled'"), "every paid call to be settled")
    until(lambda: not house.rows("SELECT id FROM messages WHERE state = 'waiting'"), "every message to go out")
    failed = house.rows("SELECT id, why FROM messages WHERE state = 'failed'")
    assert not failed, f"messages failed: {failed}"
    house.press("28")
    account = house.told["accounts"][0]["number"]
    told = house.simulate("dial", extension="8050", digits=house.dialled(account, OUTSIDE), talk=1)
    assert told["outcome"] == "answered", told
    until(lambda: not house.rows("SELECT call FROM leases WHERE state != 'settled'"), "the call to be settled")
    verified(house)
    return {"ready": ready, "open": len(left.open), "waiting": len(left.messages - left.sent)}


def verified(house: House) -> None:
    """Journal and books."""
    said = house.cli("journal", "verify").stdout
    assert said.endswith("the books add up\n"), said


def _same(house: House, table: str, last: tuple[int, str]) -> None:
    number, digest = last
    found = house.rows(f"SELECT hash FROM {table} WHERE id = ?", number)
    assert not number or [row["hash"] for row in found] == [digest], f"line {number} of {table} is gone or another"


@contextlib.contextmanager
def switched_off(house: House) -> Iterator[None]:
    """Whatever happens, nothing of it runs afterwards."""
    try:
        yield
    finally:
        family = house.family()
        house.give_up()
        psutil.wait_procs(list(family), timeout=30)


def impatient(house: House, aside: Path) -> None:
    """Messages go out after seconds, not after a minute."""
    text = house.cli("plan", "show").stdout
    assert "patience = 60" in text
    plan = aside / "plan.toml"
    plan.write_text(text.replace("patience = 60", f"patience = {PATIENCE}"), "utf-8")
    house.cli("plan", "load", str(plan), "--activate", "--note", "power cuts")
    house.until_well()


def main() -> int:
    """Returns the exit code."""
    words = argparse.ArgumentParser(description="Cut the power of a whole box again and again.")
    words.add_argument("--cuts", type=int, default=20)
    words.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    asked = words.parse_args()
    if os.geteuid():
        print("This needs root: it mounts disks of its own.")
        return 1
    print(f"{asked.cuts} power cuts, seed {asked.seed}", flush=True)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="nbp", dir="/tmp") as one, tempfile.TemporaryDirectory() as other:
        place, aside = Path(one), Path(other)
        disk, house = CutDisk(aside), House(place)
        with disk.made():
            with inserted(disk.file, place), switched_off(house):
                house.start()
                impatient(house, aside)
                left = cuts(house, disk, asked.cuts, random.Random(asked.seed))
            for cut in left:
                with inserted(cut.disk, place), switched_off(house):
                    try:
                        told = after(house, cut)
                    except AssertionError as why:
                        wrong += 1
                        print(f"  ✗ cut {cut.number}: {why}", flush=True)
                    else:
                        print(
                            f"  ✓ cut {cut.number}: ready after {told['ready']:.0f} s; {told['open']} nurse calls were"
                            f" open, {told['waiting']} messages waited",
                            flush=True,
                        )
                cut.disk.unlink()
    print(f"{len(left) - wrong} of {len(left)} cuts lost nothing that was accepted")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
