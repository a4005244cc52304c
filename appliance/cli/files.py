"""Files named on the command line. Apart from the rest, so that quick verbs stay quick."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.language import say


def text_of(file: Path) -> str:
    """What a text file says, in UTF-8; one that cannot be read ends the command with exit code 1."""
    try:
        return bytes_of(file).decode("utf-8-sig")
    except UnicodeDecodeError as why:
        sentence = say("{file} is not UTF-8 text (byte {byte}): save it as CSV UTF-8.", file=file, byte=why.start)
        raise click.ClickException(sentence) from why


def bytes_of(file: Path) -> bytes:
    """What a file holds; one that cannot be read ends the command with exit code 1."""
    try:
        return file.read_bytes()
    except FileNotFoundError as why:
        raise click.ClickException(say("There is no file {file}.", file=file)) from why
    except (OSError, ValueError) as why:
        reason = getattr(why, "strerror", None) or str(why)
        raise click.ClickException(say("{file} cannot be read: {why}", file=file, why=reason)) from why
