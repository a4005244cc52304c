"""`nightbell decode`: what do these bytes mean?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from io import BufferedIOBase
from pathlib import Path
from typing import Any, cast

import click

from appliance.cli.help import Command
from appliance.cli.language import say
from nursecall.captures import WAYS, Decoder, NoCapture, hexadecimal, in_order, is_trace, read
from nursecall.line_words import in_words
from nursecall.wire.decode import decode_espa444
from nursecall.wire.espax_decode import decode_espax
from nursecall.wire.mllp_decode import decode_mllp
from nursecall.wire.modbus_decode import decode_modbus
from nursecall.wire.tap_decode import decode_tap
from nursecall.wire.text_decode import decode_text
from nursecall.wire.text_host import Layout
from pbx.sms.decode import decode_at

WIRES: dict[str, tuple[Callable[..., Iterator[dict[str, object]]], tuple[str, ...]]] = {
    "at": (decode_at, ()),
    "espa444": (decode_espa444, ("encoding", "seven_bit")),
    "espax": (decode_espax, ("encoding",)),
    "mllp": (decode_mllp, ("encoding",)),
    "modbus": (decode_modbus, ()),
    "tap": (decode_tap, ("encoding", "seven_bit")),
    "text": (decode_text, ("layout",)),
}
"""Each wire's decoder, and which options it takes."""

FRAME = ("framing", "length", "check", "check_as", "check_over")
"""Options that say what a text host's frames look like."""

HEAD = 32
"""Bytes by which a saved trace is known."""


@click.command(cls=Command)
@click.argument("wire", type=click.Choice(sorted(WIRES)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--hex", "as_hex", is_flag=True, help="Read hexadecimal digits, white space ignored, instead of bytes.")
@click.option("--json/--words", "as_json", default=True, help="Print one JSON object a line (the default), or words.")
@click.option("--encoding", type=click.Choice(["ascii", "gb18030", "utf-8", "hex"]), help="Of the text.")
@click.option(
    "--seven-bit/--eight-bit", "seven_bit", default=None, help="Drop the eighth bit of each byte, or keep it."
)
@click.option("--framing", type=click.Choice(["lines", "stx-etx", "fixed"]), help="text: where a frame ends.")
@click.option("--length", type=click.IntRange(1, 512), help="text: bytes of a fixed frame.")
@click.option("--check", type=click.Choice(["none", "xor", "sum"]), help="text: what follows a frame's text.")
@click.option("--check-as", type=click.Choice(["byte", "hex"]), help="text: how the check is written.")
@click.option("--check-over", type=click.Choice(["text", "text+etx", "stx+text+etx"]), help="text: what it covers.")
def decode(wire: str, file: Path | None, as_hex: bool, as_json: bool, **options: Any) -> None:
    """Say what a captured line means, by the standards' own names; from FILE, or from standard input.

    What a line carried is read as it was captured, both directions mixed, as a tap on the line gives them; or as
    hexadecimal digits; or as a trace that was saved from the panel.

    \b
      nightbell decode espa444 capture.bin
      nightbell decode modbus trace-of-ward-c.txt --words
      echo '01 31 02 31 1f 31 32 33 1e 35 1f 33 1e 36 1f 33 03 2d' | nightbell decode espa444 --hex
    """
    try:
        for facts in _decoded(wire, _chunks(file), as_hex, options):
            print(json.dumps(facts, ensure_ascii=False) if as_json else in_words(facts), flush=True)
    except NoCapture as why:
        raise click.ClickException(say(why.message, **why.facts)) from why


def _decoded(wire: str, chunks: Iterator[bytes], as_hex: bool, options: dict[str, Any]) -> Iterator[dict[str, object]]:
    decoder = _decoder(wire, options)
    head = b""
    while len(head) < HEAD and (chunk := next(chunks, b"")):
        head += chunk
    if is_trace(head.decode("utf-8", "replace")):
        text = (head + b"".join(chunks)).decode("utf-8", "replace")
        for found in in_order(decoder, read(text).parts, WAYS.get(wire)):
            yield from found
    elif as_hex:
        yield from decoder(hexadecimal(_lines(head, chunks)))
    else:
        yield from decoder(_after(head, chunks))


def _decoder(wire: str, options: dict[str, Any]) -> Decoder:
    decode_wire, takes = WIRES[wire]
    given = {name: value for name, value in options.items() if value is not None}
    frame = {name: given.pop(name) for name in FRAME if name in given}
    if "layout" in takes:
        if (frame.get("framing") == "fixed") != ("length" in frame):
            raise click.UsageError(say("--framing fixed needs --length, and nothing else does"))
        frame |= {"encoding": given.pop("encoding")} if "encoding" in given else {}
        given["layout"], frame = Layout(**frame), {}
    for name in (*frame, *given):
        if name not in takes:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(say("{option} means nothing for {wire}", option=option, wire=wire))
    return partial(decode_wire, **given)


def _chunks(file: Path | None) -> Iterator[bytes]:
    if file is not None:
        yield file.read_bytes()
        return
    given = cast(BufferedIOBase, sys.stdin.buffer)
    while chunk := given.read1(65536):
        yield chunk


def _after(head: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield head
    yield from chunks


def _lines(head: bytes, chunks: Iterable[bytes]) -> Iterator[str]:
    rest = ""
    for chunk in _after(head, chunks):
        *lines, rest = (rest + chunk.decode("ascii", "replace")).split("\n")
        yield from lines
    yield rest
