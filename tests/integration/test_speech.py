"""Speech on real parts: the worker with pyttsx3, the espeak-ng command, and what happens when they are killed."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from pocketsphinx import Decoder
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.values import Language
from tests import real_reactor
from tests.e2e.patience import until
from tests.speech import HOUSE, WorkerProcess, alive, working
from tts.digits import cardinal
from tts.phrases import nurse_call
from tts.pinyin import Pinyin
from tts.plan import SpeechPlan
from tts.readings import LETTERS
from tts.speaker import Clip, Speaker
from tts.voice import Spoken, VoiceFailed, speakable
from tts.voice_command import CommandVoice
from tts.wav import TELEPHONE_RATE, Sound, parse

CALL = "护士您好,一级护理,二十八床呼叫,请您赶快处理,谢谢!"
GRADES = ("special", "level one", "level two", "level three")
GRAMMAR = """#JSGF V1.0;
grammar call;
<ones> = one | two | three | four | five | six | seven | eight | nine;
<teens> = ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen;
<tens> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;
<grade> = special care | level one care | level two care | level three care;
public <call> = nurse please [<grade>] bed (<ones> | <teens> | <tens> [<ones>]) is calling
    please attend at once thank you;
"""


class Room:
    """A worker's process, a speaker in this one, and what the status page hears."""

    def __init__(self, directory: Path, worker: WorkerProcess) -> None:
        self.worker = worker
        self.health = real_reactor.Heard[tuple[str, State]]()
        bus = Bus()
        bus.subscribe(HealthChanged, lambda event: self.health.append((event.part, event.state)))
        reactor = real_reactor.start()
        self.speaker = Speaker(
            worker.socket, directory / "speech", SpeechPlan(), reactor=reactor, clock=ReactorClock(reactor), bus=bus
        )

    def say(self, text: str = CALL, language: Language = "zh") -> Clip:
        clip = real_reactor.run(self.speaker.say(text, language))
        assert clip is not None
        return clip

    def said_by(self, engine: str, text: str = CALL) -> Clip:
        """Say it until `engine` does: on a busy machine the engine may be late, and espeak-ng says that one call."""
        return until(lambda: clip if (clip := self.say(text)).engine == engine else None, f"{engine} to speak")

    def wait(self, part: str, state: State) -> None:
        """Until the status page's latest word of `part` is `state`."""
        name = f"speech:{part}"
        real_reactor.run(
            self.health.until(lambda told: [is_ for of, is_ in told if of == name][-1:] == [state]), timeout=60
        )


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Everything up."""
    with working(tmp_path) as worker:
        room = Room(tmp_path, worker)
        real_reactor.call(room.speaker.start)
        room.wait("worker", State.UP)
        room.wait("fallback", State.UP)
        yield room
        real_reactor.call(room.speaker.stop)


def test_a_nurse_call_and_its_prompt(room: Room) -> None:
    """The hospital's own sentence by pyttsx3: 22 050 Hz for the browser, 8 kHz for the telephone, both levelled."""
    clip = room.said_by("pyttsx3")
    sound = parse(clip.path.read_bytes())
    assert sound.rate == 22_050
    assert 22 * 0.12 < sound.seconds < 22 * 0.35
    assert 20_000 < sound.peak < 24_000
    prompt = real_reactor.run(room.speaker.prompt(CALL, "zh"))
    assert prompt is not None
    narrow = parse(prompt.read_bytes())
    assert narrow.rate == TELEPHONE_RATE
    assert 20_000 < narrow.peak < 24_000
    assert narrow.seconds == pytest.approx(sound.seconds, abs=0.05)


