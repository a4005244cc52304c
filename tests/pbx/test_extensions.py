"""Extensions' secrets, and which phones are there."""

from __future__ import annotations

from pbx.ari.messages import EndpointChanged
from pbx.extensions import Extensions, Phones
from tests.fakes.clock import START
from tests.fakes.database import InlineDatabase
from tests.support import now


def test_each_extension_gets_a_secret_of_its_own_once() -> None:
    """Made when first asked for, kept from then on."""
    extensions = Extensions(InlineDatabase())
    first = now(extensions.secrets(["8001", "8002"]))
    again = now(extensions.secrets(["8001", "8002", "8003"]))
    assert len(set(again.values())) == 3
    assert {number: again[number] for number in first} == first
    assert min(map(len, again.values())) >= 20


def test_phones_come_and_go() -> None:
    """Trunks are no phones."""
    phones, told = Phones(["8001", "8002"]), list[frozenset[str]]()
    phones.changed = lambda: told.append(phones.registered())
    for endpoint, online in (("8001", True), ("8002", True), ("trunk-a", True), ("8002", False)):
        phones.hear(EndpointChanged(START, endpoint, online))
    assert phones.registered() == {"8001"}
    phones.seen("8001", online=True)
    phones.out_of_touch()
    assert phones.registered() == frozenset()
    assert told == [{"8001"}, {"8001", "8002"}, {"8001"}, frozenset()]
