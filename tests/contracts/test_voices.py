"""The same cases on the fake voice, on pyttsx3 in its worker, and on the espeak-ng command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twisted.internet.defer import Deferred

from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import State
from appliance.foundation.values import Language
from tests import real_reactor
from tests.fakes.voice import FakeVoice
from tests.speech import working
from tts.pinyin import Pinyin
from tts.voice import RATE, Spoken, Voice, VoiceFailed, speakable
from tts.voice_command import CommandVoice
from tts.voice_link import WorkerVoice
from tts.voice_parts import simple
from tts.wav import Sound, finish

CALL = "护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!"
PINYIN = Pinyin()


def spoken(text: str, language: Language = "zh", speed: int = 160) -> Spoken:
    return speakable(text, language, speed, PINYIN)


def said(voice: Voice, *sentences: Spoken) -> list[Sound]:
    """All of them asked for at the same time."""

    async def together() -> list[Sound]:
        asked = [Deferred.fromCoroutine(voice.render(each)) for each in sentences]
        return [await each for each in asked]

    return real_reactor.run(together())


def talking(sound: Sound) -> float:
    """Seconds of `sound` without its pauses."""
    window = sound.rate // 50
    loud = abs(sound.samples[: len(sound.samples) // window * window].astype(int)).reshape(-1, window).max(axis=1) > 300
    return float(loud.sum()) / 50


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerVoice]:
    """pyttsx3, its worker up."""
    states = real_reactor.Heard[State]()
    reactor = real_reactor.start()
    with working(tmp_path_factory.mktemp("worker")) as process:
        voice = WorkerVoice(
            simple(),
            process.socket,
            reactor=reactor,
            clock=ReactorClock(reactor),
            told=lambda state, _="", /, **facts: states.append(state),
        )
        real_reactor.call(voice.start)
        real_reactor.run(states.until(lambda heard: State.UP in heard))
        yield voice
        real_reactor.call(voice.stop)


@pytest.fixture(params=["fake", "pyttsx3", "espeak-ng"])
def voice(request: pytest.FixtureRequest) -> Iterator[Voice]:
    """Each voice in turn."""
    if request.param == "fake":
        yield FakeVoice()
    elif request.param == "pyttsx3":
        yield request.getfixturevalue("worker")
    else:
        reactor = real_reactor.start()
        yield CommandVoice(reactor=reactor, clock=ReactorClock(reactor))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (CALL, "zh"),
        ("加五床呼叫", "zh"),
        ("一二零三房间二床,输液完毕", "zh"),
        ("Nurse, please: level one care, bed twenty-eight is calling. Please attend at once. Thank you.", "en"),
    ],
)
def test_a_sentence_is_said(voice: Voice, text: str, language: Language) -> None:
    """At a speed one can follow, clearly, not clipped, beginning soon."""
    sentence = spoken(text, language)
    (sound,) = said(voice, sentence)
    assert sound.rate == RATE
    heard = finish(sound)
    assert 0.12 < talking(heard) / sentence.syllables < 0.35
    assert sound.peak > 5_000
    assert (abs(sound.samples.astype(int)) >= 32_767).mean() < 0.0001
    assert (abs(heard.samples[: RATE // 10].astype(int)) > 500).any()


def test_sentences_asked_for_together_are_not_mixed_up(voice: Voice) -> None:
    """Each gets its own: the lengths are those of the sentences said alone."""
    sentences = [spoken("床" * number) for number in (2, 16, 5, 11)]
    alone = [said(voice, sentence)[0].seconds for sentence in sentences]
    together = [sound.seconds for sound in said(voice, *sentences)]
    assert together == pytest.approx(alone, abs=0.1)


def test_the_speed_is_the_plan_s(voice: Voice) -> None:
    """Slower takes longer; a fake's hum is as long at any speed."""
    if isinstance(voice, FakeVoice):
        assert voice.asked == []
        return
    seconds = [said(voice, spoken(CALL, speed=speed))[0].seconds for speed in (100, 220) * 5]
    assert seconds == pytest.approx([seconds[0], seconds[1]] * 5, rel=0.02)
    assert seconds[0] > seconds[1] * 1.5


@pytest.mark.parametrize("sentence", [Spoken("", "zh", 160), Spoken("hu4 " * 11_000, "zh", 160)], ids=["empty", "huge"])
def test_what_cannot_be_said_fails_and_the_next_is_said(voice: Voice, sentence: Spoken) -> None:
    """Neither hangs nor crashes it for good."""
    with pytest.raises(VoiceFailed):
        said(voice, sentence)
    assert said(voice, spoken(CALL))[0].seconds > 3


def test_odd_text_is_harmless(voice: Voice) -> None:
    """Phonemes, markup, options and other scripts are cleaned away before any voice."""
    for text in (
        "[[k'Il]] one two three",
        "--help -w /tmp/x one two three",
        "<speak>one two three</speak>",
        "一 two 三 four",
    ):
        assert said(voice, spoken(text, "en"))[0].seconds < 6
