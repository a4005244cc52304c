"""Captured bytes of a line put into words: frames by the standards' own names, and what they mean on the ward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from nursecall.captures import WAYS, Decoder, Facts, Part, in_order, of_trace
from nursecall.line_ends import Heard, contact_says, espax_encoding, layout, process, units
from nursecall.plan_lines import AnyLine, EspaLine, EspaxLine, ModbusLine, TapLine, TextLine
from nursecall.plan_pagers import AnyPagers, EspaPagers, TapPagers
from nursecall.reading import words
from nursecall.traces import Piece
from nursecall.wire.decode import decode_espa444
from nursecall.wire.espax_decode import decode_espax
from nursecall.wire.modbus_decode import decode_modbus
from nursecall.wire.tap_decode import decode_tap
from nursecall.wire.text_decode import decode_text

AnyTraced = AnyLine | AnyPagers
"""Lines whose bytes are kept for a while: to hosts, and to pager systems."""

ESPAX_FIELDS = ("WARD", "BED", "TEXTMSG", "EVENT", "PRIO", "SIGNAL")


@dataclass(frozen=True)
class Said:
    """One frame, its fields by the standard's names, and what it means on the ward."""

    facts: Facts
    means: tuple[Heard, ...] = ()


def tried(line: AnyLine, parts: Sequence[Part]) -> list[Said]:
    """What captured bytes would mean under the plan of `line`."""
    found = in_order(decoder(line), parts, WAYS.get(line.protocol))
    return [Said(facts, tuple(_means(line, facts))) for frames in found for facts in frames]


def traced(line: AnyTraced, pieces: Sequence[Piece]) -> list[list[Facts]]:
    """What each piece of a trace completes."""
    return in_order(decoder(line), of_trace(pieces), WAYS.get(line.protocol))


def decoder(line: AnyTraced) -> Decoder:
    """How the bytes of `line` are put into words."""
    match line:
        case EspaLine() | EspaPagers():
            return partial(decode_espa444, encoding=line.encoding, seven_bit=line.data_bits == 7)
        case TapLine() | TapPagers():
            return partial(decode_tap, encoding=line.encoding, seven_bit=line.data_bits == 7)
        case ModbusLine():
            return decode_modbus
        case TextLine():
            return partial(decode_text, layout=layout(line))
        case EspaxLine():
            return partial(decode_espax, encoding=espax_encoding(line))


def in_words(facts: Facts) -> str:
    """`call address=28 text="28床 呼叫"`."""
    rest = " ".join(f"{name}={_value(value)}" for name, value in facts.items() if name != "event")
    return f"{facts['event']} {rest}".rstrip()


def _value(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(_value, value))
    return f'"{value}"' if isinstance(value, str) and (" " in value or not value) else str(value)


def _means(line: AnyLine, facts: Facts) -> Iterator[Heard]:
    text, event = str(facts.get("text", "")), facts["event"]
    heard: Heard | None = None
    match line:
        case EspaLine() if event in ("call", "reset"):
            address = str(facts.get("address", ""))
            heard = words(line, text, address if line.bed_from == "address" else text, ends=event == "reset")
        case TapLine() if facts.get("pager"):
            heard = words(line, text, str(facts["pager"]) if line.bed_from == "address" else text)
        case TextLine() if event == "frame":
            heard = words(line, text, text)
        case EspaxLine() if event == "req.p-start":
            ward, bed, text, *marks = (str(facts.get(f"CP-{name}", "")) for name in ESPAX_FIELDS)
            heard = process(line, ward, bed, text, marks)
        case ModbusLine() if event == "response":
            yield from _inputs(line, facts)
    if heard is not None:
        yield heard


def _inputs(line: ModbusLine, facts: Facts) -> Iterator[Heard]:
    """Every contact of the answering unit that is not at rest."""
    closed = facts.get("input_status")
    for plan, unit in zip(line.units, units(line), strict=True):
        if plan.address != facts["slave_address"] or not isinstance(closed, list):
            continue
        for contact in plan.contacts:
            if unit.first <= contact.input < unit.first + len(closed):
                is_closed = bool(closed[contact.input - unit.first])
                if is_closed != (contact.normally == "closed"):
                    yield from contact_says(line, contact, closed=is_closed)
