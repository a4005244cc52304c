"""The dial simulator by a plan that is not in force."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from appliance.dialling import DialDesk
from appliance.foundation.config import Faulty, parse
from appliance.foundation.toml_edit import with_value
from appliance.foundation.toml_tree import tree
from appliance.plan import Plan
from billing.tariff import NoTariff
from pbx.decision import NoSuchExtension
from pbx.number_plan import Here
from pbx.schedules import Position
from tests.fakes.clock import FakeClock
from tests.test_sample_hospital import HOSPITAL

TEXT = (HOSPITAL / "plan.toml").read_text("utf-8")
MOBILE = "13900001234"


class NoTariffs:
    """None was imported."""

    def current(self, name: str, at: object) -> Any:
        """Raises NoTariff."""
        raise NoTariff(name=name)


def desk(healthy: list[str], position: Position = "open") -> DialDesk:
    """Over an exchange of which only those trunks live, and all of whose schedules stand as said."""
    numbers = SimpleNamespace(here=Here(position=lambda _: position))
    exchange = SimpleNamespace(trunks=SimpleNamespace(healthy=lambda: healthy), numbers=numbers)
    plan = parse(TEXT, Plan)
    return DialDesk(lambda: plan, lambda: cast(Any, exchange), lambda: cast(Any, NoTariffs()), FakeClock())


def ways(desk: DialDesk, text: str, extension: str = "8081", number: str = MOBILE) -> list[str]:
    """The trunks that a call would take."""
    return [line.trunk for line in desk.decide(extension, number, None, text).routes]


def test_a_route_that_is_not_in_force_carries_the_call() -> None:
    """By the trunks that live now."""
    routes = [{"name": {"zh": "一", "en": "one"}, "trunks": ["unicom", "telecom"]}]
    text = with_value(TEXT, ("pbx", "outgoing", "routes"), routes)
    assert ways(desk(["telecom", "unicom", "mobile"]), text) == ["unicom", "telecom"]
    assert ways(desk(["telecom"]), text) == ["telecom"]


def test_a_trunk_that_only_the_draft_has_is_taken_to_be_up() -> None:
    """Nobody can know yet."""
    spare = {**tree(TEXT)["pbx"]["trunks"][0], "id": "spare"}
    text = with_value(TEXT, ("pbx", "trunks", 3), spare)
    text = with_value(text, ("pbx", "outgoing", "routes", 2, "trunks"), ["spare"])
    assert ways(desk([]), text) == ["spare"]


def test_a_switch_stands_as_it_does() -> None:
    """The draft's hours are switched by the same hand."""
    assert desk([], "closed").decide("8081", "00442079460958", None, TEXT).refusal is not None
    assert desk(["telecom"], "open").decide("8081", "00442079460958", None, TEXT).refusal is None


def test_what_is_none_says_so() -> None:
    """No extension of the draft; no plan at all."""
    with pytest.raises(NoSuchExtension):
        desk([]).decide("7000", MOBILE, None, TEXT)
    with pytest.raises(Faulty):
        desk([]).decide("8081", MOBILE, None, "nonsense")
