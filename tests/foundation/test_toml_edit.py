"""Values of a TOML text changed, the rest of it left as somebody wrote it."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.foundation.config import Faulty
from appliance.foundation.toml_edit import with_order, with_value
from appliance.foundation.toml_lines import Path
from appliance.foundation.toml_tree import tree
from tests.test_sample_hospital import HOSPITAL

TEXT = (HOSPITAL / "plan.toml").read_text("utf-8")
PLAN = tree(TEXT)


def changed(path: Path, value: object, text: str = TEXT) -> list[str]:
    """The lines that differ."""
    after = with_value(text, path, value)
    differ = list(difflib.unified_diff(text.splitlines(), after.splitlines(), lineterm="", n=0))
    return [line for line in differ[2:] if not line.startswith("@@")]


def test_what_is_the_same_changes_nothing() -> None:
    """Not a blank, not a comment."""
    assert with_value(TEXT, ("pbx",), PLAN["pbx"]) == TEXT
    assert with_value(TEXT, (), PLAN) == TEXT


def test_a_value_changes_and_its_comment_stays() -> None:
    """One line."""
    assert changed(("pbx", "emergency"), ["110", "119"]) == [
        '-emergency = ["110", "119", "120", "122"]   # never billed, never barred, from every telephone',
        '+emergency = ["110", "119"]   # never billed, never barred, from every telephone',
    ]


def test_a_value_inside_a_table_on_one_line_changes_alone() -> None:
    """Its neighbours stay as they are written."""
    assert changed(("pbx", "outgoing", "classes", 1, "limits", 0, "seconds"), 700) == [
        '-limits = [{ calls = ["local"], seconds = 600, warning = 30 }]   # a beep after 9:30, cut after 10 minutes',
        '+limits = [{ calls = ["local"], seconds = 700, warning = 30 }]   # a beep after 9:30, cut after 10 minutes',
    ]


def test_a_new_key_stands_after_the_one_that_is_before_it() -> None:
    """Not behind the words that introduce what follows."""
    trunk = PLAN["pbx"]["trunks"][0]
    wanted = {
        key: value for name in trunk for key, value in ((name, trunk[name]), *((("hosts", ["b"]),) * (name == "host")))
    }
    after = with_value(TEXT, ("pbx", "trunks", 0), wanted).splitlines()
    assert after[after.index('hosts = ["b"]') - 1].startswith("host = ")


def test_an_element_is_added_after_its_last_brother_and_taken_away_again() -> None:
    """With one blank line between; away, the text is what it was."""
    text = with_value(TEXT, ("pbx", "trunks", 3), {"id": "x", "name": {"zh": "一", "en": "one"}})
    assert '\n\n[[pbx.trunks]]\nid = "x"\nname = { zh = "一", en = "one" }\n\n#' in text
    assert with_value(text, ("pbx", "trunks", 3), None) == TEXT


def test_an_element_in_the_middle_goes_and_only_it() -> None:
    """Its lines and one blank line."""
    gone = changed(("pbx", "trunks", 1), None)
    assert '-id = "unicom"' in gone
    assert all(line.startswith("-") for line in gone)
    assert len(gone) == len(PLAN["pbx"]["trunks"][1]) + 2


def test_of_a_list_whose_last_element_goes_nothing_stays() -> None:
    """And one that comes again has a header of its own, as before."""
    text = "[a]\nx = 1\n\n[[a.b]]\nn = 1\n\n[c]\n"
    bare = with_value(text, ("a", "b", 0), None)
    assert bare == "[a]\nx = 1\n\n[c]\n"
    assert with_value(bare, ("a", "b", 0), {"n": 1}) == text


def test_a_table_that_nobody_has_written_gets_a_header() -> None:
    """And a list in it, headers of its own."""
    rooms = [{"numbers": "1"}, {"numbers": "2"}]
    text = with_value("[pbx]\nx = 1\n\n[site]\n", ("pbx", "conference"), {"rooms": rooms, "ad_hoc": "*8"})
    assert '\n[pbx.conference]\nad_hoc = "*8"\n\n[[pbx.conference.rooms]]\nnumbers = "1"\n\n[[pbx' in text
    assert tomllib.loads(text)["pbx"]["conference"] == {"rooms": rooms, "ad_hoc": "*8"}


def test_a_key_of_a_table_that_is_only_implied_gets_its_header_too() -> None:
    """`[[pbx.trunks]]` makes `pbx`, but nowhere for its keys."""
    text = with_value('[[pbx.trunks]]\nid = "a"\n', ("pbx",), {"trunks": [{"id": "a"}], "emergency": ["1"], "y": 2})
    assert text == '[[pbx.trunks]]\nid = "a"\n\n[pbx]\nemergency = ["1"]\ny = 2\n'


def test_an_order_moves_elements_with_the_words_above_them() -> None:
    """But not those above the first, which introduce all of them."""
    text = "# all\n[[a]]\nn = 1\n\n# the second\n[[a]]\nn = 2\n[[a.b]]\nc = 1\n\n[[a]]\nn = 3\n"
    after = with_order(text, ("a",), [1, 2, 0])
    assert after == "# all\n# the second\n[[a]]\nn = 2\n[[a.b]]\nc = 1\n\n[[a]]\nn = 3\n\n[[a]]\nn = 1\n"


def test_an_order_of_a_list_on_one_line() -> None:
    """In their places."""
    assert with_order("a = [{ n = 1 }, { n = 2 }] # both\n", ("a",), [1, 0]) == "a = [{ n = 2 }, { n = 1 }] # both\n"
    with pytest.raises(ValueError, match="no order"):
        with_order("a = [1, 2]\n", ("a",), [0, 0])


def test_what_cannot_be_changed_says_so_and_nothing_is_lost() -> None:
    """Keys with points in them, of a table that stands elsewhere."""
    with pytest.raises(Faulty, match="in a way in which the panel cannot change it"):
        with_value("a.b.c = 1\n", ("a", "b", "d"), 2)


def test_a_mark_at_the_beginning_and_a_missing_end_are_kept() -> None:
    """As editors on Windows, and people, leave them."""
    assert with_value("\ufeff[a]\nb = 1", ("a", "c"), 2) == "\ufeff[a]\nb = 1\nc = 2\n"
    assert with_value("[a]\nb = 1", ("a",), {"b": 1, "c": 2}) == "[a]\nb = 1\nc = 2\n"


def leaves(found: Any, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every scalar and where it is."""
    children = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else None
    if children is None:
        yield path, found
        return
    for key, value in children:
        yield from leaves(value, (*path, key))


