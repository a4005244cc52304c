"""When an address has failed too often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from appliance.foundation.config import Faulty, parse
from pbx.engine.security_log import SecurityEvent
from pbx.guard.rule import MOST, Verdict, Watch
from pbx.plan import PbxPlan
from pbx.plan_guard import GuardPlan

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLAN = GuardPlan(failures=10, minutes=5, ban_minutes=(10, 60), allow=("10.8.0.0/16", "192.0.2.7"))
THIEF, PHONE, WARD = "203.0.113.9", "198.51.100.4", "10.8.3.4"


def event(kind: str, address: str = THIEF, after: float = 0, account: str = "") -> SecurityEvent:
    """Something Asterisk saw, so many seconds after the start."""
    return SecurityEvent(START + timedelta(seconds=after), kind, "PJSIP", account, "1", address, 5060, "UDP")


def verdicts(watch: Watch, *events: SecurityEvent) -> list[Verdict]:
    """All that comes of it."""
    return [verdict for verdict in map(watch.heard, events) if verdict is not None]


def failures(count: int, address: str = THIEF, start: float = 0, every: float = 1) -> list[SecurityEvent]:
    return [event("ChallengeResponseFailed", address, start + n * every, f"80{n:02}") for n in range(count)]


def test_who_fails_too_often_is_refused() -> None:
    """The tenth failure within five minutes; some of the names that were tried are told."""
    watch = Watch(PLAN)
    assert verdicts(watch, *failures(9)) == []
    [verdict] = verdicts(watch, event("InvalidAccountID", after=9, account="admin"))
    assert (verdict.address, verdict.times, verdict.until) == (THIEF, 1, START + timedelta(seconds=9, minutes=10))
    assert verdict.names == ("8000", "8001", "8002", "8003", "8004")


def test_a_telephone_with_a_wrong_secret_is_borne_with() -> None:
    """It tries once a minute."""
    assert verdicts(Watch(PLAN), *failures(500, every=60)) == []


def test_each_address_by_itself() -> None:
    """Nine failures of each of two."""
    watch = Watch(PLAN)
    assert verdicts(watch, *failures(9), *failures(9, PHONE)) == []


def test_a_telephone_that_proves_itself_never_is() -> None:
    """A question and its answer, a thousand times in a minute."""
    watch = Watch(PLAN)
    for n in range(1000):
        assert verdicts(watch, event("ChallengeSent", PHONE, n * 0.06), event("SuccessfulAuth", PHONE, n * 0.06)) == []


def test_who_only_asks_and_never_answers_is_refused() -> None:
    """SIPVicious looks for names first: each question counts a quarter."""
    watch = Watch(PLAN)
    asked = [event("ChallengeSent", after=n * 0.1) for n in range(40)]
    assert len(verdicts(watch, *asked[:39])) == 0
    assert len(verdicts(watch, asked[39])) == 1


def test_an_address_that_has_proven_somebody_is_borne_with_tenfold() -> None:
    """One of a gateway's telephones is set up wrongly: the others must go on."""
    watch = Watch(PLAN)
    assert verdicts(watch, event("SuccessfulAuth", PHONE), *failures(99, PHONE, every=0.1)) == []
    assert len(verdicts(watch, event("InvalidPassword", PHONE, 20))) == 1


def test_trust_ends_after_an_hour() -> None:
    """Then ten are enough."""
    watch = Watch(PLAN)
    assert len(verdicts(watch, event("SuccessfulAuth", PHONE), *failures(10, PHONE, start=3601))) == 1


@pytest.mark.parametrize("address", [WARD, "192.0.2.7", "10.8.255.255"])
def test_the_plans_own_networks_never_are(address: str) -> None:
    """Whatever comes from there."""
    assert verdicts(Watch(PLAN), *failures(1000, address, every=0.01)) == []


def test_bans_grow_and_a_week_forgives() -> None:
    """Ten minutes, an hour, and an hour again; after a week from the beginning."""
    watch = Watch(PLAN)
    starts = [0, 700, 5000, 5000 + 8 * 86400]
    found = [verdicts(watch, *failures(10, start=start))[0] for start in starts]
    assert [(one.times, (one.until - START).total_seconds()) for one in found] == [
        (1, 9 + 600),
        (2, 709 + 3600),
        (3, 5009 + 3600),
        (1, starts[3] + 9 + 600),
    ]


def test_what_is_refused_already_does_not_count() -> None:
    """Asterisk tells of each knock at the closed door."""
    assert verdicts(Watch(PLAN), *(event("FailedACL", after=n * 0.01) for n in range(1000))) == []


def test_a_flood_of_addresses_is_forgotten_again() -> None:
    """Over UDP anybody can claim any address: what is remembered has a bound."""
    watch = Watch(PLAN)
    for n in range(MOST + 100):
        watch.heard(event("InvalidAccountID", f"2001:db8::{n:x}"))
    assert len(watch._seen) == MOST


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('allow = ["10.8.0.0/33"]', "guard.allow[0]: '10.8.0.0/33' is no address or network such as 10.8.0.0/16"),
        ("ban_minutes = [60, 10]", "guard.ban_minutes: should be minutes that grow, such as [10, 60, 1440]"),
    ],
)
def test_what_is_wrong_in_the_plan_is_named(text: str, fault: str) -> None:
    """With its place."""
    with pytest.raises(Faulty) as faulty:
        parse(f"[guard]\n{text}\n", PbxPlan)
    assert fault in str(faulty.value)


def test_carriers_are_never_refused() -> None:
    """Those that the plan names by address; by a name nobody can be known."""
    trunk = '[[trunks]]\nid = "{0}"\nname = {{ zh = "电信", en = "Telecom" }}\nhost = "{1}"\ntariff = "cost"\n'
    plan = parse(trunk.format("a", THIEF) + trunk.format("b", "sip.carrier.example"), PbxPlan)
    watch = Watch(plan.guarded())
    assert verdicts(watch, *failures(1000, THIEF, every=0.01)) == []
    assert len(verdicts(watch, *failures(1000, PHONE, every=0.01))) > 0
