"""What is dialled in Hangzhou, and whom it reaches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.categories import OUTSIDE, carrier_of, category
from pbx.number_plan import Here, meaning
from tests.pbx.outgoing import HERE, PLAN, SERVED, plan

DIALLABLE = st.text("0123456789*#+", max_size=30)


OUTSIDE_NUMBERS = [
    ("88880000", "8657188880000", "local"),
    ("057188880000", "8657188880000", "local"),
    ("057488880000", "8657488880000", "national"),
    ("01062345678", "861062345678", "national"),
    ("13800138000", "8613800138000", "mobile"),
    ("013800138000", "8613800138000", "mobile"),
    ("19912345678", "8619912345678", "mobile"),
    ("14012345678", "8614012345678", "mobile"),
    ("008613800138000", "8613800138000", "mobile"),
    ("+8613800138000", "8613800138000", "mobile"),
    ("4008001234", "864008001234", "local"),
    ("8008108888", "868008108888", "local"),
    ("95588", "8695588", "local"),
    ("10086", "8610086", "local"),
    ("12345", "8612345", "local"),
    ("96110", "8696110", "local"),
    ("16888888", "8616888888", "information"),
    ("116114", "86116114", "information"),
    ("17400012345", "8617400012345", "premium"),
    ("00870773123456", "870773123456", "premium"),
    ("0019005551234", "19005551234", "premium"),
    ("0085221234567", "85221234567", "international"),
    ("00442079460958", "442079460958", "international"),
]

BEFORE = ("", "9", "17909", "917909", "*67", "*829")


def means(dialled: str, here: Here = HERE) -> tuple[str, str, str | None]:
    """Kind, number and category."""
    found = meaning(dialled, PLAN, here, SERVED)
    return found.kind, found.number, found.category


@pytest.mark.parametrize(("dialled", "number", "category"), OUTSIDE_NUMBERS)
def test_outside_numbers_of_china(dialled: str, number: str, category: str) -> None:
    """As they are; after the access code; after a carrier's prefix code; after a code that hides or shows.

    No carrier takes a prefix code before a short service number.
    """
    before = [code for code in BEFORE if len(dialled) > 6 or "17909" not in code]
    assert {means(code + dialled) for code in before} == {("outside", number, category)}


@pytest.mark.parametrize(
    "dialled", ["", "9", "0", "00", "0571888", "1380013800", "138001380000", "99999999", "00999123456", "777", "0110"]
)
def test_what_reaches_nobody(dialled: str) -> None:
    """Too short, too long, no country's, no extension's."""
    assert means(dialled) == ("nothing", "", None)


@pytest.mark.parametrize("dialled", ["110", "119", "120", "122", "9110", "*67120", "*829119", "120#"])
def test_emergency_numbers_come_first(dialled: str) -> None:
    """With an access code, a code that hides, or # at the end, too."""
    assert means(dialled) == ("emergency", dialled.rstrip("#")[-3:], "emergency")


def test_every_way_to_an_emergency_number_is_known_to_who_must_know_it_without_us() -> None:
    """The plain dialplan is made of them."""
    ways = PLAN.ways_to_emergency()
    assert len(ways) == 4 * 6 * 2
    assert {means(way) for way in ways} == {("emergency", number, "emergency") for number in PLAN.emergency}


def test_extensions_and_what_the_house_serves() -> None:
    """What follows a served number, a PIN perhaps, is not kept."""
    assert means("8001") == ("extension", "8001", "internal")
    found = meaning("6001000011234013800138000", PLAN, HERE, SERVED)
    assert (found.kind, found.number, found.needs) == ("service", "600", "billed")
    assert "1234" not in repr(found)
    assert means("*98") == ("service", "*98", "internal")
    assert meaning("*981", PLAN, HERE, SERVED).number == "*"


def test_without_its_access_code_an_outside_number_may_be_none() -> None:
    """Where the plan asks for it always; emergency numbers never need it."""
    strict = plan(always_access=True)
    assert meaning("13800138000", strict, HERE, SERVED).kind == "nothing"
    assert meaning("913800138000", strict, HERE, SERVED).kind == "outside"
    assert meaning("110", strict, HERE, SERVED).kind == "emergency"


def test_elsewhere() -> None:
    """London, and New York, which shares its country's code with others."""
    london, new_york = Here("GB", "20"), Here("US", "212")
    assert means("79460958", london) == ("outside", "442079460958", "local")
    assert means("07911123456", london)[2] == "mobile"
    assert means("2125551234", new_york)[2] == "local"
    assert means("14165551234", new_york)[2] == "international"


def test_a_mobile_is_known_by_the_carrier_that_gave_it_out() -> None:
    """From the tables of ranges."""
    assert [carrier_of(n) for n in ("8613800138000", "8613012345678", "8613312345678", "8657188880000")] == [
        "China Mobile", "China Unicom", "China Telecom", "",
    ]  # fmt: skip


@given(DIALLABLE)
def test_whatever_is_dialled_means_something_or_nothing(dialled: str) -> None:
    """And an outside number is digits of E.164, with a right that it takes."""
    found = meaning(dialled, PLAN, HERE, SERVED)
    assert found.why
    if found.kind == "outside":
        assert found.number.isdigit()
        assert found.needs in OUTSIDE
    if found.kind == "nothing":
        assert found.needs is None


@given(DIALLABLE)
def test_an_access_code_before_an_outside_number_changes_nothing(dialled: str) -> None:
    """Unless what it makes is something else of the house."""
    bare, with_code = (meaning(text, PLAN, HERE, SERVED) for text in (dialled, f"9{dialled}"))
    if bare.kind in ("outside", "emergency") and not dialled.startswith(("9", "*")):
        assert (with_code.kind, with_code.number) == (bare.kind, bare.number)


@given(st.text("0123456789", min_size=4, max_size=15))
def test_every_number_has_a_category(number: str) -> None:
    """Whatever digits they are."""
    assert category(number, "CN", "571") in OUTSIDE
