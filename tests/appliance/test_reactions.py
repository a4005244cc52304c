"""What one part's event means for another."""

from __future__ import annotations

from pathlib import Path

from appliance.foundation import journal
from appliance.foundation.bus import Bus
from appliance.foundation.config import parse
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.values import Language
from appliance.plan import Plan
from appliance.reactions import Reactions
from nursecall.duties import PlanDuties
from nursecall.events import AnnouncementDue, CallEscalated
from nursecall.patient import Patient
from nursecall.patients import Patients
from nursecall.reading import Presence, Press
from nursecall.store import CallStore
from nursecall.ward import Wards
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now
from tts.places import Announcement
from tts.speaker import Clip
from web.live import Say

SAMPLE = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")


CLIP = Clip("0" * 32, Path("x.wav"), 3.0, "fake")


class Places:
    """Remembers what loudspeakers were told."""

    def __init__(self) -> None:
        self.announced: list[Announcement] = []

    def announce(self, announcement: Announcement) -> None:
        self.announced.append(announcement)


class Voice:
    """Remembers what it said; `lost` says nothing."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Language]] = []
        self.lost = False

    async def say(self, text: str, language: Language) -> Clip | None:
        self.said.append((text, language))
        return None if self.lost else CLIP


class Mail:
    """Remembers what was to be sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def accept(self, to: str, text: str, about: str) -> str:
        self.sent.append((to, text, about))
        return "message"


class Screens:
    """Remembers what open screens were told."""

    def __init__(self) -> None:
        self.wards: list[str] = []
        self.announced: list[tuple[str, Say]] = []
        self.health = 0

    def calls_changed(self, ward: str) -> None:
        self.wards.append(ward)

    def announce(self, ward: str, say: Say) -> None:
        self.announced.append((ward, say))

    def health_changed(self) -> None:
        self.health += 1

    def trace_changed(self, line: str) -> None:
        raise AssertionError("no line is open here")

    def messages_changed(self) -> None:
        raise AssertionError("no message is sent here")

    def talks_changed(self) -> None:
        """None here."""

    def conferences_changed(self) -> None:
        raise AssertionError("nobody confers here")

    def misuse_changed(self) -> None:
        raise AssertionError("nobody calls outside here")

    def voicemail_changed(self) -> None:
        raise AssertionError("nobody leaves messages here")


class House:
    """A house small enough to see through."""

    def __init__(self) -> None:
        self.plan = parse(SAMPLE, Plan)
        self.clock, self.bus, self.database = FakeClock(), Bus(), InlineDatabase()
        self.voice, self.mail, self.screens, self.places = Voice(), Mail(), Screens(), Places()
        self.patients = patients = Patients(self.database, self.bus, self.clock)
        store, zone = CallStore(self.database), self.plan.site.zone
        self.wards = Wards(self.plan.nursecall, zone, store, patients, self.clock, self.bus)
        Reactions(
            self.bus, lambda: self.plan, self.database, self.wards, self.voice, self.mail, self.screens, self.places,
            patients,
        )  # fmt: skip

    def due(self, **other: object) -> AnnouncementDue:
        facts: dict[str, object] = {"call": "c", "ward": "ward-a", "bed": "28", "call_type": "call", "care_grade": 1}
        facts |= {"language": "zh", "priority": 5, "round": 1, **other}
        return AnnouncementDue(at=self.clock.now(), **facts)  # type: ignore[arg-type]


def test_a_call_is_spoken_in_the_words_of_the_hospital() -> None:
    """Grade, bed and kind, to the letter."""
    house = House()
    house.bus.publish(house.due())
    sentence = "护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!"
    assert house.voice.said == [(sentence, "zh")]
    assert house.screens.announced == [("ward-a", Say("c", sentence, "0" * 32, "zh", 5, "call"))]
    [place] = house.places.announced
    assert (place.ward, place.tone, place.clip) == ("ward-a", "call", CLIP)


def test_each_kind_of_call_has_its_chime() -> None:
    """As the plan says; a kind it does not know has the plain one."""
    house = House()
    for kind in ("call", "wc", "code-blue", "infusion", "unheard-of"):
        house.bus.publish(house.due(call_type=kind))
    tones = [say.tone for _, say in house.screens.announced]
    assert tones == ["call", "urgent", "emergency", "soft", "call"]
    assert [one.tone for one in house.places.announced] == tones


