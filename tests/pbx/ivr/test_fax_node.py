"""The node that faxes a document."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.foundation.config import Faulty, parse
from pbx.plan import PbxPlan
from tests.pbx.ivr.a_flow import House

FLOW = """
[[flows]]
id = "main"
name = { zh = "a", en = "a" }
[[flows.nodes]]
id = "here"
kind = "fax"
document = "map"
on_fail = "back"
[[flows.nodes]]
id = "back"
kind = "fax"
document = "map"
back = "{caller}"
by = "8001"
next = "bye"
on_fail = "bye"
[[flows.nodes]]
id = "bye"
kind = "hangup"
prompt = { zh = "再见", en = "Bye" }
"""


class Faxes:
    """documents: that are there. may: whether a number is called back."""

    def __init__(self, *documents: str, may: bool = True) -> None:
        self._documents, self._may = documents, may
        self.done: list[tuple[str, ...]] = []

    async def has(self, document: str) -> bool:
        return document in self._documents

    async def now(self, caller: Any, document: str, menu: str) -> None:
        self.done.append((document, menu))

    async def call_back(self, caller: Any, document: str, number: str, by: str, menu: str) -> bool:
        self.done.append((document, number, by, menu))
        return self._may


def test_it_is_sent_in_this_call_which_ends() -> None:
    """The start key is asked for, and nothing is said after the fax."""
    house, faxes = House(FLOW), Faxes("map")
    house.with_faxes(faxes)
    assert house.call().heard == ["zh:请现在按下传真机的启动键。"]
    assert faxes.done == [("map", "main")]
    assert house.told.steps == ["main", "here:enter", "here:faxed:map"]


def test_a_document_that_is_not_there_and_a_house_without_faxes() -> None:
    """Said so, and on where the flow says."""
    for faxes in (Faxes(), None):
        house = House(FLOW)
        if faxes is not None:
            house.with_faxes(faxes)
        assert house.call().heard == ["zh:没有这份文件。", "zh:没有这份文件。", "zh:再见"]


@pytest.mark.parametrize("may", [True, False])
def test_a_number_is_called_back(may: bool) -> None:
    """By the right that the node names; where that may not be, it is said so."""
    house = House(FLOW.replace('"map"', '"gone"', 1))
    faxes = Faxes("map", may=may)
    house.with_faxes(faxes)
    heard = house.call().heard
    assert faxes.done == [("map", house.told.places[0][2]["caller"], "8001", "main")]
    said = "zh:传真马上发送给您，您可以挂机。" if may else "zh:对不起，该服务暂时不可用。"
    assert heard == ["zh:没有这份文件。", said, "zh:再见"]


def test_a_call_back_needs_somebodys_right() -> None:
    """Whoever calls chooses the number, so the plan says who pays."""
    with pytest.raises(Faulty, match="by the right of an extension"):
        parse(FLOW.replace('by = "8001"\n', ""), PbxPlan)
    with pytest.raises(Faulty, match="there is no extension 8001"):
        parse(FLOW, PbxPlan)