def test_a_worker_killed_in_mid_sentence(room: Room) -> None:
    """espeak-ng says that very call; the engine dies with its worker; a new worker says the next."""
    engine = _engine(room)
    engine.suspend()
    asked = _asked(room, CALL)
    room.worker.signal(signal.SIGKILL)
    assert _clip(asked).engine == "espeak-ng"
    room.wait("worker", State.DOWN)
    assert room.say("三床呼叫").engine == "espeak-ng"
    psutil.wait_procs([engine], timeout=30)
    assert not alive(engine.pid)
    room.worker.start()
    room.wait("worker", State.UP)
    room.said_by("pyttsx3", "四床呼叫")


def test_a_worker_that_hangs(room: Room) -> None:
    """The call is said by espeak-ng, the page shows it, and when the worker goes on it is used again by itself."""
    room.worker.signal(signal.SIGSTOP)
    assert room.say().engine == "espeak-ng"
    room.wait("worker", State.DOWN)
    assert room.say("三床呼叫").engine == "espeak-ng"
    room.worker.signal(signal.SIGCONT)
    room.wait("worker", State.UP)
    room.said_by("pyttsx3", "四床呼叫")


def test_a_worker_that_hangs_while_nobody_speaks(room: Room) -> None:
    """It is noticed before a call has to wait for it."""
    room.worker.signal(signal.SIGSTOP)
    room.wait("worker", State.DOWN)
    room.worker.signal(signal.SIGCONT)
    room.wait("worker", State.UP)


def test_an_engine_that_hangs(room: Room) -> None:
    """The worker kills it, takes another, and serves on; the call is said by espeak-ng."""
    engine = _engine(room)
    engine.suspend()
    assert room.say().engine == "espeak-ng"
    room.wait("worker", State.UP)
    assert not alive(engine.pid)
    assert _engine(room).pid != engine.pid
    room.said_by("pyttsx3", "四床呼叫")


def test_a_scratch_directory_that_cannot_be_written(room: Room) -> None:
    """pyttsx3 would hang for ever; instead it is an error at once, and over when the directory is back."""
    for left in room.worker.scratch.iterdir():
        left.unlink()
    room.worker.scratch.rmdir()
    assert room.say().engine == "espeak-ng"
    room.wait("worker", State.DEGRADED)
    room.worker.scratch.mkdir()
    room.wait("worker", State.UP)
    room.said_by("pyttsx3", "四床呼叫")


def test_a_box_without_the_good_voice(room: Room) -> None:
    """Nothing is wrong, nobody waits for it, and the page says who speaks; also after the worker was away."""
    room.wait("kokoro", State.UP)
    assert [state for part, state in room.health if part == "speech:kokoro"] == [State.STARTING, State.UP]
    room.worker.signal(signal.SIGKILL)
    room.wait("worker", State.DOWN)
    room.worker.start()
    room.wait("worker", State.UP)
    assert [state for part, state in room.health if part == "speech:kokoro"] == [State.STARTING, State.UP]
    room.said_by("pyttsx3")


def test_without_a_worker_from_the_start(tmp_path: Path) -> None:
    """The box speaks before its worker is up."""
    room = Room(tmp_path, WorkerProcess(tmp_path))
    real_reactor.call(room.speaker.start)
    assert room.say().engine == "espeak-ng"
    room.wait("fallback", State.UP)
    real_reactor.call(room.speaker.stop)


