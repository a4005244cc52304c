"""The navigation: what fits stands side by side, the rest under one word a field."""

from __future__ import annotations

from web.shell import LINKS, SIDE_BY_SIDE, Group, Link, grouped


def test_a_few_stand_side_by_side() -> None:
    """In their own order."""
    few = LINKS[:SIDE_BY_SIDE]
    assert grouped(few) == few


def test_many_are_grouped_and_none_is_left_out() -> None:
    """A field with one entry is that entry; fields follow one another as they are told."""
    shown = grouped(LINKS)
    assert len(shown) <= SIDE_BY_SIDE
    flat = [link for entry in shown for link in (entry.links if isinstance(entry, Group) else [entry])]
    assert sorted(link.path for link in flat) == sorted(link.path for link in LINKS)
    one = [link for link in LINKS if link.field != "System" or link.path == "/status"]
    assert [entry.path for entry in grouped(one) if isinstance(entry, Link)] == ["/status"]


def test_a_group_knows_its_pages() -> None:
    """Also those below an entry's own."""
    (telephony,) = (entry for entry in grouped(LINKS) if isinstance(entry, Group) and entry.name == "Telephony")
    assert telephony.holds("/exchange/trunks")
    assert not telephony.holds("/status")
