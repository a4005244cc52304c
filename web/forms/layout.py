"""How a section of the plan is laid out on the screen: groups of fields, rows in rows, and where its pages hang."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.foundation.config import Section
from appliance.foundation.toml_lines import Path
from appliance.foundation.values import Language
from web.forms.names import Names, Ref

Doc = Mapping[str, Any]
"""A table of the plan as TOML has it."""


@dataclass(frozen=True)
class Field:
    """One field. key: of the section, dotted where it is in a part of it. label, help: English message ids.

    ref: names of the plan it chooses among, or may (`free`: others too). choices: labels of a
    choice's values; a yes or no that has some, for `true` and `false`, is drawn as a choice.
    rows: of the sections in a list. secret: a password, never shown; kept in a file, whose place the plan is told.
    when: other fields of the same form, and the values of them with which alone this one is shown; `*`: any at all.
    wrong: instead of “does not match the pattern …”. usual: what an empty field comes to, in words. hint: an example.
    fixed: not to be changed once it is kept, as others name it.
    wide: as wide as the form. tall: several lines of text. each: of a list, a line for each, which may have spaces.
    """

    key: str
    label: str
    help: str = ""
    ref: Ref | None = None
    free: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    rows: Shape | Variants | None = None
    secret: bool = False
    when: Mapping[str, Sequence[str]] = field(default_factory=dict)
    wrong: str = ""
    usual: str = ""
    hint: str = ""
    fixed: bool = False
    wide: bool = False
    tall: bool = False
    each: bool = False


@dataclass(frozen=True)
class Group:
    """Fields under a heading. folded: shut until somebody opens it, or something in it is set."""

    title: str
    fields: tuple[Field, ...]
    folded: bool = False
    help: str = ""


@dataclass(frozen=True)
class Shape:
    """A section and how its fields are grouped.

    usual: what the keys of a table come to that it leaves out, where that is not what its section says.
    """

    model: type[Section]
    groups: tuple[Group, ...]
    usual: Callable[[Doc], Doc] = lambda _: {}

    def fields(self) -> Iterator[Field]:
        """Every field."""
        return (one for group in self.groups for one in group.fields)


@dataclass(frozen=True)
class Variants:
    """Sections of several kinds; `tag` says which. usual: what one is that does not say."""

    tag: str
    label: str
    shapes: Mapping[str, tuple[str, Shape]]
    usual: str = ""

    def of(self, doc: Doc) -> str:
        """Which kind a table is; the first where it is none."""
        said = str(doc.get(self.tag) or self.usual)
        return said if said in self.shapes else next(iter(self.shapes))

    def shape(self, doc: Doc) -> Shape:
        """The shape of a table."""
        return self.shapes[self.of(doc)][1]


Item = Shape | Variants


def shape_of(item: Item, doc: Doc) -> Shape:
    """The shape of a table."""
    return item.shape(doc) if isinstance(item, Variants) else item


Cells = Callable[[Doc, Names, Language], Sequence[str]]


def nothing(_: Doc, __: Names, ___: Language) -> Sequence[str]:
    """Of what is no list."""
    return ()


@dataclass(frozen=True)
class Layout:
    """The pages of one section, or of a list of them.

    home: the page of the panel it belongs to; its siblings are the layouts with the same. title: of the pages.
    help: what it is for, in a sentence or two. one: what short names of new elements begin with; a list has it.
    columns, cells: of the list. ordered: the order means something and can be changed.
    identity: the key by which others name an element. blank: what a new one begins with.
    said: what an element says, as a sentence; shown beside its form. beside: a template shown beside the form and under
    the list, such as a tester. more: other pages, as tabs. dialled: the dial simulator can try it. below: a template
    under the list, for acts on many at once. head: a template above all, with the tabs of the pages it belongs to.
    back: what the link to its home says. replayed: past calls can be tried on it.
    """

    name: str
    path: Path
    item: Item
    title: str
    home: str
    help: str = ""
    one: str = ""
    columns: tuple[str, ...] = ()
    cells: Cells = nothing
    ordered: bool = False
    identity: str = ""
    blank: Doc = field(default_factory=dict)
    begun: tuple[str, ...] = ()
    said: Callable[[Doc, Names, Language], str] | None = None
    beside: str = ""
    more: tuple[tuple[str, str], ...] = ()
    dialled: bool = False
    below: str = ""
    head: str = "exchange_head.html"
    back: str = "How it is now"
    replayed: bool = False

    @property
    def is_list(self) -> bool:
        """Whether there are many."""
        return bool(self.one)

    @property
    def where(self) -> str:
        """Its first page."""
        return f"/exchange/edit/{self.name}"
