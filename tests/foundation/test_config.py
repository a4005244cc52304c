"""Configuration: each fault named by dotted path and line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from appliance.foundation import toml_lines
from appliance.foundation.config import Fault, Faulty, PlanError, Section, dotted, parse
from appliance.foundation.toml_lines import Path


class Duty(Section):
    """A row of a roster."""

    nurse: str = Field(min_length=1)
    step: int = 1


class Ward(Section):
    """A ward with its roster."""

    id: str
    roster: tuple[Duty, ...] = ()
    notes: dict[str, int] = {}

    @model_validator(mode="after")
    def _no_ghosts(self) -> Ward:
        for index, duty in enumerate(self.roster):
            if duty.nurse == "ghost":
                raise PlanError(("roster", index, "nurse"), "there is no such nurse")
        return self

    @field_validator("id")
    @classmethod
    def _lucky(cls, identity: str) -> str:
        if identity == "4":
            raise ValueError("is unlucky")
        return identity


class House(Section):
    """A document."""

    name: str
    wards: tuple[Ward, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> House:
        identities = [ward.id for ward in self.wards]
        for index, identity in enumerate(identities):
            if identity in identities[:index]:
                raise PlanError(("wards", index, "id"), f"{identity!r} is used twice")
        return self


def faults(text: str) -> list[Fault]:
    """What is wrong with `text` as a House."""
    with pytest.raises(Faulty) as caught:
        parse(text, House)
    return caught.value.faults


def place(text: str) -> tuple[str, int | None]:
    """Path and line of the only fault."""
    (fault,) = faults(text)
    return fault.path, fault.line


def test_a_good_document_is_read() -> None:
    """Tables, arrays of tables and inline tables alike; also as an editor on Windows saves it."""
    text = '\ufeffname = "住院部"\r\n[[wards]]\r\nid = "1"\r\nroster = [{ nurse = "李" }]\r\n'
    assert parse(text, House) == House(name="住院部", wards=(Ward(id="1", roster=(Duty(nurse="李"),)),))


def test_a_wrong_value_is_named_by_path_and_line() -> None:
    """As `line 3: wards[0].id: …`."""
    (fault,) = faults('name = "a"\n[[wards]]\nid = 7\n')
    assert str(fault) == "line 3: wards[0].id: should be a valid string: a text in quotes"


def test_every_fault_is_named_at_once() -> None:
    """Nobody should have to try four times."""
    found = faults('name = 1\nnmae = "a"\n[[wards]]\n[[wards]]\nid = "4"\n')
    assert [(fault.path, fault.line) for fault in found] == [
        ("name", 1),
        ("wards[0].id", 3),
        ("wards[1].id", 5),
        ("nmae", 2),
    ]


def test_a_validators_own_words_are_kept() -> None:
    """Without pydantic's “Value error, …”."""
    (fault,) = faults('name = "a"\n[[wards]]\nid = "4"\n')
    assert fault.message == "is unlucky"


def test_a_missing_key_stands_where_its_table_begins() -> None:
    """There is no line of its own to name."""
    assert place('name = "a"\n\n[[wards]]\nnotes = {}\n') == ("wards[0].id", 3)


def test_a_missing_key_of_the_document_has_no_line() -> None:
    """The whole text is its place."""
    assert place("wards = []\n") == ("name", None)


def test_a_validator_points_deeper_than_itself() -> None:
    """PlanError's path goes on from where the validator stands."""
    text = 'name = "a"\n[[wards]]\nid = "1"\n[[wards]]\nid = "2"\n[[wards.roster]]\nnurse = "a"\n'
    text += '[[wards.roster]]\nstep = 2\nnurse = "ghost"\n'
    assert place(text) == ("wards[1].roster[1].nurse", 10)


def test_a_validator_of_the_whole_document_points_down() -> None:
    """From the root, too."""
    assert place('name = "a"\n[[wards]]\nid = "1"\n[[wards]]\nid = "1"\n') == ("wards[1].id", 5)


def test_a_fault_in_an_inline_array_has_the_line_of_its_element() -> None:
    """Not that of the array."""
    text = 'name = "a"\n[[wards]]\nid = "1"\nroster = [\n  { nurse = "a" },  # first\n  { nurse = "ghost" },\n]\n'
    assert place(text) == ("wards[0].roster[1].nurse", 6)


def test_a_fault_under_a_key_that_needs_quotes() -> None:
    """Quoted, dotted and escaped keys are keys."""
    assert place('name = "a"\n[[wards]]\nid = "1"\nnotes."a.\\"b".c = 1\n') == ('wards[0].notes.a."b', 4)


class Wire(Section):
    """One kind of device. `wire` is also the tag of its kind."""

    kind: Literal["wire"]
    wire: int = 0
    ends: tuple[Duty, ...] = ()

    @model_validator(mode="after")
    def _short(self) -> Wire:
        if self.wire > 100:
            raise PlanError(("wire",), "is too long")
        return self


class Lamp(Section):
    """The other; its kind need not be said."""

    kind: Literal["lamp"] = "lamp"
    watts: int | Literal["full"]


class Shop(Section):
    """A document with a tagged union, a plain one, and keys that are checked."""

    things: tuple[
        Annotated[
            Annotated[Wire, Tag("wire")] | Annotated[Lamp, Tag("lamp")],
            Discriminator(lambda thing: thing.get("kind", "lamp") if isinstance(thing, dict) else None),
        ],
        ...,
    ] = ()
    prices: dict[Annotated[str, Field(pattern="^[a-z]+$")], int] = {}


