"""Two talk through a real Asterisk, and what is kept of it has one voice on the left and the other on the right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from appliance.foundation.clock import ReactorClock, sleep
from appliance.simulator.outside import PHONE_TONE
from pbx.plan_recording import Recording
from pbx.recording.recorder import Recorder
from tests.integration.asterisk import Telephony
from tests.integration.recorded import Kept, Shelf, record
from tests.integration.sip_phone import Ear, Line, answering, sipp, write_tone
from tests.integration.soft_phone import FIRST, SECOND, THIRD, phones
from tests.integration.test_exchange import NUMBER, Booth, until_nobody_calls
from tests.integration.test_reach import tone_in
from tests.real_reactor import call, reactor, run

NOTICE, CALLER, CALLED = 1800, 1400, 1000
ALWAYS = Recording(mode="always", announce="both")


class Desk:
    """An exchange with a recorder. `talk` lets 8007 call 8005; each sounds a tone of its own, woken by the notice."""

    def __init__(self, telephony: Telephony, directory: Path, plan: Recording, notice: float = 1) -> None:
        self.telephony, self.directory = telephony, directory
        self.shelf = Shelf(directory, telephony.main)
        self.notice = directory / "notice.wav"
        write_tone(self.notice, NOTICE, seconds=notice)
        self.exchange = telephony.exchange()
        self.recorder: Recorder = call(lambda: self._record(plan))
        run(self.exchange.sweep())

    def _record(self, plan: Recording) -> Recorder:
        return record(
            self.exchange,
            plan,
            self.directory,
            self.notice,
            asterisk=self.telephony.main,
            records=self.telephony.records,
            reactor=reactor,
            clock=ReactorClock(reactor),
        )

    async def talk(self, seconds: float) -> None:
        """Until both have hung up and no leg is left."""
        await talk(self.telephony, self.directory, seconds)
        await self.ended()

    async def ended(self) -> None:
        """Every row says that it is over."""
        await self.shelf.ended()

    def stop(self) -> None:
        """Let go of the exchange."""
        call(self.recorder.stop)
        call(self.exchange.stop)


async def talk(telephony: Telephony, directory: Path, seconds: float) -> None:
    """8007 calls 8005 and hangs up after so many seconds of talk."""
    caller, called = Ear(CALLER), Ear(CALLED)
    port, ms = telephony.settings.sip_port, int(1000 * seconds)
    try:
        at_desk = Line("8005", telephony.secrets["8005"], port)
        answered = Deferred.fromCoroutine(answering("answer_until_cut", at_desk, directory, ear=called.number))
        await deferToThread(telephony.come_online, "8005")
        phone = Line("8007", telephony.secrets["8007"], port)
        await sipp("talk_and_hang_up", phone, directory, dialled="8005", ear=caller.number, talk=ms)
        await answered
        await until_nobody_calls(telephony)
    finally:
        caller.close()
        called.close()


async def until_they_talk(telephony: Telephony, shelf: Shelf) -> None:
    """Both legs are answered, the caller's after the notice, and a second of it is on disk."""
    while True:
        if any(file.stat().st_size > 40_000 for file in shelf.places.spool.glob("*.raw")):
            written = telephony.records.of_call(shelf.rows()[-1].call)
            if len({record.channel for record in written if record.kind == "ANSWER"}) == 2:
                return
        await sleep(ReactorClock(reactor), timedelta(milliseconds=50))


async def on_disk(shelf: Shelf) -> None:
    """Wait until nearly three seconds of what is being recorded now are on disk."""

    def begun() -> list[Path]:
        files = [shelf.places.raw(row.id) for row in shelf.rows() if row.state == "going"]
        return [file for file in files if file.exists() and file.stat().st_size > 90_000]

    while not begun():
        await sleep(ReactorClock(reactor), timedelta(milliseconds=50))