def test_the_first_sentence_of_an_engine(tmp_path: Path) -> None:
    """pyttsx3 returns from its first too early, the more so the longer it is; ours is spent on a throw-away."""
    out = tmp_path / "first.wav"
    job = {"text": "hu4 " * 300, "voice": "sit/cmn-latn-pinyin", "speed": 160, "out": str(out)}
    done = subprocess.run(
        [sys.executable, "-m", "tts.voice_engine", str(tmp_path)],
        cwd=HOUSE,
        input=json.dumps(job) + "\n",
        text=True,
        capture_output=True,
        timeout=60,
    )
    ready, answer = map(json.loads, done.stdout.splitlines())
    assert ready == {"ready": True}
    assert len(parse(out.read_bytes()).samples) == answer["frames"]
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("change", [{"voice": "sit/nowhere"}, {"text": " "}, {"out": "/nowhere/x.wav"}])
def test_an_engine_says_what_it_cannot_do(tmp_path: Path, change: dict[str, object]) -> None:
    """pyttsx3 ignores an unknown voice, raises at empty text, hangs where it cannot write; ours answers each time."""
    job = {"text": "ni3 hao3", "voice": "sit/cmn-latn-pinyin", "speed": 160, "out": str(tmp_path / "out.wav")}
    done = subprocess.run(
        [sys.executable, "-m", "tts.voice_engine", str(tmp_path)],
        cwd=HOUSE,
        input=json.dumps(job | change) + "\n" + json.dumps(job) + "\n",
        text=True,
        capture_output=True,
        timeout=60,
    )
    _, refused, answer = map(json.loads, done.stdout.splitlines())
    assert set(refused) == {"error"}
    assert answer["frames"] > 10_000


def test_a_second_worker_leaves_the_first_alone(room: Room, tmp_path: Path) -> None:
    """And the socket is its owner's alone."""
    second = subprocess.run(
        [sys.executable, "-m", "tts.voice_worker", "--socket", str(room.worker.socket), "--scratch", str(tmp_path)],
        cwd=HOUSE,
        capture_output=True,
        timeout=60,
    )
    assert second.returncode != 0
    assert b"another speech worker" in second.stderr
    assert stat.S_IMODE(room.worker.socket.stat().st_mode) == 0o600
    room.said_by("pyttsx3")


def test_the_worker_ends_when_it_is_told(room: Room) -> None:
    """And its engine with it."""
    engine = _engine(room)
    room.worker.signal(signal.SIGTERM)
    psutil.wait_procs([engine], timeout=30)
    assert room.worker.returncode() == 0
    assert not alive(engine.pid)


def test_nonsense_on_the_socket_is_answered_and_harmless(room: Room) -> None:
    """Whoever sends it, the next sentence is said."""
    with socket.socket(socket.AF_UNIX) as wire, wire.makefile("rb") as answers:
        wire.settimeout(30)
        wire.connect(str(room.worker.socket))
        for nonsense in (b"\n", b"{}\n", b"[1]\n", b"\xff\n", b'{"id": 1}\n', b'{"id": 2, "text": 5, "speed": "x"}\n'):
            wire.sendall(nonsense)
            assert b"error" in answers.readline()
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(str(room.worker.socket))
        wire.sendall(b"x" * 100_000)
    room.said_by("pyttsx3")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exec sleep 600", "killed"),
        ("exit 3", "exit code 3"),
        ("echo nothing", "WAV"),
        ("exec yes", "WAV|killed|exit code"),
        # A child of its own writes on when it is killed itself.
        ("yes &\necho $! >>{pids}\nwait", "WAV|killed|exit code"),
        ("yes &\necho $! >>{pids}\nexec sleep 600", "WAV|killed|exit code"),
    ],
)
def test_a_command_that_misbehaves_is_ended(tmp_path: Path, script: str, why: str) -> None:
    """It hangs, fails, or writes something else: VoiceFailed, and no process is left."""
    pids = tmp_path / "pids"
    command = tmp_path / "espeak-ng"
    command.write_text(f"#!/bin/sh\necho $$ >{pids}\n{script.format(pids=pids)}\n")
    command.chmod(0o755)
    reactor = real_reactor.start()
    voice = CommandVoice(reactor=reactor, clock=ReactorClock(reactor), command=str(command))
    with pytest.raises(VoiceFailed, match=why):
        real_reactor.run(voice.render(Spoken("hello", "en", 160)))
    for pid in map(int, pids.read_text().split()):
        if alive(pid):
            psutil.wait_procs([psutil.Process(pid)], timeout=30)
        assert not alive(pid)


def test_a_command_that_is_not_installed() -> None:
    """Said, not crashed."""
    reactor = real_reactor.start()
    voice = CommandVoice(reactor=reactor, clock=ReactorClock(reactor), command="espeak-that-is-not-there")
    with pytest.raises(VoiceFailed, match="not installed"):
        real_reactor.run(voice.render(Spoken("hello", "en", 160)))