LEAVES = list(leaves(PLAN))
SCALARS = st.one_of(st.text(max_size=8), st.integers(-9, 9), st.booleans(), st.lists(st.text(max_size=3), max_size=3))


@given(st.sampled_from(LEAVES), SCALARS)
def test_whatever_becomes_of_a_value_nothing_else_changes(leaf: tuple[Path, object], value: object) -> None:
    """Of every value of the sample hospital's plan; and back again, it is the plan it was."""
    path, before = leaf
    there = with_value(TEXT, path, value)
    assert tree(with_value(there, path, before)) == PLAN
    assert there.count("\n") == TEXT.count("\n")


LISTS: list[Path] = [
    ("pbx", "trunks"), ("pbx", "outgoing", "classes"), ("pbx", "inbound", "rules"), ("pbx", "extensions"),
    ("pbx", "inbound", "rules", 5, "steps"), ("nursecall", "wards"), ("pbx", "outgoing", "barred"),
]  # fmt: skip


@given(st.sampled_from(LISTS), st.data())
def test_rows_come_go_and_change_together(path: Path, data: st.DataObject) -> None:
    """Some taken away, some changed, some new, anywhere among the others."""
    rows: Any = PLAN
    for step in path:
        rows = rows[step]
    kept = [dict(row) for row in rows if data.draw(st.booleans())]
    for row in kept:
        if data.draw(st.booleans()):
            row["id"] = data.draw(st.text(max_size=4))
    for _ in range(data.draw(st.integers(0, 2))):
        kept.insert(data.draw(st.integers(0, len(kept))), {"id": data.draw(st.text(max_size=4)), "n": 1})
    after = with_value(TEXT, path, kept)
    found: Any = tree(after)
    for step in path:
        found = found.get(step, []) if isinstance(step, str) else found[step]
    assert found == kept
    comments = [line for line in TEXT.splitlines() if line.startswith("# ") and "---" in line]
    assert [line for line in after.splitlines() if line in comments] == comments
