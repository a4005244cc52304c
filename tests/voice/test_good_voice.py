"""The good voice in its worker: what it says, and what happens when it is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import HealthChanged, State
from tests import real_reactor
from tests.contracts.test_voices import spoken, talking
from tests.speech import HOUSE, WorkerProcess, alive
from tts.kokoro_model import Model
from tts.plan import SpeechPlan
from tts.speaker import Clip, Speaker
from tts.voice import RATE, Spoken, VoiceFailed
from tts.voice_link import WorkerVoice
from tts.wav import Sound, finish

HEARD = 20_000
"""Bytes; a sound of a fraction of a second."""

CALL = "护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!"
ENGLISH = "Nurse, please: level one care, bed twenty-eight is calling. Please attend at once. Thank you."


def said(voice: WorkerVoice, sentence: Spoken) -> Sound:
    return real_reactor.run(voice.render(sentence), timeout=400)


@pytest.mark.parametrize("sentence", [spoken(CALL), spoken(ENGLISH, "en"), spoken("加五床呼叫")])
def test_a_sentence_is_said(kokoro: WorkerVoice, sentence: Spoken) -> None:
    """At a speed one can follow, clearly, not clipped, beginning soon."""
    sound = said(kokoro, sentence)
    assert sound.rate == RATE
    heard = finish(sound)
    assert 0.12 < talking(heard) / sentence.syllables < 0.35
    assert sound.peak > 5_000
    assert (abs(sound.samples.astype(int)) >= 32_767).mean() < 0.0001
    assert (abs(heard.samples[: RATE // 10].astype(int)) > 500).any()


def test_the_speed_is_the_plan_s(kokoro: WorkerVoice) -> None:
    """Slower takes longer."""
    slow, quick = (said(kokoro, spoken(CALL, speed=speed)).seconds for speed in (110, 210))
    assert slow > 1.4 * quick


def test_what_cannot_be_said_fails_and_the_next_is_said(kokoro: WorkerVoice) -> None:
    """Neither hangs nor crashes it for good."""
    with pytest.raises(VoiceFailed):
        said(kokoro, Spoken("", "zh", 160))
    assert said(kokoro, spoken("二床")).seconds > 0.3


class Room:
    """A worker with the good voice, a speaker, and what the status page hears."""

    def __init__(self, directory: Path, model: Model) -> None:
        self.worker = WorkerProcess(directory, model.directory)
        self.worker.start()
        self.told = real_reactor.Heard[HealthChanged]()
        bus = Bus()
        bus.subscribe(HealthChanged, self.told.append)
        reactor = real_reactor.start()
        clock, kept = ReactorClock(reactor), directory / "speech"
        self.speaker = Speaker(self.worker.socket, kept, SpeechPlan(), reactor=reactor, clock=clock, bus=bus)
        real_reactor.call(self.speaker.start)

    def say(self, text: str = CALL) -> Clip:
        clip = real_reactor.run(self.speaker.say(text, "zh"))
        assert clip is not None
        return clip

    def until(self, part: str, state: State, words: str = "") -> None:
        """Until the status page's latest word of `part` is `state`, with `words` in it."""

        def there(told: list[HealthChanged]) -> bool:
            last = [word for word in told if word.part == part][-1:]
            return [(word.state, words in word.detail.format(**dict(word.facts))) for word in last] == [(state, True)]

        real_reactor.run(self.told.until(there), timeout=400)

    def stop(self) -> None:
        real_reactor.call(self.speaker.stop)
        self.worker.stop()


@pytest.fixture
def room(tmp_path: Path, model: Model) -> Iterator[Room]:
    """Everything up."""
    room = Room(tmp_path, model)
    room.until("speech:kokoro", State.UP, "Kokoro speaks")
    room.until("speech:worker", State.UP)
    yield room
    room.stop()


def test_the_first_is_said_at_once_by_another_and_the_next_by_the_good_one(room: Room) -> None:
    """A call never waits for a voice."""
    assert room.say().engine == "pyttsx3"
    real_reactor.call(lambda: room.speaker.prepare([(CALL, "zh")]))
    room.until("speech:prepared", State.UP, "1 of 1 sentences ready")
    clip = room.say()
    assert clip.engine.startswith("kokoro 6e742170d309 zf_xiaobei")


def test_sentences_are_made_in_advance_and_counted(room: Room) -> None:
    """The status page says how far it is; the sentence is the good voice's from the first time on."""
    real_reactor.call(lambda: room.speaker.prepare([("一床呼叫", "zh"), ("二床呼叫", "zh")]))
    room.until("speech:prepared", State.UP, "2 of 2 sentences ready")
    assert room.say("二床呼叫").engine.startswith("kokoro")


def test_it_is_killed_in_mid_sentence(room: Room) -> None:
    """Nobody hears a thing of it; the page shows it; another is started, and it speaks again."""
    engine = room.worker.engine("tts.kokoro_engine")
    assert engine is not None
    assert engine.nice() == 19
    room.say()
    engine.kill()
    assert room.say("三床呼叫").engine == "pyttsx3"
    room.until("speech:kokoro", State.DEGRADED, "fails")
    room.until("speech:kokoro", State.UP, "Kokoro speaks")
    again = room.worker.engine("tts.kokoro_engine")
    assert again is not None
    assert again.pid != engine.pid


def test_both_engines_end_with_their_worker(room: Room) -> None:
    """However it ends."""
    engines = [room.worker.engine(module) for module in ("tts.voice_engine", "tts.kokoro_engine")]
    assert all(engines)
    room.worker.signal(signal.SIGKILL)
    room.until("speech:kokoro", State.DOWN, "still spoken")
    processes = [engine for engine in engines if engine is not None]
    psutil.wait_procs(processes, timeout=30)
    assert not any(alive(engine.pid) for engine in processes)


def test_an_engine_says_what_it_cannot_do(tmp_path: Path, model: Model) -> None:
    """An unknown voice, nothing to say, nowhere to write; then it goes on."""
    job = {"text": "ni3 hao3", "voice": "zf_xiaobei", "speed": 160, "out": str(tmp_path / "out.wav")}
    faulty = ({"voice": "zf_nobody"}, {"text": ", ."}, {"out": "/nowhere/x.wav"})
    done = subprocess.run(
        [sys.executable, "-m", "tts.kokoro_engine", str(tmp_path), str(model.directory)],
        cwd=HOUSE, input="".join(json.dumps(job | change) + "\n" for change in (*faulty, {})), text=True,
        capture_output=True, timeout=120,
    )  # fmt: skip
    ready, *refused, answer = map(json.loads, done.stdout.splitlines())
    assert ready == {"ready": True}
    assert [set(each) for each in refused] == [{"error"}] * 3
    assert answer["frames"] > 10_000


def test_nobody_is_told_that_it_spoke(model: Model, tmp_path: Path) -> None:
    """The library it runs on would keep an identity and a diary of its use at home, for its makers."""
    home, out = tmp_path / "home", tmp_path / "said.wav"
    home.mkdir()
    job = json.dumps({"text": "er4 shi2 ba1 chuang2", "voice": "zf_xiaobei", "speed": 160, "out": str(out)})
    subprocess.run(
        [sys.executable, "-m", "tts.kokoro_engine", str(tmp_path), str(model.directory)],
        input=f"{job}\n", text=True, check=True, cwd=HOUSE,
        env={"HOME": str(home), "TMPDIR": str(home), "PATH": "/usr/bin"},
    )  # fmt: skip
    assert out.stat().st_size > HEARD
    assert list(home.rglob("*")) == []
