"""Text with figures in it as text without: money, minutes, times of day, telephone and account numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal

from appliance.foundation.values import Language
from tts.digits import EN_DIGITS, ZH_DIGITS, One, cardinal, in_label, one_by_one

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_MONEY = re.compile(
    rf"(?P<minus>-)?¥\s*(?P<before>{_NUMBER})(?!\d)(?:\s*(?:元|yuan\b))?"
    rf"|(?<![\d.])(?P<below>-)?(?P<after>{_NUMBER})\s*(?:元|yuan\b)",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf"(?P<number>{_NUMBER})\s*%")
_TIME = re.compile(r"(?<![\d:])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?![\d:])")
_DECIMAL = re.compile(r"(?<![\d.])(?P<whole>\d+)\.(?P<part>\d+)(?![\d.])")
_LABEL = re.compile(r"\d+")
_WHOLE = r"(?P<number>\d{1,3}(?:,\d{3})+|\d+)"
_ZH_COUNTED = re.compile(rf"(?P<ordinal>第)?{_WHOLE}(?P<unit>\s*(?:分钟|小时|秒|天|次|位|条|个))")
_EN_COUNTED = re.compile(rf"{_WHOLE}(?P<unit>[\s-]*(?:minute|hour|second|day|time|call|message)s?\b)", re.IGNORECASE)
_ZH_SIGNS = (("#号", "井号"), ("*号", "星号"), ("#", "井号"), ("*", "星号"), ("+", "加"), ("&", "和"))
_EN_SIGNS = (("#", " hash "), ("*", " star "), ("+", " plus "), ("&", " and "))

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def spell_out(text: str, language: Language, one: One = "yi") -> str:
    """`text` without a digit left in it.

    `¥12.50`, `12.50元` → 十二元五角, twelve yuan and fifty fen; `3分钟` → 三分钟; `8:05` → 八点零五分;
    any other digits as labels: up to two as a number, three and more one by one. Width and compatibility
    forms are folded (NFKC). Doing it twice changes nothing.
    """
    text = unicodedata.normalize("NFKC", text)
    for pattern, spoken in _rules(language, one):
        text = pattern.sub(spoken, text)
    for sign, word in _ZH_SIGNS if language == "zh" else _EN_SIGNS:
        text = text.replace(sign, word)
    return text if language == "zh" else re.sub(r" +([,.!?;:]|$)", r"\1", re.sub(r"\s{2,}", " ", text)).strip()


def amount(yuan: Decimal, language: Language) -> str:
    """A sum in yuan: 十二元零五分, twelve yuan and five fen; exactly, also below the fen."""
    if yuan < 0:
        return ("负" if language == "zh" else "minus ") + amount(-yuan, language)
    fen = yuan * 100
    if fen != fen.to_integral_value():
        return _decimal(format(yuan.normalize(), "f"), language) + ("元" if language == "zh" else " yuan")
    return _zh_amount(int(fen)) if language == "zh" else _en_amount(int(fen))


def _rules(language: Language, one: One) -> Sequence[Rule]:
    counted: Rule = (_ZH_COUNTED, _zh_counted) if language == "zh" else (_EN_COUNTED, _en_counted)
    return (
        (_MONEY, lambda found: _money(found, language)),
        (_PERCENT, lambda found: _percent(found, language)),
        (_TIME, lambda found: _time(int(found["hour"]), int(found["minute"]), language)),
        counted,
        (_DECIMAL, lambda found: _decimal(found[0], language)),
        (_LABEL, lambda found: _label(found, language, one)),
    )


def _money(found: re.Match[str], language: Language) -> str:
    sign = found["minus"] or found["below"] or ""
    return amount(Decimal(sign + (found["before"] or found["after"]).replace(",", "")), language)


def _zh_amount(fen: int) -> str:
    yuan, jiao, fen = fen // 100, fen // 10 % 10, fen % 10
    spoken = f"{_zh_count(yuan)}元" if yuan or not (jiao or fen) else ""
    if jiao:
        spoken += f"{ZH_DIGITS[jiao]}角"
    elif yuan and fen:
        spoken += "零"
    return spoken + (f"{ZH_DIGITS[fen]}分" if fen else "")


def _en_amount(fen: int) -> str:
    yuan, fen = divmod(fen, 100)
    parts = [f"{cardinal(yuan, 'en')} yuan"] if yuan or not fen else []
    if fen:
        parts.append(f"{cardinal(fen, 'en')} fen")
    return " and ".join(parts)


def _percent(found: re.Match[str], language: Language) -> str:
    number = _decimal(found["number"].replace(",", ""), language)
    return f"百分之{number}" if language == "zh" else f"{number} percent"


def _time(hour: int, minute: int, language: Language) -> str:
    if language == "zh":
        minutes = f"{'零' if minute < 10 else ''}{cardinal(minute, 'zh')}分" if minute else ""
        return f"{_zh_count(hour)}点{minutes}"
    after = f"{'oh ' if minute < 10 else ''}{cardinal(minute, 'en')}" if minute else "hundred"
    return f"{cardinal(hour, 'en')} {after}" if minute or hour > 12 else f"{cardinal(hour, 'en')} o'clock"


def _zh_counted(found: re.Match[str]) -> str:
    number = int(found["number"].replace(",", ""))
    if found["ordinal"]:
        return f"第{cardinal(number, 'zh')}{found['unit']}"
    return _zh_count(number) + found["unit"]


def _en_counted(found: re.Match[str]) -> str:
    return cardinal(int(found["number"].replace(",", "")), "en") + found["unit"]


def _zh_count(number: int) -> str:
    """2 of something is 两, not 二."""
    return "两" if number == 2 else cardinal(number, "zh")


def _decimal(number: str, language: Language) -> str:
    whole, _, part = number.partition(".")
    spoken = cardinal(int(whole), language)
    if not part:
        return spoken
    if language == "zh":
        return f"{spoken}点{one_by_one(part, 'zh')}"
    return f"{spoken} point {' '.join(EN_DIGITS[int(digit)] for digit in part)}"


def _label(found: re.Match[str], language: Language, one: One) -> str:
    spoken = in_label(found[0], language, one)
    if language == "zh":
        return spoken
    before = found.string[: found.start()][-1:]
    after = found.string[found.end() :][:1]
    return f"{' ' if before.isalpha() else ''}{spoken}{' ' if after.isalpha() else ''}"