def test_espeak_reads_pinyin_as_pinyin() -> None:
    """Every bed, odd rooms, letters: no syllable is taken for English, and each has its tone."""
    pinyin = Pinyin()
    beds = [*map(str, range(1, 100)), "101", "1203-2", "加5", "A12", "VIP-3", "监护1"]
    sentences = [nurse_call(bed, 1, "呼叫", "zh") for bed in beds] + ["".join(LETTERS), "女护士,绿,略,儿,谢谢"]
    words = [speakable(sentence, "zh", 160, pinyin).words for sentence in sentences]
    phonemes = _phonemes("\n\n".join(words))
    assert "(" not in phonemes
    assert len(_tones(phonemes)) == sum(len(said.split()) for said in words)
    assert "(en)" in _phonemes("hello")


def test_espeak_keeps_the_tones() -> None:
    """处理 is third and third: chú lǐ by sandhi, as people say it."""
    assert _phonemes("chu3 li3") == "ts.h'u35_| l'i214_|"
    assert _phonemes("hu4 shi4") == "X'u51_| s.'i.51_|"


def test_english_calls_are_understood(room: Room) -> None:
    """A recogniser with a ward's grammar hears who is calling: nearly every grade, most bed numbers exactly."""
    (room.worker.scratch / "call.gram").write_text(GRAMMAR)
    decoder = Decoder(jsgf=str(room.worker.scratch / "call.gram"), samprate=16_000, loglevel="FATAL")
    beds = range(4, 100, 8)
    calls = [nurse_call(str(bed), bed // 8 % 4, "is calling", "en") for bed in beds]
    heard = [_recognised(decoder, room.say(call, "en")) for call in calls]
    grades = [f"please {GRADES[bed // 8 % 4]} care" in text for bed, text in zip(beds, heard, strict=True)]
    exact = [f"bed {cardinal(bed, 'en').replace('-', ' ')} is" in text for bed, text in zip(beds, heard, strict=True)]
    assert sum(grades) >= 11, heard
    assert sum(exact) >= 8, heard


def _engine(room: Room) -> psutil.Process:
    engine = room.worker.engine()
    assert engine is not None
    return engine


def _asked(room: Room, text: str) -> Deferred[Clip | None]:
    return real_reactor.call(lambda: Deferred.fromCoroutine(room.speaker.say(text, "zh")))


def _clip(asked: Deferred[Clip | None]) -> Clip:
    async def wait() -> Clip | None:
        return await asked

    clip = real_reactor.run(wait())
    assert clip is not None
    return clip


def _phonemes(words: str) -> str:
    command = ["espeak-ng", "-v", "cmn-latn-pinyin", "-q", "-x", "--stdin"]
    done = subprocess.run(command, input=words, text=True, capture_output=True, check=True, timeout=30)
    return " ".join(done.stdout.split())


def _tones(phonemes: str) -> list[str]:
    return [part for part in phonemes.split("_|") if any(mark.isdigit() for mark in part)]


def _recognised(decoder: Decoder, clip: Clip) -> str:
    samples = _at_16_khz(parse(clip.path.read_bytes()))
    hush = np.random.default_rng(0).normal(0, 30, 4_800).astype(np.int16)
    decoder.start_utt()
    decoder.process_raw(np.concatenate([hush, samples, hush]).tobytes(), full_utt=True)
    decoder.end_utt()
    guess = decoder.hyp()
    return str(guess.hypstr) if guess else ""


def _at_16_khz(sound: Sound) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    length = len(sound.samples) * 16_000 // sound.rate
    spectrum = np.fft.rfft(sound.samples.astype(float))[: length // 2 + 1]
    return (np.fft.irfft(spectrum, length) * length / len(sound.samples)).astype(np.int16)
