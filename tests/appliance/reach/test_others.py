"""Steps by supervisor, pager, neighbours, loudspeaker and mail: who is told what, and what is noted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from appliance.foundation.values import Language
from appliance.reach.aloud import Neighbours, Speakers
from appliance.reach.letters import Letters
from appliance.reach.pages import Pages
from appliance.reach.phones import Supervisor
from nursecall.duties import PlanDuties
from nursecall.page_memory import Page
from nursecall.paging import Outcome, Result
from nursecall.plan_places import Place
from pbx.events import NoticeFailed, NoticeSent
from pbx.notices import Notice
from pbx.plan_messages import Mail
from tests.appliance.reach.cardboard import ANNA, House
from tests.support import now
from tts.places import Announcement
from tts.speaker import Clip
from web.live import Say


class Outbox:
    """Remembers what was to be sent; `broken` takes nothing."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.broken = False

    async def accept(self, to: str, text: str, about: str) -> str:
        if self.broken:
            raise OSError("no disk")
        self.sent.append((to, text, about))
        return "message"


class Aloud:
    """Voice, loudspeakers and screens."""

    def __init__(self) -> None:
        self.announced: list[Announcement] = []
        self.said: list[tuple[str, Say]] = []
        self.redrawn: list[str] = []

    async def say(self, text: str, language: Language) -> Clip:
        return Clip(text, Path("x.wav"), 2.0, "fake")

    def calls_changed(self, ward: str) -> None:
        self.redrawn.append(ward)

    def announce(self, *what: Any) -> None:
        if len(what) == 1:
            self.announced.append(what[0])
        else:
            self.said.append((what[0], what[1]))


class PagerSystems:
    """One that takes pages, unless `why` says otherwise."""

    def __init__(self) -> None:
        self.paged: list[tuple[str, str, str, int | None]] = []
        self.result = Result.DELIVERED

    async def page(
        self, pager: str, address: str, text: str, priority: int | None = None, about: Page | None = None
    ) -> Outcome:
        self.paged.append((pager, address, text, priority))
        return Outcome(self.result, "{said}", (("said", "so"),))


class PostOffice:
    """Remembers what was handed in."""

    def __init__(self) -> None:
        self.taken: list[Notice] = []

    async def accept(self, letters: Sequence[Notice]) -> None:
        self.taken += letters


def test_a_supervisor_gets_a_message_and_is_rung() -> None:
    """The message also when it cannot be sent: the telephone rings all the same."""
    for broken in (False, True):
        house, outbox = House(), Outbox()
        outbox.broken = broken
        step = house.step(house.press(), "supervisor", ANNA)
        house.carry(step, Supervisor(outbox, house.phones))
        assert outbox.sent == ([] if broken else [("13800138001", "28床 呼叫", step.call)])
        house.exchange.answers("8613800138001").press("1")
        assert house.call().acknowledged_by == "Anna"


def test_a_pager_is_paged_and_what_became_of_it_noted() -> None:
    """`dect` has the system's own address, `dect:17` another."""
    for to, address in (("dect", ""), ("dect:17", "17")):
        for result, outcome in ((Result.DELIVERED, "delivered"), (Result.REFUSED, "failed")):
            house, systems = House(), PagerSystems()
            systems.result = result
            plan = partial(lambda one: one.plan, house)
            pages = Pages(plan, house.wards, partial(lambda one: one, systems), house.clock, house.bus)
            house.carry(house.step(house.press(), "pager", (to, to)), pages)
            assert systems.paged == [("dect", address, "28床 呼叫", None)]
            assert house.results()[0] == (to, to, outcome)


def neighbours(house: House, outbox: Outbox, aloud: Aloud) -> Neighbours:
    """As the house has them."""
    speakers = Speakers(lambda: house.plan, house.wards, aloud, aloud, house.clock)
    duties = PlanDuties(lambda: house.plan.nursecall, house.plan.site.zone)
    return Neighbours(
        lambda: house.plan, house.wards, speakers, aloud, aloud, outbox, duties, house.clock, house.bus
    )  # fmt: skip