@pytest.fixture
def desk(telephony: Telephony, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(telephony, tmp_path, ALWAYS)
    yield desk
    desk.stop()


def both_voices_are_apart(kept: Kept) -> None:
    """Left is the caller and nobody else, right the called."""
    assert (kept.tone(0), kept.tone(1)) == (CALLER, CALLED)
    for side, theirs in ((0, CALLED), (1, CALLER)):
        assert kept.share(side, theirs) < 0.001
        assert kept.share(side, NOTICE) < 0.02


def test_each_voice_is_on_its_own_side(telephony: Telephony, desk: Desk) -> None:
    """And the row says who, when, and for how long; the notice before is not in it."""
    run(desk.talk(5))
    [kept] = desk.shelf.sealed()
    both_voices_are_apart(kept)
    row = kept.row
    assert (row.caller, row.called, row.direction, row.extensions) == ("8007", "8005", "internal", ",8007,8005,")
    assert 3 < row.seconds < 5
    assert row.seconds == pytest.approx((row.ended_at - row.began_at).total_seconds(), abs=0.5)
    assert not list(desk.shelf.places.spool.glob("*"))


def test_it_goes_on_when_we_are_killed(telephony: Telephony, tmp_path: Path) -> None:
    """Our program is killed in the middle of the talk, which ends while nobody is there; the next life finishes it."""
    shelf, notice = Shelf(tmp_path, telephony.main), tmp_path / "notice.wav"
    write_tone(notice, NOTICE, seconds=1)
    plan = ALWAYS.model_dump(mode="json")
    telephony.start_controller(
        60, {"directory": str(tmp_path), "sound": str(notice), "plan": plan, "asterisk": str(telephony.main)}
    )

    async def story() -> None:
        talking = Deferred.fromCoroutine(talk(telephony, tmp_path, 8))
        await until_they_talk(telephony, shelf)
        telephony.kill("controller")
        await talking

    run(story())
    assert [row.state for row in shelf.rows()] == ["going"]
    desk = Desk(telephony, tmp_path, ALWAYS)
    run(desk.ended())
    desk.stop()
    [kept] = shelf.sealed()
    both_voices_are_apart(kept)
    assert kept.row.seconds > 5.5
    assert kept.row.seconds == pytest.approx((kept.row.ended_at - kept.row.began_at).total_seconds(), abs=0.5)


def test_it_goes_on_when_we_come_back_during_the_talk(telephony: Telephony, tmp_path: Path) -> None:
    """One recording, not two, and its end is when they hung up."""
    shelf, notice = Shelf(tmp_path, telephony.main), tmp_path / "notice.wav"
    write_tone(notice, NOTICE, seconds=1)
    plan = ALWAYS.model_dump(mode="json")
    facts = {"directory": str(tmp_path), "sound": str(notice), "plan": plan, "asterisk": str(telephony.main)}
    telephony.start_controller(60, facts)

    talking = call(lambda: Deferred.fromCoroutine(talk(telephony, tmp_path, 9)))
    run(until_they_talk(telephony, shelf))
    telephony.kill("controller")
    desk = Desk(telephony, tmp_path, ALWAYS)
    run(_over(talking))
    run(desk.ended())
    desk.stop()
    [kept] = shelf.sealed()
    both_voices_are_apart(kept)
    assert kept.row.seconds > 6


def test_a_star_code_is_heard_in_a_talk_that_outlived_us(telephony: Telephony, tmp_path: Path) -> None:
    """Our program is killed in mid-talk, which nobody records; *1 begins that in the next life, and ends it."""
    demand = Recording(mode="on-demand", announce="no", key="*1")
    notice = tmp_path / "notice.wav"
    write_tone(notice, NOTICE, seconds=1)
    plan = demand.model_dump(mode="json")
    telephony.start_controller(
        60, {"directory": str(tmp_path), "sound": str(notice), "plan": plan, "asterisk": str(telephony.main)}
    )

    async def dialled() -> dict[str, Any]:
        await deferToThread(telephony.come_online, "8002")
        asked = {"extension": "8001", "digits": "8002", "talk": 120, "until": "answered"}
        return await telephony.simulator.dial(asked)

    phone = run(dialled())
    telephony.kill("controller")
    desk = Desk(telephony, tmp_path, demand)

    async def press(state: str) -> None:
        await telephony.simulator.keys({"call": phone["call"], "digits": "*1"})
        while [row.state for row in desk.shelf.rows()] != [state]:
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))

    async def story() -> None:
        while desk.recorder.on_demand() != {"8001": False, "8002": False}:
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        await press("going")
        await on_disk(desk.shelf)
        await press("taken")
        await telephony.simulator.hang_up({"call": phone["call"]})
        await until_nobody_calls(telephony)

    run(story())
    desk.stop()
    [kept] = desk.shelf.sealed()
    assert kept.row.seconds > 1
    assert (kept.row.caller, kept.row.called) == ("8001", "8002")


async def _over(deferred: Deferred[None]) -> None:
    await deferred


