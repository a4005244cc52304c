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
from nursecall.events import AnnouncementDue, CallEscalated
from nursecall.patients import Patients
from nursecall.reading import Press
from nursecall.store import CallStore
from nursecall.ward import Wards
from tests.fakes.clock import FakeClock
from tests.fakes.database import InlineDatabase
from tests.support import now
from tts.speaker import Clip

SAMPLE = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")


class Voice:
    """Remembers what it said; `lost` says nothing."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Language]] = []
        self.lost = False

    async def say(self, text: str, language: Language) -> Clip | None:
        self.said.append((text, language))
        return None if self.lost else Clip("0" * 32, Path("x.wav"), 3.0, "fake")


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
        self.announced: list[tuple[str, str, str | None]] = []
        self.health = 0

    def calls_changed(self, ward: str) -> None:
        self.wards.append(ward)

    def announce(self, ward: str, call: str, text: str, key: str | None, language: Language, priority: int) -> None:
        self.announced.append((ward, text, key))

    def health_changed(self) -> None:
        self.health += 1

    def messages_changed(self) -> None:
        raise AssertionError("no message is sent here")


class House:
    """A house small enough to see through."""

    def __init__(self) -> None:
        self.plan = parse(SAMPLE, Plan)
        self.clock, self.bus, self.database = FakeClock(), Bus(), InlineDatabase()
        self.voice, self.mail, self.screens = Voice(), Mail(), Screens()
        patients = Patients(self.database, self.bus, self.clock)
        store, zone = CallStore(self.database), self.plan.site.zone
        self.wards = Wards(self.plan.nursecall, zone, store, patients, self.clock, self.bus)
        Reactions(self.bus, lambda: self.plan, self.database, self.wards, self.voice, self.mail, self.screens)

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
    assert house.screens.announced == [("ward-a", sentence, "0" * 32)]


def test_without_any_voice_the_stations_still_chime() -> None:
    """The announcement goes out with no clip: the chime and the text remain."""
    house = House()
    house.voice.lost = True
    house.bus.publish(house.due())
    [(ward, _, key)] = house.screens.announced
    assert (ward, key) == ("ward-a", None)


def test_a_press_shows_and_when_nobody_comes_every_nurse_on_duty_is_texted() -> None:
    """From the wire to the outbox, in the ward's language, without the patient's name."""
    house = House()
    now(house.wards.start())
    [line] = [line for line in house.plan.nursecall.lines if line.id == "ward-a"]
    ward = house.plan.nursecall.ward("ward-a")
    assert ward is not None
    told: list[CallEscalated] = []
    house.bus.subscribe(CallEscalated, told.append)
    house.wards.heard(line, Press("28", "call"))
    assert "ward-a" in house.screens.wards
    house.clock.advance(ward.patience)
    local = house.clock.now().astimezone(house.plan.site.zone).time()
    assert [to for to, _, _ in house.mail.sent] == [duty.mobile for duty in ward.on_duty(local)]
    _, text, about = house.mail.sent[0]
    assert text == "内科一病区 28床 呼叫,09:00 起等待,尚无人前往,请尽快处理。"
    assert about == told[0].call
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
