"""`nightbell simulate`: the other end of every wire, in your hands."""

from __future__ import annotations

import json
from typing import Any, cast

import click
from twisted.internet.base import ReactorBase

from appliance.cli.given import settings_of
from appliance.foundation.i18n import translate
from appliance.simulator.control import ask

PATIENCE = 30.0


@click.group()
def simulate() -> None:
    """Press buttons, cut wires, break the modem, busy the carrier: what hospitals do to a box.

    Needs a box with its simulated hospital (`make run`). Every verb prints what happened; with --json as one object.
    """


def _ask(context: click.Context, as_json: bool, patience: float = PATIENCE, **request: Any) -> None:
    settings = settings_of(context)
    try:
        answer = ask(settings.simulator_socket, request, timeout=patience)
    except OSError as why:
        sentence = translate("The simulated hospital does not answer: is 'make run' running?", settings.language)
        raise click.ClickException(sentence) from why
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
    if not answer.pop("ok"):
        if as_json:
            raise SystemExit(1)
        message = translate(str(answer.get("message", answer["error"])), settings.language, **answer.get("facts", {}))
        raise click.ClickException(message)
    if not as_json:
        print(_readable(answer))


def _readable(answer: dict[str, Any]) -> str:
    lines = []
    for key, value in answer.items():
        if isinstance(value, list):
            lines += [
                "  ".join(f"{k}={v}" for k, v in row.items()) if isinstance(row, dict) else str(row) for row in value
            ]
        else:
            lines.append(f"{key}: {value}")
    return "\n".join(lines) or "done"


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
line_option = click.option("--line", default="ward-a", show_default=True, help="The host line (plan id).")


@simulate.command()
@click.argument("bed")
@line_option
@click.option("--type", "call_type", default="call", show_default=True, help="The call type (plan id).")
@click.option("--no-wait", is_flag=True, help="Do not wait until the box has acknowledged the block.")
@as_json_option
@click.pass_context
def press(context: click.Context, bed: str, line: str, call_type: str, no_wait: bool, as_json: bool) -> None:
    """Press the button at BED; returns when the box has acknowledged it on the wire."""
    _ask(context, as_json, verb="press", line=line, bed=bed, type=call_type, wait=not no_wait)


@simulate.command()
@click.argument("bed")
@line_option
@click.option("--no-wait", is_flag=True, help="Do not wait until the box has acknowledged the block.")
@as_json_option
@click.pass_context
def reset(context: click.Context, bed: str, line: str, no_wait: bool, as_json: bool) -> None:
    """Reset the call at BED, at the bedside."""
    _ask(context, as_json, verb="reset", line=line, bed=bed, wait=not no_wait)


@simulate.command()
@click.argument("line")
@click.argument("action", type=click.Choice(["drop", "restore", "garble", "flood", "wrong-bcc", "cut", "silent", "ok"]))
@click.option("--seconds", type=float, default=5.0, show_default=True, help="How long to garble or flood.")
@click.option("--count", type=int, default=1, show_default=True, help="How many blocks to spoil or cut.")
@as_json_option
@click.pass_context
def line(context: click.Context, line: str, action: str, seconds: float, count: int, as_json: bool) -> None:
    """Break a host LINE: unplug it (drop), send rubbish, spoil blocks, fall silent; restore and ok mend it."""
    _ask(context, as_json, verb="line", line=line, action=action, seconds=seconds, count=count)


@simulate.command()
@as_json_option
@click.pass_context
def lines(context: click.Context, as_json: bool) -> None:
    """The simulated host lines and their devices."""
    _ask(context, as_json, verb="lines")


MODEM_FAULTS = (
    *("break", "silence", "unplug", "unplug-in-message", "plug", "cms-error", "no-signal", "no-delivery-report"),
    *("failed-delivery", "garbage", "restart", "restart-unnoticed", "mend"),
)


@simulate.command()
@click.argument("modem")
@click.argument("action", type=click.Choice(MODEM_FAULTS))
@click.option("--times", type=int, default=1, show_default=True, help="How many messages to refuse (cms-error).")
@as_json_option
@click.pass_context
def modem(context: click.Context, modem: str, action: str, times: int, as_json: bool) -> None:
    """Break or mend a MODEM: `break` hangs in mid-message, `silence` says nothing at all, `mend` ends every fault."""
    _ask(context, as_json, verb="modem", id=modem, action=action, times=times)


@simulate.command()
@as_json_option
@click.pass_context
def messages(context: click.Context, as_json: bool) -> None:
    """The short messages the simulated mobiles have received."""
    _ask(context, as_json, verb="messages")


@simulate.command()
@click.argument("sender")
@click.argument("text")
@as_json_option
@click.pass_context
def incoming(context: click.Context, sender: str, text: str, as_json: bool) -> None:
    """Let a mobile SENDER send TEXT to the box."""
    message: dict[str, Any] = {"from": sender, "text": text}
    _ask(context, as_json, verb="incoming", **message)


@simulate.command()
@click.argument("mode", type=click.Choice(["normal", "busy", "congestion", "no-answer", "dead"]))
@click.option("--trunk", help="Only this trunk (plan id); default: all.")
@as_json_option
@click.pass_context
def carrier(context: click.Context, mode: str, trunk: str | None, as_json: bool) -> None:
    """Make the carrier busy, congested, silent or dead; normal mends it."""
    _ask(context, as_json, verb="carrier", mode=mode, trunk=trunk)


@simulate.command()
@click.argument("extension")
@click.argument("digits")
@click.option("--talk", type=float, default=10.0, show_default=True, help="Hang up after so many seconds of talk.")
@click.option("--hear", is_flag=True, help="Record what the phone hears, and print where.")
@as_json_option
@click.pass_context
def dial(context: click.Context, extension: str, digits: str, talk: float, hear: bool, as_json: bool) -> None:
    """A simulated phone, registered as EXTENSION, dials DIGITS, talks (a tone) and hangs up."""
    _ask(context, as_json, patience=talk + 90, verb="dial", extension=extension, digits=digits, talk=talk, hear=hear)


@simulate.command()
@click.pass_context
def serve(context: click.Context) -> None:
    """Run the simulator itself, as supervisord does."""
    from appliance.compose import NoPlan, plan_at_start

    settings = settings_of(context)
    try:
        plan = plan_at_start(settings)
    except NoPlan as why:
        raise click.ClickException(str(why)) from why
    from twisted.internet import reactor

    from appliance.simulator.serve import serve as run

    run(settings, plan, cast(ReactorBase, reactor))
