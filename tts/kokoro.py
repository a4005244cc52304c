"""What Kokoro reads: pinyin, and English, as phonemes, and phonemes as numbers of its vocabulary.

Chinese phonemes are misaki's, with which it was taught: those of `pinyin-to-ipa`, affricates written as one letter.
They are made syllable by syllable: our pinyin is the contract, so no segmenter guesses again. English ones are
espeak-ng's in misaki's spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pinyin_to_ipa import pinyin_to_ipa

LONGEST = 500
"""Tokens of one run of the model; it takes 510."""

_CHINESE = (
    *(("ʈʂ", "ꭧ"), ("tɕ", "ʨ"), ("ts", "ʦ")),
    *(("˧˩˧", "↓"), ("˧˥", "↗"), ("˥˩", "↘"), ("˥", "→"), ("ɻ̩", "ɨ"), ("ɹ̩", "ɨ")),
)
"""Affricates, tones and vowels of `pinyin-to-ipa` → those Kokoro was taught with, in this order."""
_SYLLABLE = re.compile(r"[a-zê]+[1-5]|[,.!?]")
_ENGLISH = (
    *(("a^ɪ", "I"), ("a^ʊ", "W"), ("d^ʒ", "ʤ"), ("e^ɪ", "A"), ("t^ʃ", "ʧ"), ("ɔ^ɪ", "Y"), ("o^ʊ", "O"), ("ə^l", "ᵊl")),
    *(("e", "A"), ("ɚ", "əɹ"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("r", "ɹ"), ("x", "k"), ("ɐ", "ə")),
    *(("o", "ɔ"), ("ɾ", "T"), ("ʔ", "t"), ("ː", ""), ("^", "")),
)
"""espeak-ng's spelling of American English → the one Kokoro was taught, in this order."""


def chinese(words: str) -> str:
    """`hu4 shi4, nin2` as `xu↘ʂɨ↘, ni↗n`. A syllable that no Mandarin has is left out.

    Syllables are joined: a space between them makes it hesitate, and 十四床 was heard as 十次床.
    """
    parts = (f"{part} " if part in ",.!?" else _syllable(part) for part in _SYLLABLE.findall(words))
    return "".join(parts).strip()


def _syllable(pinyin: str) -> str:
    try:
        phonemes = "".join(pinyin_to_ipa(pinyin)[0])
    except (ValueError, IndexError):
        return ""
    for theirs, ours in _CHINESE:
        phonemes = phonemes.replace(theirs, ours)
    return phonemes


def english(ipa: str) -> str:
    """espeak-ng's `--ipa --tie=^` of one clause in Kokoro's spelling."""
    for theirs, ours in _ENGLISH:
        ipa = ipa.replace(theirs, ours)
    return " ".join(ipa.split())


def clauses(words: str) -> Iterator[tuple[str, str]]:
    """Each clause of a sentence with the mark that ends it: espeak-ng drops marks, and the voice breathes by them."""
    for clause, mark in re.findall(r"([^,.!?;:]+)([,.!?;:]?)", words):
        if clause.strip():
            yield clause.strip(), mark


def tokens(phonemes: str, vocabulary: Mapping[str, int]) -> list[list[int]]:
    """`phonemes` as the model's numbers, in runs of at most 500, cut at pauses where it can be done."""
    runs: list[list[int]] = [[]]
    for piece in re.findall(r"[^,.!?;: ]*[,.!?;:]* ?", phonemes):
        numbers = [vocabulary[phoneme] for phoneme in piece if phoneme in vocabulary]
        if len(runs[-1]) + len(numbers) > LONGEST:
            runs.append([])
        runs[-1] += numbers
        while len(runs[-1]) > LONGEST:
            runs[-1:] = [runs[-1][:LONGEST], runs[-1][LONGEST:]]
    return [run for run in runs if run]
