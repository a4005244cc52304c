"""The speaker, with voices that fail when told to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.health import HealthChanged, State
from tests.fakes.clock import FakeClock
from tests.fakes.voice import FakeVoice
from tests.support import now
from tts.cache import SPARE
from tts.plan import SpeechPlan
from tts.preparation import AGAIN, PART
from tts.speaker import MOST_FOR_LATER, Clip, Speaker
from tts.voices import RETRY, Health, Voices
from tts.wav import PEAK, TELEPHONE_RATE, parse

CALL = "护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!"


class Room:
    """A speaker in a directory of its own, its voices (the good one is not there), and what the status page heard."""

    def __init__(self, directory: Path, plan: SpeechPlan | None = None) -> None:
        self.clock = FakeClock()
        self.good = FakeVoice("kokoro", pitch=330.0)
        self.good.well = False
        self.worker = FakeVoice("pyttsx3")
        self.fallback = FakeVoice("espeak-ng", pitch=110.0)
        self.heard: list[tuple[str, State]] = []
        bus = Bus()
        self.progress: list[tuple[int, int]] = []
        bus.subscribe(HealthChanged, self._hear)
        self.speaker = Speaker(
            directory / "worker.sock",
            directory / "speech",
            plan or SpeechPlan(),
            reactor=ReactorBase.__new__(ReactorBase),
            clock=self.clock,
            bus=bus,
            voices=Voices(self.good, self.worker, self.fallback, Health(self.clock, bus), self.clock),
        )
        self.speaker.start()

    def _hear(self, event: HealthChanged) -> None:
        if event.part == PART:
            self.progress.append((int(dict(event.facts)["ready"]), int(dict(event.facts)["all"])))
        else:
            self.heard.append((event.part, event.state))

    def pass_time(self, seconds: float) -> None:
        """In steps, as it passes."""
        for _ in range(round(seconds / 0.05)):
            self.clock.advance(0.05)

    def say(self, text: str = CALL) -> Clip | None:
        return now(self.speaker.say(text, "zh"))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A room whose voices are well."""
    room = Room(tmp_path)
    yield room
    room.speaker.stop()
    assert room.clock.twisted.getDelayedCalls() == []


def test_a_call_is_said_by_the_worker(room: Room) -> None:
    """As pinyin, at the plan's speed; the clip is a levelled WAV that can be found by its key."""
    clip = room.say()
    assert clip is not None
    assert clip.engine == "pyttsx3"
    assert room.worker.asked[0].words.startswith("hu4 shi4 nin2 hao3, yi1 ji2 hu4 li3, er4 shi2 ba1 chuang2")
    assert room.worker.asked[0].speed == 160
    sound = parse(clip.path.read_bytes())
    assert sound.rate == 22_050
    assert sound.peak == pytest.approx(PEAK, rel=0.001)
    assert sound.seconds == pytest.approx(clip.seconds)
    assert room.speaker.clip_path(clip.key) == clip.path


def test_it_is_said_once_and_heard_often(room: Room) -> None:
    """The second time it comes from the cache."""
    assert room.say() == room.say()
    assert len(room.worker.asked) == 1


def test_two_who_ask_at_the_same_time_get_the_same_sentence(room: Room) -> None:
    """Rendered once."""
    room.worker.held = True
    first, second = (Deferred.fromCoroutine(room.speaker.say(CALL, "zh")) for _ in range(2))
    assert not first.called
    room.worker.release()
    assert first.result == second.result
    assert first.result is not None
    assert len(room.worker.asked) == 1


def test_one_who_goes_away_does_not_take_it_from_the_other(room: Room) -> None:
    """A browser that closes must not silence the ward."""
    room.worker.held = True
    first, second = (Deferred.fromCoroutine(room.speaker.say(CALL, "zh")) for _ in range(2))
    first.addErrback(lambda _: None)
    first.cancel()
    room.worker.release()
    assert isinstance(second.result, Clip)


def test_digits_never_reach_a_voice(room: Room) -> None:
    """Sums and minutes are spelled out first, in both languages."""
    room.say("余额12.50元,还可以通话3分钟")
    now(room.speaker.say("Balance ¥12.50, account 100001.", "en"))
    assert room.worker.asked[0].words == ("yu2 e2 shi2 er4 yuan2 wu3 jiao3, hai2 ke3 yi3 tong1 hua4 san1 fen1 zhong1")
    assert room.worker.asked[1].words == "Balance twelve yuan and fifty fen, account one zero zero zero zero one."


def test_markup_never_reaches_a_voice(room: Room) -> None:
    """Nothing in a bed's name is an engine's command."""
    now(room.speaker.say("bed [[k'Il]] <break time='9s'/> $(reboot) \\ ` one\x00\x07", "en"))
    assert not set(room.worker.asked[0].words) & set("[]<>/$()\\`=\x00\x07")


