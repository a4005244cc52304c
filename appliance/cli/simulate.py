"""`nightbell simulate`: the other end of every wire, in your hands."""

from __future__ import annotations

import json
from typing import Any, cast

import click
from twisted.internet.base import ReactorBase

from appliance.cli.given import settings_of
from appliance.cli.help import Group
from appliance.cli.language import say
from appliance.simulator.card_system import ACTIONS as CARD_ACTIONS
from appliance.simulator.control import ask
from appliance.simulator.hospital_verbs import ACTIONS, FAULTS
from appliance.simulator.new_phones import FAULTS as NEW_PHONE_FAULTS
from appliance.simulator.outside import MODES
from appliance.simulator.page_statuses import STATUSES
from appliance.simulator.phone_makes import MAKES
from appliance.simulator.scenario import LOADS
from appliance.simulator.upsd import ACTIONS as UPS_ACTIONS
from appliance.simulator.upsd import FAULTS as UPS_FAULTS

PATIENCE = 30.0


@click.group(cls=Group)
def simulate() -> None:
    """Press buttons, cut wires, break the modem, busy the carrier: what hospitals do to a box.

    Needs a box with its simulated hospital (`make run`). Every verb prints what happened; with --json as one object.
    """


def _ask(context: click.Context, as_json: bool, patience: float = PATIENCE, **request: Any) -> None:
    settings = settings_of(context)
    try:
        answer = ask(settings.simulator_socket, request, timeout=patience)
    except OSError as why:
        sentence = say("The simulated hospital does not answer: is 'make run' running?")
        raise click.ClickException(sentence) from why
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
    if not answer.pop("ok"):
        if as_json:
            raise SystemExit(1)
        message = say(str(answer.get("message", answer["error"])), **answer.get("facts", {}))
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
    return "\n".join(lines) or say("done")


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
@click.argument("bed")
@line_option
@click.option("--left", is_flag=True, help="She leaves.")
@as_json_option
@click.pass_context
def presence(context: click.Context, bed: str, line: str, left: bool, as_json: bool) -> None:
    """A nurse comes to BED and switches her presence on; with --left she leaves. The line must know such a thing."""
    _ask(context, as_json, verb="presence", line=line, bed=bed, here=not left)


@simulate.command()
@click.argument("bed")
@line_option
@click.option("--plug", is_flag=True, help="Plug it in again.")
@as_json_option
@click.pass_context
def terminal(context: click.Context, bed: str, line: str, plug: bool, as_json: bool) -> None:
    """Unplug the terminal at BED; with --plug put it back. The line must know such a thing."""
    _ask(context, as_json, verb="terminal", line=line, bed=bed, well=plug)


@simulate.command()
@click.argument("bed")
@line_option
@click.option("--type", "call_type", help="The call type (plan id). Default: the last call of BED.")
@as_json_option
@click.pass_context
def status(context: click.Context, bed: str, line: str, call_type: str | None, as_json: bool) -> None:
    """Ask on the wire (ESPA 4.4.4, ESPA-X) what became of the call of BED; prints the status that the box sends back.

    ESPA 4.4.4: 2 queued, 3 paged, 4 absent, 5 terminated, 6 acknowledged, 7 speech open, 8 fault. ESPA-X: Queued,
    Active or Conversation.
    """
    _ask(context, as_json, verb="status", line=line, bed=bed, type=call_type)


@simulate.command()
@click.argument("line", default="")
@as_json_option
@click.pass_context
def statuses(context: click.Context, line: str, as_json: bool) -> None:
    """What the hosts were told of their calls, asked for or not; of one where LINE names it."""
    _ask(context, as_json, verb="statuses", line=line)


LINE_FAULTS = ("drop", "restore", "garble", "flood", "wrong-bcc", "cut", "repeat", "silent", "misaddress", "ok")


@simulate.command()
@click.argument("line")
@click.argument("action", type=click.Choice(LINE_FAULTS))
@click.option("--seconds", type=float, default=5.0, show_default=True, help="How long to garble or flood.")
@click.option("--count", type=int, default=1, show_default=True, help="How many messages to spoil, cut or repeat.")
@as_json_option
@click.pass_context
def line(context: click.Context, line: str, action: str, seconds: float, count: int, as_json: bool) -> None:
    """Break a host LINE: unplug it (drop), send rubbish, spoil or cut messages, say the last one again and again
    (repeat), fall silent, call another address than the plan's (misaddress); restore and ok mend it."""
    _ask(context, as_json, verb="line", line=line, action=action, seconds=seconds, count=count)


