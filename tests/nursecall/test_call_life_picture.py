"""The drawing in the manual is of this machine."""

from __future__ import annotations

from xml.etree import ElementTree

from docs.call_life import PICTURE, drawing, moves
from nursecall.calls import NurseCall


def test_the_drawing_is_current() -> None:
    """When this fails: `python -m docs.call_life`."""
    assert PICTURE.read_text("utf-8") == drawing()


def test_the_drawing_shows_every_input() -> None:
    """As an arrow, or under the name of a state; and it is SVG."""
    between, within = moves()
    shown = {what for inputs in (*between.values(), *within.values()) for what in inputs}
    assert shown == {name for name in vars(NurseCall) if not name.startswith("_")}
    words = " ".join(ElementTree.fromstring(drawing()).itertext())
    assert all(what in words for what in shown)