@pytest.mark.parametrize(
    ("text", "path", "line", "words"),
    [
        ("things = [\n{ watts = 5 },\n{ watts = 'x' }]", "things[1].watts", 3, "valid integer"),
        ("[[things]]\nkind = 'wire'\n[[things.ends]]\nstep = 1\n", "things[0].ends[0].nurse", 3, "required"),
        ("[[things]]\n\nkind = 'lamp'", "things[0].watts", 1, "required"),
        ("[[things]]\nkind = 'lamp'\nwatts = 4\nwats = 3", "things[0].wats", 4, "not permitted"),
        ("[[things]]\nkind = 'wire'\nwire = 'a'", "things[0].wire", 3, "valid integer"),
        ("[[things]]\nkind = 'wire'\nwire = 101", "things[0].wire", 3, "is too long"),
        ("[[things]]\nwatts = 4\nkind = 'wine'", "things[0].kind", 3, "'wine' is none of 'wire', 'lamp'"),
        ("things = [\n7\n]", "things[0]", 2, "should be a table"),
        ("[prices]\nA = 1", "prices.A", 2, "pattern"),
    ],
)
def test_a_fault_in_a_union_stands_where_people_wrote_it(text: str, path: str, line: int, words: str) -> None:
    """Not below the name of the kind that was tried, which is nowhere in the document."""
    with pytest.raises(Faulty) as caught:
        parse(text, Shop)
    fault = caught.value.faults[0]
    assert (fault.path, fault.line) == (path, line)
    assert words in fault.message


def test_the_line_of_broken_toml_is_named() -> None:
    """What tomllib says, and where."""
    (fault,) = faults('name = "a"\nwards = [\n}\n')
    assert (fault.path, fault.line) == ("", 3)


def test_a_document_that_ends_too_early_is_at_fault_in_its_last_line() -> None:
    """tomllib does not say which line that is."""
    (fault,) = faults('name = "a"\nwards = [\n')
    assert fault.line == 2


def test_a_faulty_document_says_all_in_one_line() -> None:
    """For logs."""
    with pytest.raises(Faulty, match=r"line 1: name: .*; line 2: wards: "):
        parse("name = 1\nwards = 2\n", House)


def test_paths_are_dotted() -> None:
    """As people write them."""
    assert dotted(("wards", 0, "roster", 12, "nurse")) == "wards[0].roster[12].nurse"
    assert dotted(()) == ""
    assert dotted((0,)) == "[0]"


DOCUMENT = '''# [not.a.table]
top = @
"a.b" = @  # = [
'c = d' = @
"tab\\tkey" = @
dotted.key.deep = @
dotted . "other key" = @
text = """
[fake]
fake = 1
\\"""
still = 2 ""\"""
multi = \'\'\'
x = 3
[[fake]]
\'\'\'\'\'
after = @
list = [ @, @,
  @, # ] not the end
  [ @, [@] ],
  ["]", @],
  { a = @, b = { c = @ }, d = [ @ ] }
]
empty = []
none = {}
day = 2026-03-02T01:00:00Z
float = -1.5e3

[table]
x = @
[table.sub."quoted.sub"]
y = @
[ spaced . out ]
z = @

[[many]]
x = @
[many.one]
y = @
[[many.parts]]
z = @
[[many.parts]]
z = @
[many.parts.deep]
w = @

[[many]]
x = @
[[many.parts]]
z = @
[only.implied]
v = @
[only]
u = @'''


def numbered(text: str) -> str:
    """Each `@` becomes the number of its line."""
    return "\n".join(line.replace("@", str(number)) for number, line in enumerate(text.split("\n"), 1))


def leaves(tree: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every value that holds no others, and its path."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, (*path, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from leaves(value, (*path, index))
    else:
        yield path, tree


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_value_of_an_awkward_document_is_found_on_its_line(newline: str) -> None:
    """Strings that look like tables, arrays over many lines, tables in tables."""
    text = numbered(DOCUMENT).replace("\n", newline)
    lines = toml_lines.lines(text)
    counted = 0
    for path, value in leaves(tomllib.loads(text)):
        assert path in lines, path
        if type(value) is int:
            assert lines[path] == value, path
            counted += 1
    assert counted == DOCUMENT.count("@")


def test_an_implied_table_stands_where_it_is_first_implied() -> None:
    """`[only.implied]` makes `only`."""
    assert toml_lines.lines("\n[only.implied]\nx = 1\n")["only",] == 2
    assert toml_lines.lines("a.b = 1\n")["a",] == 1


KEYS = st.sampled_from(["a", "b", '"x y"', "'=['", '"#"'])
VALUES = st.recursive(
    st.sampled_from(["@", '"s = ["', "'''\n[a]\n'''", '"""\nb = 1 # "\n"""', "true", "1979-05-27"]),
    lambda inner: st.lists(inner, max_size=4).flatmap(
        lambda items: st.sampled_from([", ", ",\n", " , # ]}\n "]).map(lambda comma: f"[{comma.join(items)}\n]")
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", "[t]", "[[l]]", "[[l.m]]", "[t.u]"]), KEYS, VALUES), max_size=8))
def test_however_a_document_is_laid_out_lines_are_right(parts: list[tuple[str, str, str]]) -> None:
    """Whatever tomllib accepts, each number is on the line it names."""
    text = numbered("\n".join(f"{header}\n{key} = {value}" for header, key, value in parts))
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = toml_lines.lines(text)
    for path, value in leaves(tree):
        assert path in lines
        assert type(value) is not int or lines[path] == value


@pytest.mark.parametrize("deep", ["a = " + "[" * 5_000, "a = " + "{b=" * 3_000])
def test_brackets_without_end_are_a_fault_of_their_line(deep: str) -> None:
    """The parser would run out of stack."""
    with pytest.raises(Faulty) as caught:
        parse(f'nurse = "x"\n{deep}\n', Duty)
    [fault] = caught.value.faults
    assert fault.text("en") == "line 2: is not TOML: brackets are nested too deeply"
