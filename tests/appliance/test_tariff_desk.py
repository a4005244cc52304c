"""The panel's desk of tariffs, with the real command in real processes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.clock import ReactorClock
from appliance.foundation.database import Database
from appliance.tariff_desk import TariffDesk
from billing.tariff import Version
from tests import real_reactor
from tests.appliance.test_tariff_command import HEADER, Box
from web.tariffs import Attempt, NotDone

NEW_YEAR = datetime(2099, 1, 1, tzinfo=UTC)
TEXT = f"{HEADER}86,China,0.7,60,60\n44,UK,2,60,60\n".encode()


class Desk:
    """A desk over the records of a box; `changed` counts how often the daemon was told."""

    def __init__(self, box: Box) -> None:
        reactor: Any = real_reactor.start()
        self.database, self.changed = Database(f"sqlite:///{box.directory / 'nightbell.sqlite'}", reactor), 0
        clock = ReactorClock(reactor)
        self.desk = TariffDesk(box.settings, box.directory, reactor, self.database, clock, self._changed)

    async def _changed(self) -> None:
        self.changed += 1


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    box = Box(tmp_path)
    box.calls(("8613800138000", "mobile", 60, "0.6", "0.2"), ("33142685300", "telecom", 30, "4", "2"))
    found = Desk(box)
    yield found
    found.desk.stop()
    found.database.close()


def test_a_tariff_is_taken_in_compared_tried_printed_and_taken_back(desk: Desk) -> None:
    """As the pages do it, one after the other; nothing is left in the scratch directory but the trial."""

    async def story() -> None:
        said = await desk.desk.take_in("retail", NEW_YEAR, TEXT, "沈敏", "zh")
        assert "2 行" in said
        [version] = await desk.desk.versions()
        assert (version.rows, version.by, version.valid_from) == (2, "沈敏", NEW_YEAR)
        found = await desk.desk.rows(version, "44")
        assert (found["count"], found["rows"][0]["name"]) == (1, "UK")
        sheet = openpyxl.load_workbook(io.BytesIO(await desk.desk.file(version, "xlsx"))).active
        assert sheet is not None
        assert sheet["B3"].value == "UK"
        later = NEW_YEAR.replace(month=2)
        await desk.desk.take_in("retail", later, TEXT.replace(b"0.7", b"0.8"), "沈敏", "en")
        before, after = await desk.desk.versions()
        differ = await desk.desk.compare(before, after, "")
        assert (differ["changed"], differ["rows"][0]["columns"]) == (1, ["rate_per_minute"])
        attempt = await _tried(desk, after)
        assert attempt.outcome is not None
        assert [part.prefix for part in attempt.outcome.unrated] == ["33142685300"]
        assert (await desk.desk.trial_file(attempt.id, "pdf", "zh")).startswith(b"%PDF")
        await desk.desk.withdraw(after, "沈敏", "zh")
        assert [one.id for one in await desk.desk.versions()] == [before.id]
        assert desk.changed == 3

    real_reactor.run(story(), 280)


def test_bad_rows_are_said_in_the_language_that_was_asked_for(desk: Desk) -> None:
    """Every one of them, and nothing is loaded; a table of regions likewise."""

    async def story() -> None:
        with pytest.raises(NotDone) as refused:
            await desk.desk.take_in("retail", NEW_YEAR, TEXT.replace(b"86", b"x").replace(b"44", b"y"), "it", "zh")
        assert [line[:3] for line in str(refused.value).splitlines()[1:]] == ["第 2", "第 3"]
        assert (await desk.desk.versions(), desk.changed) == ([], 0)
        with pytest.raises(NotDone, match="Row 2, number"):
            await desk.desk.take_in_regions(b"number,carrier\n0,x\n", "", "it", "en")
        assert await desk.desk.regions() is None
        await desk.desk.take_in_regions("号码,运营商\n13800138000,中国联通\n".encode("gb18030"), "86", "it", "en")
        table = await desk.desk.regions()
        assert table is not None
        assert (table.rows, table.by) == (1, "it")
        assert (await desk.desk.whose("13800138000", "zh"))["carrier"] == "中国联通"
        with pytest.raises(NotDone):
            await desk.desk.whose("110", "zh")
        assert (await desk.desk.regions_file()).decode("utf-8-sig").splitlines()[1] == "8613800138000,China Unicom,"

    real_reactor.run(story(), 280)


async def _tried(desk: Desk, version: Version) -> Attempt:
    over: Deferred[Attempt] = Deferred()
    desk.desk.finished = over.callback
    desk.desk.try_out(version, date(2026, 2, 1), date(2026, 2, 28), "沈敏")
    return await over
