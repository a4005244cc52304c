"""Layouts of the plan's sections fit the sections, and every word of them is in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import web
from appliance.foundation.config import Section
from nursecall.plan import NurseCallPlan
from nursecall.plan_types import SHIPPED
from pbx.plan import PbxPlan
from tests.web.test_words import chinese
from web.forms.complaints import _IN_A_FORM as WORDS
from web.forms.icons import CALL_ICONS
from web.forms.layout import Field, Item, Layout, Shape, Variants
from web.forms.models import facts
from web.forms.names import ROLES, USUAL_TREE
from web.layouts import EVERY
from web.layouts.escalation import HOURS

LEFT_TO_THE_FILE: dict[str, set[str]] = {"InboundPlan": {"rules"}, "ConferencePlan": {"rooms"}, "Ward": {"layout"}}
"""Keys of a section that its form leaves alone, on purpose: they are lists of their own, or drawn."""


def shapes(item: Item) -> Iterator[Shape]:
    """Every shape, those of rows too."""
    own = [shape for _, shape in item.shapes.values()] if isinstance(item, Variants) else [item]
    for shape in own:
        yield shape
        for field in shape.fields():
            if field.rows is not None:
                yield from shapes(field.rows)


def words(item: Item) -> Iterator[str]:
    """Everything that people read."""
    if isinstance(item, Variants):
        yield item.label
        yield from (label for label, _ in item.shapes.values())
    for shape in shapes(item):
        for group in shape.groups:
            yield from (group.title, group.help)
            for field in group.fields:
                yield from (field.label, field.help, field.wrong, field.usual, *field.choices.values())
                if isinstance(field.rows, Variants):
                    yield from (field.rows.label, *(label for label, _ in field.rows.shapes.values()))


@pytest.mark.parametrize("layout", EVERY, ids=lambda layout: layout.name)
def test_every_word_is_in_both_languages(layout: Layout) -> None:
    """Labels, helps, choices, headings."""
    said = {layout.title, layout.help, *layout.columns, *words(layout.item), *WORDS.values()}
    assert sorted(word for word in said - {""} if word not in chinese()) == []


@pytest.mark.parametrize("layout", EVERY, ids=lambda layout: layout.name)
def test_every_field_is_one_of_its_section(layout: Layout) -> None:
    """And every choice has its words; every list of sections, its rows."""
    for shape in shapes(layout.item):
        for field in shape.fields():
            known = facts(shape.model, field.key)
            if known.kind in ("choice", "ticks", "table") and field.ref is None:
                assert set(known.choices) - set(field.choices) <= {one for one in known.choices if one.isdecimal()}, (
                    field.key
                )
            if known.kind == "rows":
                assert field.rows is not None, field.key
            fields = {one.key for one in shape.fields()}
            assert set(field.when) <= fields, field.key


DRAWN = {("pbx", "flows")}
"""Voice menus are drawn as trees on a page of their own."""


def test_every_section_of_the_exchange_has_a_form() -> None:
    """Nothing that hospital IT decides can be set in the file only."""
    shown = {layout.path for layout in EVERY} | DRAWN
    for layout in EVERY:
        if isinstance(layout.item, Shape):
            shown |= {(*layout.path, *field.key.split(".")) for field in layout.item.fields()}
    assert [path for path in leaves(PbxPlan, ("pbx",)) if not any(path[:end] in shown for end in range(2, 9))] == []


def test_every_section_of_the_ward_has_a_form() -> None:
    """The same."""
    shown = {layout.path for layout in EVERY}
    assert [path for path in leaves(NurseCallPlan, ("nursecall",)) if path not in shown] == []


def leaves(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every key below `path`; those of lists are their rows' own."""
    for key, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, Section):
            yield from leaves(inner, (*path, key))
        else:
            yield (*path, key)


@pytest.mark.parametrize("layout", EVERY, ids=lambda layout: layout.name)
def test_every_key_of_a_section_has_its_field(layout: Layout) -> None:
    """So that nothing can be set in the file only, but what is named above."""
    for shape in shapes(layout.item):
        if not layout.is_list and any("." in field.key for field in shape.fields()):
            continue
        shown = {field.key.partition(".")[0] for field in shape.fields()} | LEFT_TO_THE_FILE.get(
            shape.model.__name__, set()
        )
        tag = {key for key in shape.model.model_fields if key in tags(layout.item)}
        assert set(shape.model.model_fields) - shown - tag == set(), shape.model.__name__


def tags(item: Item) -> set[str]:
    """Keys that say of which kind something is."""
    own = {item.tag} if isinstance(item, Variants) else set()
    for shape in shapes(item):
        own |= {field.rows.tag for field in shape.fields() if isinstance(field.rows, Variants)}
    return own


def test_pictures_that_may_be_chosen_are_there() -> None:
    """And those of the built-in kinds may be."""
    drawn = (Path(web.__file__).parent / "templates" / "icons.html").read_text("utf-8")
    assert [icon for icon in CALL_ICONS if f'id="i-{icon}"' not in drawn] == []
    assert {kind.icon for kind in SHIPPED} <= set(CALL_ICONS)


def test_what_may_be_chosen_is_named_in_both_languages() -> None:
    """What fields offer that is no name of the plan."""
    said = {*CALL_ICONS.values(), *ROLES.values(), USUAL_TREE, *HOURS.values()}
    assert sorted(said - set(chinese())) == []


def test_names_are_their_own() -> None:
    """Of layouts, and of fields in a form."""
    assert len({one.name for one in EVERY}) == len(EVERY)
    for layout in EVERY:
        for shape in shapes(layout.item):
            keys = [field.key for field in shape.fields()]
            assert len(set(keys)) == len(keys), layout.name


def test_a_field_says_what_it_is() -> None:
    """So that a mistake in a layout is seen at once."""
    with pytest.raises(KeyError):
        facts(next(shapes(EVERY[0].item)).model, "nothing")
    assert Field("x", "X").label == "X"