def test_a_name_is_spoken_only_where_the_site_wishes_it_and_never_in_public() -> None:
    """Off at first. Then at the station, with surname and title; a loudspeaker in the corridor says the bed."""
    house = House()
    patient = Patient("ward-a", "28", "n", "单雄信", "M", None, 1, None, "")
    now(house.patients.import_list([patient]))
    house.bus.publish(house.due())
    assert "先生" not in str(house.voice.said)
    speech = house.plan.speech.model_copy(update={"names": True})
    house.plan = house.plan.model_copy(update={"speech": speech})
    house.voice.said.clear()
    house.bus.publish(house.due())
    everywhere, at_station = (text for text, _ in house.voice.said)
    assert "二十八床,单先生呼叫" in at_station
    assert everywhere == "护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!"
    assert house.screens.announced[-1][1].text == at_station
    assert house.places.announced[-1].clip == CLIP


def test_without_any_voice_the_stations_still_chime() -> None:
    """The announcement goes out with no clip: the chime and the text remain."""
    house = House()
    house.voice.lost = True
    house.bus.publish(house.due())
    [(ward, say)] = house.screens.announced
    assert (ward, say.key) == ("ward-a", None)
    assert house.places.announced[0].clip is None


def test_a_press_shows_and_when_nobody_comes_every_nurse_on_duty_is_texted() -> None:
    """From the wire to the outbox, in the ward's language, without the patient's name."""
    house = House()
    now(house.wards.start())
    [line] = [line for line in house.plan.nursecall.lines if line.id == "ward-a"]
    ward = house.plan.nursecall.ward("ward-a")
    assert ward is not None
    told: list[CallEscalated] = []
    house.bus.subscribe(CallEscalated, told.append)
    house.wards.heard(line, Press("ward-a", "28", "call"))
    assert "ward-a" in house.screens.wards
    house.clock.advance(ward.patience)
    duties = PlanDuties(lambda: house.plan.nursecall, house.plan.site.zone)
    on_duty = [person for person in duties.on_duty("ward-a", house.clock.now()) if person.role == "nurse"]
    assert [to for to, _, _ in house.mail.sent] == [person.mobile for person in on_duty]
    _, text, about = house.mail.sent[0]
    assert text == "内科一病区 28床 呼叫,09:00 起等待,尚无人前往,请尽快处理。"
    assert about == told[0].call
    house.wards.stop()


def test_a_line_in_trouble_is_spoken_as_one_and_texted_as_one() -> None:
    """It is no bed, and nobody lies there."""
    house = House()
    now(house.wards.start())
    house.bus.publish(HealthChanged(at=house.clock.now(), part="line:ward-a", state=State.DOWN))
    house.clock.advance(5)
    assert house.voice.said == [("呼叫线路故障,部分床位可能无法呼叫", "zh")]
    house.clock.advance(60)
    _, text, _ = house.mail.sent[0]
    assert text == "内科一病区 线路故障,自 09:00 起,尚无人处理,请尽快处理。"
    house.wards.stop()


def test_a_nurse_who_comes_and_goes_is_seen() -> None:
    """Also at a bed where no call is open."""
    house = House()
    now(house.wards.start())
    [line] = [line for line in house.plan.nursecall.lines if line.id == "ward-a"]
    house.wards.heard(line, Presence("ward-a", "28", True))
    assert house.screens.wards == ["ward-a"]
    house.wards.stop()


def test_health_is_written_down_once_a_change() -> None:
    """A part that repeats its state fills no journal."""
    house = House()
    for state in (State.DOWN, State.DOWN, State.UP):
        house.bus.publish(HealthChanged(at=house.clock.now(), part="line:ward-a", state=state))
    with house.database.engine.begin() as connection:
        written = [entry.body["state"] for entry in journal.entries(connection)]
    assert written == ["down", "up"]
    assert house.screens.health == 3


def test_what_happened_while_the_records_were_down_is_written_afterwards() -> None:
    """The journal says in the morning what was down at night, the records themselves included."""
    house = House()
    house.database.broken = OSError("no disk")
    house.bus.publish(HealthChanged(at=house.clock.now(), part="storage:database", state=State.DOWN))
    house.bus.publish(HealthChanged(at=house.clock.now(), part="line:ward-a", state=State.DOWN))
    house.database.broken = None
    house.bus.publish(HealthChanged(at=house.clock.now(), part="storage:database", state=State.UP))
    with house.database.engine.begin() as connection:
        written = [(entry.body["part"], entry.body["state"]) for entry in journal.entries(connection)]
    assert written == [("storage:database", "down"), ("line:ward-a", "down"), ("storage:database", "up")]
