"""Files that a verb makes. Apart from the rest, so that quick verbs stay quick."""

from __future__ import annotations

import sys
from pathlib import Path

import click

out_option = click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, allow_dash=True),
    required=True,
    help="The file; - is standard output.",
)
language_option = click.option(
    "--language", type=click.Choice(["zh", "en"]), help="Of the report. Default: the site's."
)


def write(out: Path, content: bytes) -> None:
    """To the file, whose name is then said; or to standard output for `-`."""
    if str(out) == "-":
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)
        print(out)
