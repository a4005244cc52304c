"""`nightbell support`: one ZIP that says how the box is, without patients' data."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from appliance.cli.given import settings_of
from appliance.cli.help import Command
from appliance.cli.language import say
from appliance.foundation.clock import CommandClock


@click.command(cls=Command)
@click.argument("out", metavar="FILE", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.pass_context
def support(context: click.Context, out: Path) -> None:
    """Write to FILE (- is standard output) what helps who helps: one ZIP that says how the box is.

    Versions, parts, processes, figures, plan, settings, the ends of journal and logs. Names, numbers, PINs, passwords
    and texts are masked. Works also when the box does not run, or its records cannot be opened.

    \b
      nightbell support box.zip
    """
    from appliance.support.bundle import bundle

    content = bundle(settings_of(context), context.find_root().obj, CommandClock().now())
    if str(out) == "-":
        sys.stdout.buffer.write(content)
        return
    out.write_bytes(content)
    print(say("{file}: {octets} MB", file=out, octets=f"{len(content) / 1e6:.1f}"))
