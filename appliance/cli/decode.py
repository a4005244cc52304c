"""`nightbell decode`: what do these bytes mean?"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import click

from nursecall.wire.decode import decode_espa444

WIRES = {"espa444": decode_espa444}


@click.command()
@click.argument("wire", type=click.Choice(sorted(WIRES)))
@click.option("--hex", "as_hex", is_flag=True, help="Read hexadecimal digits, white space ignored, instead of bytes.")
def decode(wire: str, as_hex: bool) -> None:
    """Read a captured line from standard input; print one JSON object a line for what it means.

    Bytes of both directions may be mixed, as a tap on the line gives them.

    \b
      nightbell decode espa444 < capture.bin
      echo '01 31 02 31 1f 31 32 33 1e 35 1f 33 1e 36 1f 33 03 2d' | nightbell decode espa444 --hex
    """
    for event in WIRES[wire](_hexadecimal() if as_hex else _raw()):
        print(json.dumps(event, ensure_ascii=False), flush=True)


def _raw() -> Iterator[bytes]:
    while chunk := os.read(sys.stdin.fileno(), 65536):
        yield chunk


def _hexadecimal() -> Iterator[bytes]:
    odd = ""
    for number, line in enumerate(sys.stdin, 1):
        digits = odd + "".join(line.split())
        odd = digits[-1] if len(digits) % 2 else ""
        try:
            yield bytes.fromhex(digits[: len(digits) - len(odd)])
        except ValueError as why:
            raise click.ClickException(f"line {number} of the input is not hexadecimal: {line.strip()[:40]}") from why
    if odd:
        raise click.ClickException("the input ends in the middle of a byte: a single hexadecimal digit is left over")
