"""The address book on every kind of storage: kept, changed, loaded as a whole or not at all, on record."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.journal import entries, verify
from pbx.addresses import book as module
from pbx.addresses.book import AddressBook, Full, Twice
from pbx.addresses.entry import Entry
from tests.contracts.conftest import Storage
from tests.fakes.clock import FakeClock

STATION, DEAN = Entry("血站", ("057185000000",), "输血"), Entry("周院长", ("13800000091", "8050"), vip=True)


@dataclass(frozen=True)
class Site:
    """Hangzhou."""

    country: str = "CN"
    area: str = "571"


def book(storage: Storage) -> AddressBook:
    """As after a start."""
    made = AddressBook(Site, storage.database, FakeClock(), Bus())
    storage.run(made.load())
    return made


def test_who_has_a_number_however_it_is_written(storage: Storage) -> None:
    """Kept, found by another life; changed, removed; every step in the journal."""
    first = book(storage)
    kept = storage.run(first.keep(STATION, "it"))
    storage.run(first.keep(DEAN, "it"))
    later = book(storage)
    for number in ("85000000", "057185000000", "8657185000000", "+8657185000000"):
        assert later.name(number) == "血站"
    assert (later.name("8050"), later.name("13800138000"), later.name("")) == ("周院长", "", "")
    with pytest.raises(Twice):
        storage.run(later.keep(Entry("血站", ("8081",), "输血"), "it"))
    storage.run(later.keep(Entry("中心血站", ("85000001",), "输血", id=kept.id), "it"))
    assert (later.name("85000000"), later.name("85000001")) == ("", "中心血站")
    storage.run(later.remove(kept.id, "it"))
    storage.run(later.remove(kept.id, "it"))
    assert [one.name for one in book(storage).every()] == ["周院长"]
    kinds = [entry.kind for entry in storage.transact(lambda connection: list(entries(connection)))]
    assert kinds == ["pbx.AddressKept"] * 3 + ["pbx.AddressRemoved"]
    assert storage.transact(lambda connection: list(verify(connection))) == []


def test_a_list_is_loaded_as_a_whole_or_not_at_all(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too long a list leaves the book as it was; the other is there at once."""
    kept = book(storage)
    storage.run(kept.keep(STATION, "it"))
    wanted = [Entry(f"医生{n}", (f"8{n:03}",), "门诊") for n in range(700)]
    monkeypatch.setattr(module, "MOST", 600)
    with pytest.raises(Full):
        storage.run(kept.take(wanted, "list.xlsx", "it", whole=True))
    assert [one.name for one in kept.every()] == ["血站"] == [one.name for one in book(storage).every()]
    monkeypatch.undo()
    done = storage.run(kept.take(wanted, "list.xlsx", "it", whole=True))
    assert (len(done.added), len(done.removed)) == (700, 1)
    assert (kept.name("8699"), kept.name("85000000")) == ("医生699", "")
    done = storage.run(kept.take([STATION], "list.xlsx", "it", whole=False))
    assert (len(done.added), len(book(storage).every())) == (1, 701)
    last = storage.transact(lambda connection: list(entries(connection)))[-1]
    assert (last.kind, last.body["file"], last.body["added"]) == ("pbx.AddressesImported", "list.xlsx", 1)