@simulate.command()
@as_json_option
@click.pass_context
def lines(context: click.Context, as_json: bool) -> None:
    """The simulated host lines and their devices."""
    _ask(context, as_json, verb="lines")


@simulate.command()
@click.argument("pager", default="")
@as_json_option
@click.pass_context
def pages(context: click.Context, pager: str, as_json: bool) -> None:
    """What the simulated pager systems took; of one system where PAGER names it."""
    _ask(context, as_json, verb="pages", pager=pager)


@simulate.command()
@click.argument("pager")
@click.argument("action", type=click.Choice(["drop", "restore", "silent", "busy", "ok"]))
@as_json_option
@click.pass_context
def pager(context: click.Context, pager: str, action: str, as_json: bool) -> None:
    """Break or mend a PAGER system: unplug it (drop), fall silent, be busy; restore and ok mend it."""
    _ask(context, as_json, verb="pager", pager=pager, action=action)


@simulate.command("page-status")
@click.argument("pager")
@click.argument("status", type=click.Choice(list(STATUSES)))
@click.option("--address", help="Of the last page to this address. Default: the last page of all.")
@click.option("--text", help="Another text than the page had: then it is no page of the box.")
@click.option("--times", type=click.IntRange(1, 100), default=1, show_default=True, help="How many times to say it.")
@as_json_option
@click.pass_context
def page_status(context: click.Context, /, as_json: bool, **request: Any) -> None:
    """A PAGER system (ESPA 4.4.4) says what became of a page: whoever carries the pager has acknowledged it, the
    pager is absent, the transmitter has failed … Returns when the box has taken the status on the wire."""
    _end(context, "page-status", as_json, **request)