def test_a_site_may_say_yao_and_read_its_own_names(tmp_path: Path) -> None:
    """The plan's `one` and `pinyin`; a new plan is spoken at once."""
    room = Room(tmp_path, SpeechPlan(one="yao", pinyin={"单": "shan4"}, speed=140))
    room.say("分机8001,单雄信")
    room.speaker.replan(SpeechPlan())
    room.say("分机8001,单雄信")
    assert [(spoken.words, spoken.speed) for spoken in room.worker.asked] == [
        ("fen1 ji1 ba1 ling2 ling2 yao1, shan4 xiong2 xin4", 140),
        ("fen1 ji1 ba1 ling2 ling2 yi1, dan1 xiong2 xin4", 160),
    ]


def test_without_the_worker_espeak_says_it(room: Room) -> None:
    """At once, without asking the worker; and the worker says it again when it is back."""
    room.worker.well = False
    clip = room.say()
    assert clip is not None
    assert clip.engine == "espeak-ng"
    assert room.worker.asked == []
    room.worker.well = True
    assert room.say() == clip
    better = room.say()
    assert better is not None
    assert better.engine == "pyttsx3"


def test_when_the_worker_fails_espeak_says_it(room: Room) -> None:
    """The same call, not the next one."""
    room.worker.broken = "the engine hung and was killed"
    clip = room.say()
    assert clip is not None
    assert clip.engine == "espeak-ng"


def test_with_no_voice_left_there_is_still_the_chime(room: Room) -> None:
    """Nothing is said, nothing is raised, the status page knows, and the chime is a file."""
    room.worker.well = False
    room.fallback.broken = "espeak-ng is not installed"
    assert room.say() is None
    assert now(room.speaker.prompt("请稍等", "zh")) is None
    assert room.heard == [("speech:fallback", State.UP), ("speech:fallback", State.DOWN)]
    chime = room.speaker.chime_path()
    assert chime is not None
    assert parse(chime.read_bytes()).seconds > 0.5
    room.fallback.broken = None
    assert room.say() is not None
    assert room.heard[-1] == ("speech:fallback", State.UP)


def test_a_fallback_that_does_not_start_is_tried_again(tmp_path: Path) -> None:
    """The status page learns by itself that it is back, without a call."""
    room = Room(tmp_path)
    room.fallback.broken = "not yet"
    room.speaker.start()
    room.clock.advance(RETRY)
    room.fallback.broken = None
    room.clock.advance(RETRY)
    assert [state for _, state in room.heard] == [State.UP, State.DOWN, State.UP]
    room.speaker.stop()


def test_a_fallback_that_failed_once_is_tried_again(room: Room) -> None:
    """It is not needed again while the worker is well, and the status page must not say for days that it is dumb."""
    room.worker.well, room.fallback.broken = False, "it took too long and was killed"
    assert room.say() is None
    room.worker.well, room.fallback.broken = True, None
    room.clock.advance(RETRY)
    assert [state for _, state in room.heard] == [State.UP, State.DOWN, State.UP]
    room.speaker.stop()


@pytest.mark.parametrize("text", ["", "   ", "。!,", "𠮷", "[[", "🙂"])
def test_nothing_to_say_is_not_said(room: Room, text: str) -> None:
    """An engine that is asked to say nothing raises or hangs."""
    assert room.say(text) is None
    assert room.worker.asked == []


def test_a_very_long_text_is_cut(room: Room) -> None:
    """11 000 characters crash espeak."""
    assert room.say("护士" * 6000) is not None
    assert len(room.worker.asked[0].words) < 3000


