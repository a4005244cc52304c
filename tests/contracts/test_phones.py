"""Telephones are kept alike by every kind of storage."""

from __future__ import annotations

import pytest

from pbx.provisioning.decisions import Acceptance, Decisions
from pbx.provisioning.makers import told
from pbx.provisioning.rows import NotDone
from pbx.provisioning.store import PhoneStore
from tests.contracts.conftest import Storage
from tests.fakes.clock import START

FIRST, SECOND = "001565a1b2c3", "0c383e07e16c"
AGENT = told("Yealink SIP-T46S 66.85.0.5")


def test_a_telephone_is_found_accepted_configured_and_replaced(storage: Storage) -> None:
    """Its life in rows; two numbers are never one."""
    store, decisions = PhoneStore(storage.database), Decisions(storage.database)
    found, new = storage.run(store.seen(FIRST, AGENT, "yealink", "10.0.0.21", START))
    assert (found.state, new, found.first_seen) == ("waiting", True, START)
    again, new = storage.run(store.seen(FIRST, AGENT, "yealink", "10.0.0.21", START))
    assert (again, new) == (found, False)
    storage.run(store.seen(SECOND, told(""), "fanvil", "10.0.0.22", START))

    wanted = [Acceptance(mac, ["8083", "8086"], "", "it") for mac in (FIRST, SECOND)]
    assert [event.extension for event in storage.run(decisions.accept(wanted, START))] == ["8083", "8086"]
    secret = storage.run(store.secret_of("8083"))
    phone = storage.run(store.one(FIRST))
    assert phone.opens("10.0.0.21", START)
    storage.run(store.configured(phone, "a-token", "10.0.0.21", START, first=True))
    phone = storage.run(store.holder("a-token"))
    assert (phone.id, phone.fetched_at, phone.opens_until) == (FIRST, START, None)

    with pytest.raises(NotDone):
        storage.run(decisions.replace(FIRST, SECOND, "it", START))
    storage.run(decisions.remove(SECOND, "it", START))
    storage.run(store.seen(SECOND, told(""), "fanvil", "10.0.0.22", START))
    assert storage.run(decisions.replace(FIRST, SECOND, "it", START)).extension == "8083"
    assert storage.run(store.secret_of("8083")) not in ("", secret)
    assert [(one.id, one.extension) for one in storage.run(store.every())] == [(SECOND, "8083")]
    assert storage.run(store.holder("a-token")) is None


def test_all_or_none(storage: Storage) -> None:
    """The second has no number, so the first gets none either."""
    store, decisions = PhoneStore(storage.database), Decisions(storage.database)
    for mac in (FIRST, SECOND):
        storage.run(store.seen(mac, AGENT, "yealink", "10.0.0.21", START))
    with pytest.raises(NotDone):
        storage.run(decisions.accept([Acceptance(mac, ["8083"], "", "it") for mac in (FIRST, SECOND)], START))
    assert {one.state for one in storage.run(store.every())} == {"waiting"}
    assert storage.run(store.secret_of("8083")) == ""