MODEM_FAULTS = (
    *("break", "silence", "unplug", "unplug-in-message", "plug", "cms-error", "no-signal", "no-delivery-report"),
    *("failed-delivery", "garbage", "restart", "restart-unnoticed", "hang-until-reset", "weak-signal", "sim-pin"),
    *("sim-puk", "no-sim", "fill", "mend"),
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


CENTRE_FAULTS = (
    *("hang", "swallow", "drop-in-message", "refuse", "refuse-login", "slow", "drop", "garbage", "failed-delivery"),
    *("no-delivery-report", "stop", "start", "deliver", "mend"),
)
SERVICE_FAULTS = ("hang", "swallow", "slow", "refuse", "stop", "start", "mend")
id_option = click.option("--id", "identity", help="Which one (plan id); may be left out where there is one.")
times_option = click.option("--times", type=int, default=1, show_default=True, help="How many to refuse.")
status_option = click.option("--status", type=int, help="HTTP status to refuse with; 500 when not given.")


def _end(context: click.Context, verb: str, as_json: bool, **request: Any) -> None:
    _ask(context, as_json, verb=verb, **{key: value for key, value in request.items() if value is not None})


@simulate.command()
@click.argument("action", type=click.Choice(CENTRE_FAULTS))
@id_option
@times_option
@click.option("--status", type=int, help="SMPP command_status to refuse with; 88 (throttled) when not given.")
@click.option("--from", "sender", help="Who writes (deliver).")
@click.option("--text", help="What they write (deliver).")
@as_json_option
@click.pass_context
def smsc(context: click.Context, /, as_json: bool, identity: str | None, sender: str | None, **request: Any) -> None:
    """Break or mend a message centre (SMPP) that the plan puts at 127.0.0.1, or let somebody write to the box."""
    _end(context, "smsc", as_json, **request, **{"id": identity, "from": sender})


@simulate.command()
@click.argument("action", required=False, type=click.Choice([*UPS_ACTIONS, *UPS_FAULTS, "mend"]))
@as_json_option
@click.pass_context
def ups(context: click.Context, /, as_json: bool, action: str | None) -> None:
    """Let mains fail, the battery run low, or the UPS or its server break; without ACTION, say how it is."""
    _end(context, "ups", as_json, action=action)


@simulate.command("sms-http")
@click.argument("action", type=click.Choice(SERVICE_FAULTS))
@id_option
@times_option
@status_option
@as_json_option
@click.pass_context
def sms_http(context: click.Context, /, as_json: bool, identity: str | None, **request: Any) -> None:
    """Break or mend an HTTP gateway for short messages that the plan puts at http://127.0.0.1."""
    _end(context, "sms-http", as_json, id=identity, **request)


@simulate.command()
@click.argument("action", type=click.Choice(SERVICE_FAULTS), required=False)
@id_option
@times_option
@status_option
@as_json_option
@click.pass_context
def webhook(context: click.Context, /, as_json: bool, identity: str | None, **request: Any) -> None:
    """What a receiver of webhooks at http://127.0.0.1 was sent; or break and mend it."""
    _end(context, "webhook", as_json, id=identity, **request)


@simulate.command()
@click.argument("action", type=click.Choice(["refuse", "stop", "mend"]), required=False)
@id_option
@as_json_option
@click.pass_context
def mail(context: click.Context, /, as_json: bool, identity: str | None, **request: Any) -> None:
    """The mails that a mail server at 127.0.0.1 took; or break and mend it."""
    _end(context, "mail", as_json, id=identity, **request)


@simulate.command()
@click.argument("action", type=click.Choice(CARD_ACTIONS), required=False)
@click.option("--card", help="Which card (issue, block, unblock, invent).")
@click.option("--holder", help="Whose it is (issue).")
@click.option("--balance", help="Yuan on it (issue), or yuan to take without a call (invent).")
@click.option("--times", type=int, help="How many requests that move money go wrong; till `mend` when not given.")
@click.option("--seconds", type=float, help="How late (late); 8 when not given.")
@as_json_option
@click.pass_context
def card(context: click.Context, /, as_json: bool, **request: Any) -> None:
    """Break or mend the card system of the hospital, where the plan puts it at http://127.0.0.1; without ACTION: its
    cards, what it holds, and its own list of what it took.

    hang does and answers nothing; lose does it and does not answer; late does it after --seconds; twice does it twice;
    nonsense and wrong-key do it and answer rubbish; error and refuse do nothing and say so. issue makes a card; forget
    strikes the last movement off its list, invent puts one on it, so that there is something to reconcile."""
    _end(context, "card", as_json, **request)


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
@click.argument("mode", type=click.Choice(MODES))
@click.option("--trunk", help="Only this trunk (plan id); default: all.")
@as_json_option
@click.pass_context
def carrier(context: click.Context, mode: str, trunk: str | None, as_json: bool) -> None:
    """What the carrier does with calls; normal mends it."""
    _ask(context, as_json, verb="carrier", mode=mode, trunk=trunk)


@simulate.command()
@click.argument("number")
@click.argument("answer", type=click.Choice(["yes", "no", "busy", "voicemail", "usual"]))
@click.option("--keys", default="", help="Keys pressed once it has answered; W waits a second.")
@click.option("--hear", is_flag=True, help="Record what the phone hears, and print where.")
@as_json_option
@click.pass_context
def phone(context: click.Context, number: str, answer: str, keys: str, hear: bool, as_json: bool) -> None:
    """How whoever is called at NUMBER, a nurse's mobile or an extension, behaves from now on."""
    answer = "" if answer == "usual" else answer
    _ask(context, as_json, verb="phone", number=number, answer=answer, keys=keys, hear=hear)


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


@simulate.command("call-in")
@click.argument("called")
@click.option("--from", "caller", default="13700000000", show_default=True, help="Who calls, as the carrier writes it.")
@click.option("--name", default="", help="The caller's name, as the carrier says it.")
@click.option("--withheld", is_flag=True, help="The caller does not want to be known.")
@click.option("--trunk", help="Over which trunk (plan id). Default: the first.")
@click.option("--talk", type=float, default=10.0, show_default=True, help="Hang up after so many seconds of talk.")
@click.option("--hear", is_flag=True, help="Record what the caller hears, and print where.")
@as_json_option
@click.pass_context
def call_in(context: click.Context, /, as_json: bool, talk: float, trunk: str | None, **request: Any) -> None:
    """Somebody outside calls the hospital at CALLED, talks (a tone) and hangs up."""
    given = {"trunk": trunk} if trunk else {}
    _ask(context, as_json, patience=talk + 180, verb="call-in", talk=talk, **given, **request)


@simulate.command()
@click.argument("action", type=click.Choice(list(ACTIONS)))
@click.argument("bed")
@click.argument("to", required=False)
@click.option("--ward", help="The ward of BED (plan id). Default: the first one the feed knows.")
@click.option("--to-ward", help="The ward of TO, where it is another one.")
@click.option("--name", help="Of the patient (admit, update, merge).")
@click.option("--grade", type=click.IntRange(0, 3), help="Care grade (admit, update).")
@click.option("--feed", help="The ADT feed (plan id). Default: the first.")
@as_json_option
@click.pass_context
def patient(
    context: click.Context, action: str, bed: str, to: str | None, ward: str | None, to_ward: str | None,
    name: str | None, grade: int | None, feed: str | None, as_json: bool,
) -> None:  # fmt: skip
    """The hospital system moves a patient: admit 24, transfer 24 31, swap 8 9, discharge 9, merge 9 NUMBER …

    Prints what the box answered: AA, AE or AR, with its sentence.
    """
    more: dict[str, Any] = {"to": to, "ward": ward, "to_ward": to_ward, "name": name, "grade": grade, "feed": feed}
    given: dict[str, Any] = {key: value for key, value in more.items() if value is not None}
    _ask(context, as_json, verb="patient", action=action, bed=bed, **given)


@simulate.command()
@click.argument("action", type=click.Choice(FAULTS))
@click.option("--count", type=click.IntRange(1, 1000), default=1, show_default=True, help="How many messages.")
@click.option("--feed", help="The ADT feed (plan id). Default: the first.")
@as_json_option
@click.pass_context
def feed(context: click.Context, action: str, count: int, feed: str | None, as_json: bool) -> None:
    """Break the hospital system: its next messages come twice, late, in a wrong character set, cut, or not at all."""
    given: dict[str, Any] = {"feed": feed} if feed else {}
    _ask(context, as_json, verb="feed", action=action, count=count, **given)


@simulate.command()
@as_json_option
@click.pass_context
def feeds(context: click.Context, as_json: bool) -> None:
    """The simulated hospital systems, and what they have not got rid of."""
    _ask(context, as_json, verb="feeds")


@simulate.command(name="plug-in")
@click.argument("mac")
@click.option("--make", type=click.Choice(list(MAKES)), default="yealink", show_default=True, help="Who made it.")
@click.option("--fault", type=click.Choice(NEW_PHONE_FAULTS), default="none", show_default=True, help="What is wrong.")
@as_json_option
@click.pass_context
def plug_in(context: click.Context, mac: str, make: str, fault: str, as_json: bool) -> None:
    """Plug in a new telephone, fresh from the carton; one that is there already is reset.

    It asks for its configuration until it gets it, and then registers. Faults: other-mac asks for its neighbour's,
    hasty asks every second, mute never registers.
    """
    _ask(context, as_json, verb="plug-in", mac=mac, make=make, fault=fault)


@simulate.command(name="pull-out")
@click.argument("mac")
@as_json_option
@click.pass_context
def pull_out(context: click.Context, mac: str, as_json: bool) -> None:
    """Pull the cord of a telephone that was plugged in."""
    _ask(context, as_json, verb="pull-out", mac=mac)


@simulate.command(name="new-phones")
@as_json_option
@click.pass_context
def new_phones(context: click.Context, as_json: bool) -> None:
    """The new telephones that are plugged in, and how each is."""
    _ask(context, as_json, verb="new-phones")


@simulate.command()
@click.argument("name", type=click.Choice(list(LOADS)), required=False)
@click.option("--ward", default="ward-a", show_default=True, help="The ward (plan id).")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed tells the same story.")
@click.option("--speed", type=float, default=1.0, show_default=True, help="Simulated seconds a second.")
@click.option("--minutes", type=float, default=60.0, show_default=True, help="How long patients call (simulated).")
@as_json_option
@click.pass_context
def scenario(
    context: click.Context, name: str | None, ward: str, seed: int, speed: float, minutes: float, as_json: bool
) -> None:
    """Patients call and staff come by themselves, as in a hospital; without a NAME: how it goes."""
    more: dict[str, Any] = {"ward": ward, "seed": seed, "speed": speed, "minutes": minutes, "name": name or ""}
    _ask(context, as_json, verb="scenario", **more)


@simulate.command(name="scenario-stop")
@as_json_option
@click.pass_context
def scenario_stop(context: click.Context, as_json: bool) -> None:
    """Nobody calls any more, and whoever waits is attended to now."""
    _ask(context, as_json, verb="scenario-stop")


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
