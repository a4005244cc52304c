"""Who may dial what, how long, over which line, and why: rights, routes and the decision that joins them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.foundation.values import Money
from pbx.categories import OUTSIDE, RIGHTS, Right
from pbx.causes import Cause
from pbx.decision import Decision, NoSuchExtension, decide, decide_for_house
from pbx.plan import PbxPlan
from pbx.reason import Reason
from pbx.rights import IS_BARRED, MAY_NOT, NOT_NOW, NOT_THERE, rights_at
from tests.pbx.outgoing import DEMO, HERE, MONDAY, PLAN, SUNDAY, ZONE, dial, plan

LOCAL, NATIONAL, NINGBO, MOBILE = "88880000", "01062345678", "057488880000", "13800138000"
HONG_KONG, LONDON, SATELLITE = "0085221234567", "00442079460958", "00870773123456"


def refusal(decision: Decision) -> str | None:
    """What the caller hears."""
    assert (decision.refusal is None) == (decision.cause == 0)
    return decision.refusal.message if decision.refusal else None


@pytest.mark.parametrize(
    ("extension", "dialled", "at", "said"),
    [
        ("8001", "8010", MONDAY, None),
        ("8001", LOCAL, MONDAY, None),
        ("8001", MOBILE, MONDAY, MAY_NOT),
        ("8001", "600100001", MONDAY, None),
        ("8010", MOBILE, MONDAY, None),
        ("8010", MOBILE, SUNDAY, NOT_NOW),
        ("8010", LOCAL, SUNDAY, None),
        ("8010", NINGBO, MONDAY, None),
        ("8010", NATIONAL, MONDAY, NOT_THERE),
        ("8010", HONG_KONG, MONDAY, None),
        ("8010", LONDON, MONDAY, NOT_THERE),
        ("8010", SATELLITE, MONDAY, MAY_NOT),
        ("8010", "600100001", MONDAY, MAY_NOT),
        ("8020", SATELLITE, MONDAY, None),
        ("8020", "0088216123456789", MONDAY, IS_BARRED),
        ("8030", "600100001", SUNDAY, None),
        ("8030", LOCAL, MONDAY, MAY_NOT),
        ("8040", "8001", MONDAY, None),
        ("8040", "600100001", MONDAY, MAY_NOT),
        ("8040", "*98", MONDAY, None),
        ("8040", "*97", MONDAY, None),
    ],
)
def test_rights_by_class_place_and_time(extension: str, dialled: str, at: datetime, said: str | None) -> None:
    """And what whoever may not is told."""
    decision = dial(extension, dialled, at)
    assert (decision.allowed, refusal(decision)) == (said is None, said)


def test_holidays_and_make_up_days_count_as_what_they_are() -> None:
    """The national holiday of 2026 is no time for offices; the Saturday that is worked for it is."""
    holiday, make_up = datetime(2026, 10, 1, 10, tzinfo=ZONE), datetime(2026, 10, 10, 10, tzinfo=ZONE)
    assert [dial("8010", MOBILE, at).allowed for at in (holiday, make_up)] == [False, True]


def test_a_moment_is_looked_at_by_the_sites_clock() -> None:
    """09:00 in UTC is five in the afternoon in Hangzhou, 10:00 is six."""
    moments = [datetime.fromisoformat(f"2026-03-02T{hour}:00+00:00") for hour in ("09", "10")]
    assert [dial("8010", MOBILE, at).allowed for at in moments] == [True, False]


@pytest.mark.parametrize("extension", ["8001", "8010", "8020", "8030", "8040"])
@pytest.mark.parametrize("dialled", ["110", "9120", "*67119"])
def test_an_emergency_number_is_reached_from_everywhere(extension: str, dialled: str) -> None:
    """Whatever is barred, limited, or thought of the trunks."""
    closed = plan(
        classes=[
            {"id": name, "name": {"zh": "无", "en": "None"}, "may_dial": [], "limits": [{"seconds": 60}]}
            for name in ("ward", "office", "all")
        ],
        barred=[{"prefix": digit, "why": {"zh": "全部", "en": "all"}} for digit in "123456789"],
        routes=[{"name": {"zh": "一", "en": "One"}, "trunks": ["mobile"], "to": ["local"]}],
        always_access=True,
    )
    decision = dial(extension, dialled, SUNDAY, plan=closed, healthy=())
    assert (decision.allowed, decision.limit, decision.cause) == (True, None, 0)
    assert [(line.trunk, line.sent) for line in decision.routes] == [
        (trunk, decision.number) for trunk in ("telecom", "mobile")
    ]


def test_calls_are_timed_by_class_and_kind() -> None:
    """With a warning before the end; other kinds, and other classes, talk as long as they like."""
    ward, all_ = dial("8001", LOCAL), dial("8020", LOCAL)
    assert (ward.limit, ward.warning) == (timedelta(minutes=3), timedelta(seconds=20))
    assert (all_.limit, all_.warning) == (None, None)
    assert dial("8001", "8010").limit is None


def test_the_callers_number_is_hidden_by_class_and_by_code() -> None:
    """The code of one call counts more than the class."""
    asked = [("8010", MOBILE), ("8010", f"*82{MOBILE}"), ("8020", MOBILE), ("8020", f"*679{MOBILE}")]
    assert [dial(extension, dialled).hidden for extension, dialled in asked] == [True, False, False, True]


@pytest.mark.parametrize(
    ("extension", "dialled", "cause"),
    [
        ("8001", "777", Cause.UNALLOCATED),
        ("8001", "8001", Cause.REJECTED),
        ("8001", MOBILE, Cause.BARRED),
        ("8040", "600", Cause.REJECTED),
    ],
)
def test_a_refusal_has_its_cause(extension: str, dialled: str, cause: int) -> None:
    """As a phone or a gateway is told it."""
    assert dial(extension, dialled).cause == cause


def test_who_is_no_extension_has_no_rights() -> None:
    """That is a question put wrongly."""
    with pytest.raises(NoSuchExtension):
        dial("7000", LOCAL)


ROUTES: list[dict[str, Any]] = [
    {"name": {"zh": "移动", "en": "China Mobile's"}, "carriers": ["china mobile"], "trunks": ["mobile"]},
    {"name": {"zh": "外省", "en": "Far"}, "to": ["national"], "prefixes": ["8610"], "trunks": ["telecom"],
     "code": "17909", "shown": "057100000000", "last": True},
    {"name": {"zh": "夜间", "en": "Nights"}, "schedule": "office", "closed": True, "trunks": ["mobile"]},
    {"name": {"zh": "其余", "en": "All others"}, "trunks": ["telecom", "mobile"], "order": "cheapest"},
]  # fmt: skip


def routes(dialled: str, at: datetime = MONDAY, **facts: Any) -> list[tuple[str, str]]:
    """Trunk and number as it is sent, in order."""
    found = dial("8020", dialled, at, plan=plan(routes=ROUTES), **facts).routes
    return [(line.trunk, line.sent) for line in found]


def cheap_mobile(trunk: str, number: str, at: datetime) -> Money | None:
    """A tenth of a yuan over one, two tenths over the other."""
    return Money(1000 if trunk == "mobile" else 2000)


def test_every_route_that_matches_counts_in_turn() -> None:
    """By the carrier that gave the number out, then the rest; a trunk that was named already is not tried again."""
    assert routes(MOBILE) == [("mobile", "8613800138000"), ("telecom", "013800138000")]
    assert routes("13012345678") == [("telecom", "013012345678"), ("mobile", "8613012345678")]


def test_a_route_may_be_the_last_and_have_a_code_and_a_number_to_show() -> None:
    """17909 stands before the number as the carrier wants it."""
    assert routes(NATIONAL) == [("telecom", "1790901062345678")]
    assert dial("8020", NATIONAL, plan=plan(routes=ROUTES)).routes[0].shown == "057100000000"
    assert dial("8020", LOCAL, plan=plan(routes=ROUTES)).routes[0].shown == "057188880000"


def test_the_cheapest_goes_first_where_the_route_says_so() -> None:
    """A trunk of which nobody knows what it costs comes last, but it comes."""
    assert [trunk for trunk, _ in routes(LOCAL, cost=cheap_mobile)] == ["mobile", "telecom"]
    half = lambda trunk, number, at: None if trunk == "telecom" else Money(5)  # noqa: E731
    assert [trunk for trunk, _ in routes(LOCAL, cost=half)] == ["mobile", "telecom"]


def test_a_trunk_below_the_plans_quality_comes_last_and_it_is_said_why() -> None:
    """Where the cheapest goes first; an order that the plan lists is kept."""
    why = Reason("“{trunk}” comes last: {ratio} %", {"trunk": "Mobile", "ratio": "12"})
    here = replace(HERE, below=lambda trunk: why if trunk == "mobile" else None)
    found = decide(plan(routes=ROUTES), here, "8020", LOCAL, MONDAY, cost=cheap_mobile)
    assert [line.trunk for line in found.routes] == ["telecom", "mobile"]
    assert why in found.why
    listed = decide(plan(routes=ROUTES), here, "8020", MOBILE, MONDAY, cost=cheap_mobile)
    assert [line.trunk for line in listed.routes] == ["mobile", "telecom"]
    down = decide(plan(routes=ROUTES), here, "8020", LOCAL, MONDAY, cost=cheap_mobile, healthy=["telecom"])
    assert why not in down.why


def test_a_number_that_was_taken_along_goes_by_its_new_carrier() -> None:
    """Whoever gave it out."""
    here = replace(HERE, carrier=lambda number: "China Unicom")
    assert decide(plan(routes=ROUTES), here, "8020", MOBILE, MONDAY).routes[0].trunk == "telecom"


def test_a_route_may_count_at_some_hours_only() -> None:
    """Nights and Sundays over the other trunk first."""
    assert [trunk for trunk, _ in routes(LOCAL, SUNDAY)] == ["mobile", "telecom"]
    assert [trunk for trunk, _ in routes(LOCAL, MONDAY)] == ["telecom", "mobile"]


def test_a_dead_trunk_is_left_out_and_named() -> None:
    """With none left the right stays, but there is no line."""
    decision = dial("8020", LOCAL, healthy=["mobile"])
    assert [line.trunk for line in decision.routes] == ["mobile"]
    assert "“Telecom” can take no call now." in [step.text("en") for step in decision.why]
    nothing = dial("8020", LOCAL, healthy=[])
    assert (nothing.allowed, nothing.routes, nothing.cause) == (True, (), Cause.NO_CIRCUIT)


def test_a_trunk_of_which_nobody_knows_comes_after_those_that_are_up() -> None:
    """Whatever the routes say; where there is no other it is tried."""
    here = replace(HERE, unjudged=lambda trunk: trunk == "mobile")
    found = decide(plan(routes=ROUTES), here, "8020", MOBILE, MONDAY)
    assert [line.trunk for line in found.routes] == ["telecom", "mobile"]
    said = "Nobody knows yet whether “Mobile” is up: it is tried after those that are."
    assert said in [step.text("en") for step in found.why]
    alone = decide(plan(routes=ROUTES), here, "8020", MOBILE, MONDAY, healthy=["mobile"])
    assert [line.trunk for line in alone.routes] == ["mobile"]


def test_short_service_numbers_are_sent_as_they_are_dialled() -> None:
    """Whatever form the carrier wants of others; no country's code stands before them."""
    assert {line.sent for line in dial("8020", "995588").routes} == {"95588"}