def test_the_ward_next_door_sees_hears_and_reads_it() -> None:
    """In its own language; and its screen is drawn anew whenever the call changes, until it is over."""
    house, outbox, aloud = House(), Outbox(), Aloud()
    call = house.press()
    house.carry(house.step(call, "ward", ("ward-b", "ward-b")), neighbours(house, outbox, aloud))
    text = "Help is needed: Medical ward 1, bed twenty-eight is calling."
    assert [(ward, say.call, say.text) for ward, say in aloud.said] == [("ward-b", call.id, text)]
    [announcement] = aloud.announced
    assert (announcement.ward, announcement.clip and announcement.clip.key) == ("ward-b", text)
    assert [to for to, _, _ in outbox.sent] == ["13800000011"]
    assert house.results()[0] == ("ward-b", "ward-b", "delivered")
    aloud.redrawn.clear()
    house.reset()
    assert aloud.redrawn == ["ward-b"]
    house.press()
    assert aloud.redrawn == ["ward-b"]


def test_who_helps_is_known_again_after_a_restart() -> None:
    """The call that is reset then leaves their screen."""
    house, aloud = House(), Aloud()
    house.carry(house.step(house.press(), "ward", ("ward-b", "ward-b")), neighbours(house, Outbox(), Aloud()))
    neighbours(house, Outbox(), aloud).start()
    house.reset()
    assert aloud.redrawn == ["ward-b"]


def test_a_loudspeaker_says_which_ward_calls() -> None:
    """A ward without one has failed."""
    house, aloud = House(), Aloud()
    speakers = Speakers(lambda: house.plan, house.wards, aloud, aloud, house.clock)
    house.carry(house.step(house.press(), "speaker", ("ward-b", "ward-b")), speakers)
    assert (aloud.announced, house.results()[0][2]) == ([], "failed")
    place = Place.model_validate({"id": "p", "ward": "ward-b", "kind": "alsa", "device": "null"})
    nursecall = house.plan.nursecall.model_copy(update={"places": (place,)})
    house.plan = house.plan.model_copy(update={"nursecall": nursecall})
    house.carry(house.step(house.call(), "speaker", ("ward-b", "ward-b")), speakers)
    assert [one.ward for one in aloud.announced] == ["ward-b"]
    assert house.results()[-1][2] == "delivered"


def test_a_letter_is_delivered_when_the_server_has_it() -> None:
    """And has failed when none ever will."""
    for happened, outcome in ((NoticeSent, "delivered"), (NoticeFailed, "failed")):
        office = PostOffice()
        house = House()
        mail = Mail.model_validate(
            {"id": "m", "host": "127.0.0.1", "sender": "a@b.cn", "to": ["c@d.cn"], "security": "none"}
        )
        house.plan = house.plan.model_copy(update={"pbx": house.plan.pbx.model_copy(update={"mail": (mail,)})})
        letters = Letters(partial(getattr, house, "plan"), house.wards, office, house.clock, house.bus)
        house.carry(house.step(house.press(), "mail", ("n@h.cn", "n@h.cn")), letters)
        [notice] = office.taken
        assert (notice.channel, notice.to) == ("mail:m", "n@h.cn")
        assert house.results()[0][2] is None
        why = {"why": "x"} if happened is NoticeFailed else {}
        house.bus.publish(happened(at=house.clock.now(), notice=notice.id, channel="mail:m", **why))
        assert house.results()[0] == ("n@h.cn", "n@h.cn", outcome)


def test_without_a_mail_server_nobody_can_be_told() -> None:
    """The next step is taken at once."""
    house, office = House(), PostOffice()
    letters = Letters(lambda: house.plan, house.wards, office, house.clock, house.bus)
    house.carry(house.step(house.press(), "mail", ("n@h.cn", "n@h.cn")), letters)
    assert (office.taken, house.results()[0][2]) == ([], "failed")
    now(house.wards.finish())