def test_what_the_plan_says_never_is_not_recorded(telephony: Telephony, tmp_path: Path) -> None:
    """No row, and no sound anywhere."""
    desk = Desk(telephony, tmp_path, Recording(mode="never"))

    async def story() -> None:
        await deferToThread(telephony.come_online, "8002")
        dialled = await telephony.simulator.dial({"extension": "8001", "digits": "8002", "talk": 2})
        assert dialled["outcome"] == "answered"
        await until_nobody_calls(telephony)

    before = {*desk.shelf.places.spool.glob("*")}
    run(story())
    desk.stop()
    assert desk.shelf.rows() == []
    assert {*desk.shelf.places.spool.glob("*")} == before


def test_a_star_code_begins_and_ends_it(telephony: Telephony, tmp_path: Path) -> None:
    """On demand: what was said before and after is not kept."""
    desk = Desk(telephony, tmp_path, Recording(mode="on-demand", announce="no", key="*1"))

    async def story() -> None:
        await deferToThread(telephony.come_online, "8002")
        said = {"extension": "8001", "digits": "8002", "talk": 60, "until": "answered"}
        dialled = await telephony.simulator.dial(said)
        while desk.recorder.on_demand() != {"8001": False, "8002": False}:
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        await telephony.simulator.keys({"call": dialled["call"], "digits": "*1"})
        while [row.state for row in desk.shelf.rows()] != ["going"]:
            await sleep(ReactorClock(reactor), timedelta(milliseconds=20))
        await on_disk(desk.shelf)
        await telephony.simulator.keys({"call": dialled["call"], "digits": "*1"})
        await desk.ended()
        assert await desk.recorder.ask("8002", "nurse", begins=True)
        assert not await desk.recorder.ask("8002", "nurse", begins=True)
        assert not await desk.recorder.ask("8019", "nurse", begins=True)
        await telephony.simulator.hang_up({"call": dialled["call"]})
        await until_nobody_calls(telephony)
        await desk.ended()

    run(story())
    desk.stop()
    first = desk.shelf.sealed()[0]
    assert first.row.seconds > 1
    assert first.tone(0, after=0) == PHONE_TONE


def test_only_who_is_outside_is_told(telephony: Telephony, tmp_path: Path) -> None:
    """A call to outside: the far end hears the notice, the phone of the house does not; it is kept as “out”."""
    desk = Desk(telephony, tmp_path, Recording(mode="always", announce="outside"), notice=0.5)
    booth = Booth(desk.exchange)

    async def story() -> str:
        far = await telephony.simulator.phone({"number": NUMBER, "answer": "yes", "hear": True})
        said = {"extension": "8001", "digits": f"600{NUMBER}", "talk": 5, "hear": True}
        near = await telephony.simulator.dial(said)
        assert near["outcome"] == "answered"
        await telephony.simulator.phone({"number": NUMBER, "answer": ""})
        await until_nobody_calls(telephony)
        await booth.ended.until(bool)
        await desk.ended()
        assert tone_in(Path(far["heard"]), NOTICE) > 0.1
        assert tone_in(Path(near["heard"]), NOTICE) < 0.01
        return str(near["outcome"])

    run(story())
    desk.stop()
    [kept] = desk.shelf.sealed()
    assert (kept.row.caller, kept.row.called, kept.row.direction) == ("8001", NUMBER, "out")
    assert (kept.row.extensions, kept.row.trunk) == (",8001,", "telecom")
    assert kept.share(0, NOTICE) < 0.02


def test_a_transfer_ends_one_recording_and_begins_the_next(telephony: Telephony, tmp_path: Path) -> None:
    """8004 talks with 8005, who hands them on to 8006: two legs of talk, and the first says whom it went to."""
    desk = Desk(telephony, tmp_path, Recording(mode="always", announce="no"))
    with phones(telephony, tmp_path, {"8004": FIRST, "8005": SECOND, "8006": THIRD}) as (caller, at_desk, third):

        async def story() -> None:
            await caller.command("dial", "8005")
            await caller.hears(SECOND)
            await at_desk.hears(FIRST)
            await on_disk(desk.shelf)
            await at_desk.command("transfer", "8006")
            await caller.hears(THIRD)
            await third.hears(FIRST)
            await on_disk(desk.shelf)
            await third.command("hangup")
            await caller.happens("CALL_CLOSED")
            await desk.ended()

        run(story())
    desk.stop()
    before, after = desk.shelf.sealed()
    assert (before.row.caller, before.row.called, before.row.passed_to) == ("8004", "8005", "8006")
    assert (after.row.caller, after.row.called, after.row.passed_to) == ("8004", "8006", "")
    assert before.row.ended_at <= after.row.began_at
    assert before.share(0, FIRST) > 0.9
    assert before.share(1, SECOND) > 0.9
    assert after.share(0, FIRST) > 0.9
    assert after.share(1, THIRD) > 0.9
