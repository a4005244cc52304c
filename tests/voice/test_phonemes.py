"""Pinyin and English as Kokoro's phonemes: nothing is lost on the way."""

from __future__ import annotations

import json

import pytest
from pypinyin import pinyin_dict
from pypinyin.contrib.tone_convert import to_tone3

from tts.kokoro import chinese, clauses, english, tokens
from tts.kokoro_engine import _english
from tts.kokoro_model import Model
from tts.phrases import nurse_call
from tts.pinyin import Pinyin
from tts.readings import LETTERS
from tts.voice import speakable

PINYIN = Pinyin()


@pytest.fixture(scope="module")
def vocabulary(model: Model) -> dict[str, int]:
    """Phoneme → number."""
    found: dict[str, int] = json.loads(model.vocabulary.read_text("utf-8"))["vocab"]
    return found


def syllables() -> list[str]:
    """Every syllable that pypinyin knows, as our front end writes it."""
    marked = {reading for readings in pinyin_dict.pinyin_dict.values() for reading in readings.split(",")}
    return sorted({to_tone3(one, neutral_tone_with_five=True).replace("ü", "v") for one in marked})


def test_every_syllable_has_its_phonemes(vocabulary: dict[str, int]) -> None:
    """But for the few interjections (m, n, ng, hm, ê) that no sentence of ours has; tones are kept apart."""
    silent = [one for one in syllables() if not tokens(chinese(one), vocabulary)]
    assert {one.rstrip("12345") for one in silent} <= {"m", "n", "ng", "hm", "hng", "ê", "io", "yo", "lo"}
    assert len({chinese(f"ma{tone}") for tone in range(1, 6)}) == 5


def test_bed_numbers_are_all_different() -> None:
    """1 to 99, and 101 to 199."""
    names = [nurse_call(str(bed), None, "呼叫", "zh") for bed in (*range(1, 100), *range(101, 200))]
    spoken = [chinese(speakable(name, "zh", 160, PINYIN).words) for name in names]
    assert len(set(spoken)) == len(names)


def test_the_hospital_s_sentence(vocabulary: dict[str, int]) -> None:
    """To the phoneme; letters and pauses too."""
    words = speakable("护士您好,一级护理,二十八床呼叫", "zh", 160, PINYIN).words
    assert chinese(words) == "xu↘ʂɨ↘ni↗nxau̯↓, i→ʨi↗xu↘li↓, ɚ↘ʂɨ↗pa→ꭧʰwa↗ŋxu→ʨjau̯↘"
    assert all(tokens(chinese(reading), vocabulary) for reading in LETTERS.values())


def test_english_keeps_its_pauses_and_loses_no_phoneme(vocabulary: dict[str, int]) -> None:
    """Clause by clause through espeak-ng."""
    sentence = "Nurse, please: level one care, bed twenty-eight is calling. Please attend at once. Thank you."
    phonemes = _english(sentence)
    assert [mark for mark in phonemes if mark in ",.:"] == [",", ":", ",", ".", ".", "."]
    assert {phoneme for phoneme in phonemes if phoneme not in vocabulary} <= {"̩"}
    assert "twˈɛnti" in phonemes
    assert english("ɹˈe^ɪn d^ʒˈʌd^ʒ") == "ɹˈAn ʤˈʌʤ"
    assert list(clauses("a, b.")) == [("a", ","), ("b", ".")]


def test_a_long_text_is_cut_and_nothing_is_lost(vocabulary: dict[str, int]) -> None:
    """No run is longer than the model takes, and nothing is lost."""
    for text in ("chuang2 " * 400, "er4 shi2 ba1 chuang2, " * 100):
        phonemes = chinese(text)
        runs = tokens(phonemes, vocabulary)
        assert len(runs) > 1
        assert max(map(len, runs)) <= 500
        assert [one for run in runs for one in run] == [vocabulary[one] for one in phonemes if one in vocabulary]
    assert all(run[-1] == vocabulary[" "] for run in runs[:-1])