def test_a_fault_of_ours_is_not_raised(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks in here, the chime and the screen call."""
    monkeypatch.setattr("tts.speaker.speakable", lambda *_: 1 / 0)
    assert room.say() is None


def test_a_prompt_is_for_the_telephone(room: Room) -> None:
    """8 kHz, mono, 16 bit, −3 dB; made once."""
    path = now(room.speaker.prompt("请输入您的账号", "zh"))
    assert path is not None
    sound = parse(path.read_bytes())
    assert sound.rate == TELEPHONE_RATE
    assert sound.peak == pytest.approx(PEAK, rel=0.001)
    assert now(room.speaker.prompt("请输入您的账号", "zh")) == path
    assert len(room.worker.asked) == 1


def test_the_good_voice_is_never_waited_for(room: Room) -> None:
    """The first time another voice speaks at once; from the next time on it is the good one."""
    room.good.well = room.good.held = True
    clip = room.say()
    assert clip is not None
    assert clip.engine == "pyttsx3"
    assert room.say() == clip
    room.good.release()
    better = room.say()
    assert better is not None
    assert better.engine == "kokoro"
    assert len(room.good.asked) == 1


def test_what_the_good_voice_has_said_is_heard_without_it(room: Room) -> None:
    """Its sentences are files; the worker may be gone."""
    room.good.well = True
    room.say()
    room.good.well = room.worker.well = False
    clip = room.say()
    assert clip is not None
    assert clip.engine == "kokoro"


def test_another_voice_is_another_sentence(room: Room) -> None:
    """The plan chooses anew: what the old voice said is not heard any more."""
    room.good.well = True
    room.say()
    room.good.name = "kokoro with another voice"
    clip = room.say()
    assert clip is not None
    assert clip.engine == "pyttsx3"


def test_a_box_that_is_overrun_does_not_hoard(room: Room) -> None:
    """Only so many sentences wait for the good voice; the others were heard, and come again."""
    room.good.well = room.good.held = True
    for number in range(MOST_FOR_LATER + 10):
        room.say(f"{number}床呼叫")
    for _ in range(MOST_FOR_LATER):
        room.good.release()
    assert len(room.good.asked) == MOST_FOR_LATER


def test_sentences_are_made_in_advance(room: Room) -> None:
    """By the good voice, one after another; a ready one is not made again; the status page counts."""
    room.good.well = True
    room.speaker.prepare([(CALL, "zh"), ("", "zh"), ("Hello there.", "en"), (CALL, "zh")])
    room.pass_time(1)
    assert len(room.good.asked) == 2
    clip = room.say()
    assert clip is not None
    assert clip.engine == "kokoro"
    assert room.worker.asked == []
    assert room.progress[-1] == (4, 4)


def test_a_call_overtakes_what_is_made_in_advance(room: Room) -> None:
    """What was just asked for is made before tomorrow's sentences."""
    room.good.well = room.good.held = True
    room.speaker.prepare([("一床", "zh"), ("二床", "zh")])
    room.pass_time(1)
    room.say("三床")
    room.good.release()
    room.pass_time(1)
    assert [spoken.words for spoken in room.good.asked] == ["yi1 chuang2", "san1 chuang2"]
    room.good.release()
    assert [spoken.words for spoken in room.good.asked][2:] == ["er4 chuang2"]
    room.good.release()


def test_nothing_is_made_in_advance_on_a_full_disk(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The space is the records'. It goes on when there is room again."""
    room.good.well = True
    free = [SPARE - 1]
    monkeypatch.setattr("tts.cache.shutil.disk_usage", lambda _: SimpleNamespace(free=free[0]))
    room.speaker.prepare([("一床", "zh")])
    room.pass_time(60)
    assert room.good.asked == []
    free[0] = SPARE + 1
    room.pass_time(10)
    assert len(room.good.asked) == 1


def test_a_new_plan_replaces_the_old_one_s_sentences(room: Room) -> None:
    """Those not made yet are not made any more."""
    room.good.well = room.good.held = True
    room.speaker.prepare([("一床", "zh"), ("二床", "zh")])
    room.pass_time(1)
    room.speaker.prepare([("三床", "zh")])
    room.pass_time(1)
    room.good.release()
    room.pass_time(1)
    assert [spoken.words for spoken in room.good.asked] == ["yi1 chuang2", "san1 chuang2"]
    room.good.release()


def test_a_good_voice_that_fails_is_tried_again_later(room: Room) -> None:
    """The sentence is missing from the count until then."""
    room.good.well = True
    room.good.broken = "it died"
    room.speaker.prepare([("一床", "zh")])
    room.pass_time(2)
    assert room.progress == [(0, 1)]
    room.good.broken = None
    room.pass_time(AGAIN.total_seconds() + 2)
    assert room.progress == [(0, 1), (1, 1)]


def test_a_cache_that_cannot_be_written_does_not_silence_the_ward(tmp_path: Path) -> None:
    """The sentence and the chime are files elsewhere; the status page says so, and when it is over."""
    (tmp_path / "speech").write_text("a file where the directory should be")
    room = Room(tmp_path)
    clip = room.say()
    chime = room.speaker.chime_path()
    assert clip is not None
    assert parse(clip.path.read_bytes()).seconds == pytest.approx(clip.seconds)
    assert chime is not None
    assert ("speech:cache", State.DEGRADED) in room.heard
    (tmp_path / "speech").unlink()
    (tmp_path / "speech").mkdir()
    assert room.say("二床呼叫") is not None
    assert room.heard[-1] == ("speech:cache", State.UP)
    room.speaker.stop()
    assert not clip.path.exists()
