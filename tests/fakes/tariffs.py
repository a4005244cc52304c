"""Tariffs for pages: three rows, whatever versions a test says, and every wish remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from appliance.cli.tariff_words import comparison
from appliance.foundation.values import Language, Money, yuan
from billing.charge import Rate
from billing.tariff import Version
from billing.tariff_compare import about, compare, matches
from billing.tariff_file import cells
from pbx.regions.store import Imported
from web.tariffs import Ask, Attempt, NotDone

TARIFF = [
    Rate("86571", "杭州", per_minute=yuan("0.11"), connect_fee=yuan("0.22"), free_seconds=180),
    Rate("8613", "手机夜间", "", 75_600, 25_200, yuan("0.36"), yuan(0), 60, 6),
    Rate("4420", "London", per_minute=yuan("2.5"), cap=yuan(30)),
]


@dataclass
class FakeTariffs:
    """Versions as a test says; remembers what was asked. fault: why nothing can be done."""

    known: list[Version] = field(default_factory=list)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    table: Imported | None = None
    fault: str = ""

    async def versions(self) -> Sequence[Version]:
        return self.known

    async def take_in(self, name: str, valid_from: datetime, content: bytes, by: str, language: Language) -> str:
        self._do("take in", name, valid_from, content, by)
        return "1 rows"

    async def withdraw(self, version: Version, by: str, language: Language) -> None:
        self._do("withdraw", version.id, by)

    async def rows(self, version: Version, search: str) -> Mapping[str, Any]:
        rows = [cells(rate) for rate in TARIFF if not search or matches(rate, search)]
        return {"count": len(rows), "rows": rows}

    async def compare(self, before: Version, after: Version, search: str) -> Mapping[str, Any]:
        dearer = [replace(rate, per_minute=Money(rate.per_minute + 500)) for rate in TARIFF]
        return json.loads(comparison(about(compare(TARIFF, dearer[1:]), search), 200))  # type: ignore[no-any-return]

    async def file(self, version: Version, kind: str) -> bytes:
        self._do("file", version.id, kind)
        return b"tariff"

    def try_out(self, version: Version, first: date, last: date, by: str) -> str:
        self._do("try", version.id, first, last, by)
        self.attempts["t1"] = Attempt("t1", Ask(version.name, version.id, first, last, by, version.imported_at))
        return "t1"

    def trials(self) -> Sequence[Attempt]:
        return list(self.attempts.values())

    def trial(self, identity: str) -> Attempt | None:
        return self.attempts.get(identity)

    async def trial_file(self, identity: str, kind: str, language: Language) -> bytes:
        self._do("trial", identity, kind)
        return b"%PDF-1.7 trial"

    async def regions(self) -> Imported | None:
        return self.table

    async def take_in_regions(self, content: bytes, code: str, by: str, language: Language) -> str:
        self._do("regions", content, code, by)
        return "1 rows"

    async def regions_file(self) -> bytes:
        return b"number,carrier,region"

    async def whose(self, number: str, language: Language) -> Mapping[str, str]:
        self._do("whose", number)
        return {"number": "8613800138000", "class": "mobile", "carrier": "中国移动", "region": "北京市"}

    def _do(self, *what: object) -> None:
        if self.fault:
            raise NotDone(self.fault)
        self.asked.append(what)
