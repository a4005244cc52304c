"""Hanzi to pinyin with tone numbers: the contract with every Chinese voice, and with every test of one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_tone3
from pypinyin.seg import mmseg

from tts.readings import LETTERS, NUMERALS, SURNAMES, WORDS

_HANZI = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff〇\U00020000-\U0003ffff"
_SYLLABLE = re.compile(r"[a-zê]{1,6}[1-5]")
_TITLE = "(?=护士长|护士|医生|医师|大夫|主任|院长|先生|女士|小姐|老师|师傅)"
_BEFORE_PERSON = rf"(?:(?<![{_HANZI}])|(?<=[请由是和与叫找呼]))"
_PAUSES = str.maketrans("、;:。…", ",,,..")
_TOKENS = re.compile(rf"(?P<hanzi>[{_HANZI}]+)|(?P<latin>[A-Za-z]+)|(?P<pause>[、;:,。.…!?])")


class Pinyin:
    """Reads Chinese text.

    site: the hospital's own readings, `{"单": "shan4", "单雄信": "shan4 xiong2 xin4"}`, tones as numbers or
        marks. Words of several characters always win; one character's reading is used where it stands in no
        known word (单女士, but not 菜单). Entries that are no pinyin are left out, and listed in `faults`.
    """

    def __init__(self, site: Mapping[str, str] | None = None) -> None:
        self.faults: list[str] = []
        own = dict(self._checked(site or {}))
        words = WORDS | {word: said for word, said in own.items() if len(word) > 1}
        self._characters = {word: said for word, said in own.items() if len(word) == 1}
        self._words = {word: said.split() for word, said in words.items()}
        self._surnames = {name: said.split() for name, said in (SURNAMES | own).items()}
        person = f"{_BEFORE_PERSON}{_alternatives(self._surnames, 'surname')}{_TITLE}"
        numerals = f"(?P<numerals>[{''.join(NUMERALS)}]{{2,}})"
        self._known = re.compile(f"{person}|{_alternatives(words, 'word')}|{numerals}")

    def read(self, text: str, names: Iterable[str] = ()) -> str:
        """`护士您好,` as `hu4 shi4 nin2 hao3,`.

        names: parts of `text` that are persons' names. Latin letters are read one by one, in Chinese.
        Characters without a reading are silent: a call is spoken without them rather than not at all.
        """
        text = unicodedata.normalize("NFKC", text)
        spoken: list[str] = []
        for part, is_name in _split(text, names):
            if is_name:
                spoken += self.name(part)
            else:
                spoken += self._tokens(part)
        return _joined(spoken)

    def name(self, name: str) -> list[str]:
        """The syllables of a person's name: 单雄信 is shàn, 曾 is zēng."""
        for length in (2, 1):
            if (surname := name[:length]) in self._surnames:
                return self._surnames[surname] + self._plain(name[length:])
        return self._plain(name)

    def _tokens(self, text: str) -> Iterator[str]:
        for token in _TOKENS.finditer(text):
            if token["hanzi"]:
                yield from self._hanzi(token["hanzi"])
            elif token["latin"]:
                yield from (syllable for letter in token["latin"].lower() for syllable in LETTERS[letter].split())
            else:
                yield token["pause"].translate(_PAUSES)

    def _hanzi(self, run: str) -> Iterator[str]:
        end = 0
        for known in self._known.finditer(run):
            yield from self._plain(run[end : known.start()])
            end = known.end()
            if known["surname"]:
                yield from self._surnames[known["surname"]]
            elif known["word"]:
                yield from self._words[known["word"]]
            else:
                yield from (NUMERALS[numeral] for numeral in known["numerals"])
        yield from self._plain(run[end:])

    def _plain(self, run: str) -> list[str]:
        syllables: list[str] = []
        for word in mmseg.seg.cut(run):
            if word in self._characters:
                syllables += self._characters[word].split()
            else:
                syllables += lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
        return [syllable for syllable in map(_plain_letters, syllables) if _SYLLABLE.fullmatch(syllable)]

    def _checked(self, site: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for word, reading in site.items():
            said = (to_tone3(syllable, neutral_tone_with_five=True) for syllable in reading.lower().split())
            syllables = list(map(_plain_letters, said))
            if word and len(syllables) == len(word) and all(map(_SYLLABLE.fullmatch, syllables)):
                yield word, " ".join(syllables)
            else:
                self.faults.append(word)


def speakable_name(name: str, limit: int = 20) -> str | None:
    """A person's name cleaned for speech: hanzi, letters and `·`, at most `limit` characters.

    None where a character has no reading or nothing is left: then leave the name out, never the bed.
    """
    cleaned = re.sub(rf"[^A-Za-z{_HANZI}·]", "", unicodedata.normalize("NFKC", name))[:limit]
    hanzi = re.findall(f"[{_HANZI}]", cleaned)
    if not cleaned.strip("·") or any(not lazy_pinyin(character, errors="ignore") for character in hanzi):
        return None
    return cleaned


def romanised(text: str) -> str:
    """Hanzi within an English sentence as toneless syllables, so that an English voice can say them."""
    return re.sub(
        f"[{_HANZI}]+",
        lambda run: f" {' '.join(lazy_pinyin(run[0], errors='ignore', v_to_u=True))} ".replace("ü", "u"),
        text,
    )


def _alternatives(words: Iterable[str], group: str) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return f"(?P<{group}>{'|'.join(map(re.escape, longest_first))})"


def _split(text: str, names: Iterable[str]) -> Iterator[tuple[str, bool]]:
    wanted = [unicodedata.normalize("NFKC", name) for name in names if name.strip()]
    if not wanted:
        yield text, False
        return
    for part in re.split(_alternatives(wanted, "name"), text):
        yield part, part in wanted


def _plain_letters(syllable: str) -> str:
    return syllable.replace("ü", "v")


def _joined(spoken: Iterable[str]) -> str:
    text = " ".join(spoken)
    return re.sub(r"^[ ,.!?]+", "", re.sub(r"(?: *([,.!?]))+", r"\1", text))