def test_a_plan_without_routes_tries_every_trunk() -> None:
    """The cheapest first."""
    assert [line.trunk for line in dial("8020", LOCAL, cost=cheap_mobile).routes] == ["mobile", "telecom"]


@given(
    st.sampled_from(["8001", "8010", "8020", "8030", "8040"]),
    st.one_of(
        st.text("0123456789*#", max_size=25),
        st.sampled_from([LOCAL, NATIONAL, NINGBO, MOBILE, HONG_KONG, LONDON, SATELLITE, "110", "8001", "95588"]),
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
)
def test_a_decision_is_whole_and_tells_why_in_both_languages(extension: str, dialled: str, at: datetime) -> None:
    """Allowed by a right of the class, or refused with a sentence and a cause; no field stays empty."""
    at = at.replace(tzinfo=ZONE)
    decision = dial(extension, dialled, at)
    group = PLAN.group(extension)
    assert group is not None
    if decision.allowed and decision.kind == "outside":
        assert decision.category in rights_at(PLAN, HERE, group, at)
        assert decision.routes
    assert decision.allowed == (decision.refusal is None)
    english = [step.text("en") for step in decision.why]
    chinese = [step.text("zh") for step in decision.why]
    assert english
    assert not any("{" in sentence for sentence in english)
    assert not any(re.search(r"[a-z]{4}", sentence) for sentence in chinese), chinese


@given(st.sets(st.sampled_from(RIGHTS)))
def test_what_is_allowed_grows_with_the_rights(rights: set[Right]) -> None:
    """Every right allows its own kind of number and nothing else."""
    one = plan(classes=[{"id": name, "name": {"zh": "甲", "en": "A"}, "may_dial": sorted(rights)}
                        for name in ("ward", "office", "all")])  # fmt: skip
    numbers: dict[Right, str] = {
        "internal": "8010", "billed": "600", "local": LOCAL, "national": NATIONAL, "mobile": MOBILE,
        "information": "16888888", "premium": SATELLITE, "international": LONDON,
    }  # fmt: skip
    assert {right for right, number in numbers.items() if dial("8001", number, plan=one).allowed} == rights
    assert set(numbers) == {*OUTSIDE, "internal", "billed"}


def test_a_number_of_another_box_of_ours() -> None:
    """By its prefix, over its own trunk, with a number that calls back; no outside call ever goes that way."""
    site = PbxPlan.model_validate(
        DEMO
        | {
            "trunks": [*DEMO["trunks"], {**DEMO["trunks"][0], "id": "branch"}],
            "branches": [{"trunk": "branch", "prefix": "7", "numbers": ["8001-8100"], "ours": "6"}],
            "outgoing": DEMO["outgoing"] | {"routes": []},
        }
    )
    decision = decide(site, HERE, "8040", "78099", MONDAY)
    assert [(line.trunk, line.sent, line.shown) for line in decision.routes] == [("branch", "8099", "68040")]
    assert (decision.kind, decision.number) == ("branch", "78099")
    assert decide(site, HERE, "8040", "78101", MONDAY).kind == "nothing"
    assert [line.trunk for line in decide(site, HERE, "8020", "120", MONDAY).routes] == ["telecom", "mobile"]


@pytest.mark.parametrize(
    ("branch", "said"),
    [
        ({"trunk": "nowhere", "numbers": ["8101"]}, "there is no trunk"),
        ({"trunk": "mobile", "numbers": ["8001-8100"]}, "8001 means something here already"),
        ({"trunk": "mobile", "prefix": "1", "numbers": ["20"]}, "120 means something here already"),
    ],
)
def test_a_branch_that_cannot_be_is_refused(branch: dict[str, Any], said: str) -> None:
    """In a sentence that names the place."""
    with pytest.raises(ValueError, match=said):
        PbxPlan.model_validate(DEMO | {"branches": [branch]})


@pytest.mark.parametrize(
    ("number", "house", "routes", "cause"),
    [
        (MOBILE, "", ["telecom", "mobile"], 0),
        (f"9{MOBILE}", "", ["telecom", "mobile"], 0),
        (LOCAL, "ward", ["telecom", "mobile"], 0),
        (MOBILE, "ward", [], Cause.BARRED),
        ("0088216123456789", "", [], Cause.BARRED),
        ("8001", "", [], Cause.UNALLOCATED),
        ("120", "", [], Cause.UNALLOCATED),
        ("600100001", "", [], Cause.UNALLOCATED),
    ],
)
def test_a_number_that_the_plan_names_goes_by_the_houses_right(
    number: str, house: str, routes: list[str], cause: int
) -> None:
    """Of forwards from outside and of menus: outside numbers only, barred ones never, by the routes of all calls."""
    decision = decide_for_house(plan(house=house), HERE, number, MONDAY)
    assert ([line.trunk for line in decision.routes], decision.cause) == (routes, cause)


def test_a_class_of_the_house_that_is_not_there_is_a_fault_of_the_plan() -> None:
    """Told with its place."""
    with pytest.raises(ValueError, match="no class of service 'guests'"):
        plan(house="guests")


def test_the_house_is_called_over_the_routes_of_the_plan() -> None:
    """As any call out."""
    row = {"name": {"zh": "手机", "en": "Mobiles"}, "to": ["mobile"], "trunks": ["mobile"], "code": "17909"}
    decision = decide_for_house(plan(routes=[row]), HERE, MOBILE, MONDAY)
    assert [(line.trunk, line.sent) for line in decision.routes] == [("mobile", f"1790986{MOBILE}")]


PIN = "48151623"


@settings(max_examples=500)
@given(
    before=st.sampled_from(["", "9", "*67", "*82", "*679", "17909", "917909"]),
    account=st.from_regex(r"[0-9]{0,9}", fullmatch=True),
    after=st.from_regex(r"[0-9*#]{0,14}", fullmatch=True),
    extension=st.sampled_from(["8001", "8010", "8020", "8030"]),
)
def test_no_pin_is_in_what_a_carrier_is_asked_for(before: str, account: str, after: str, extension: str) -> None:
    """What is dialled for 600, with any code of ours before it, leads over no line.

    Asterisk names a card's channel after the number that it asks the carrier for, and keeps that name in its log.
    """
    decision = dial(extension, f"{before}600{account}{PIN}{after}")
    assert not any(PIN in line.sent for line in decision.routes)
    assert PIN not in decision.number
    assert not any(PIN in reason.text("en") for reason in decision.why)
