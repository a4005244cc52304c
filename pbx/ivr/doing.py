"""What each kind of node does with a caller, and where it lets them go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from appliance.foundation.values import LANGUAGES
from pbx.ivr.nodes import (
    Branch,
    Choose,
    Collect,
    Database,
    Fax,
    HangUp,
    Hours,
    Http,
    Menu,
    Play,
    Queue,
    Record,
    Service,
    Set,
    SubFlow,
    Transfer,
)
from pbx.ivr.ports import Failed
from pbx.ivr.prompts import filled
from pbx.ivr.run import Run

WRONG = "That key has no meaning here."
SILENCE = "Nothing was keyed."
TOO_SHORT = "That is too short."
CONFIRM = "You entered {keyed}. Press 1 if that is right, 2 to enter it again."
NOBODY = "Nobody answers."
BUSY = "The line is busy."
UNABLE = "That is not possible at the moment."
NO_QUEUE = "There is no waiting queue at the moment."
AFTER_BEEP = "Please speak after the tone. Press # when you have finished."
REVIEW = "Press 1 to keep the message, 2 to record it again, 3 to drop it."
KEPT = "Thank you. Your message is kept."
DROPPED = "The message was dropped."
NOTHING_SAID = "Nothing was recorded."
PRESS_START = "Please press the start key of your fax machine now."
IN_A_MOMENT = "The fax is sent to you in a moment. You can hang up."
NO_DOCUMENT = "There is no such document."
SENTENCES = (
    PRESS_START, IN_A_MOMENT, NO_DOCUMENT,
    WRONG, SILENCE, TOO_SHORT, CONFIRM, NOBODY, BUSY, UNABLE, NO_QUEUE, AFTER_BEEP, REVIEW, KEPT, DROPPED, NOTHING_SAID,
)  # fmt: skip
"""All that menus say by themselves: message ids."""

OPTION_GAP = 2
"""Seconds in which another key may make a longer option."""
TRIES = 3


def _or(*settings: Any) -> Any:
    """The first that is set."""
    return next((one for one in settings if one is not None), None)


async def play(run: Run, node: Play) -> str:
    """Says it; with barge-in a key cuts it short and is kept for the menu that follows."""
    await run.say(await run.sounds(node.prompt), barge_in=_or(node.barge_in, run.flow.barge_in))
    return node.next


async def menu(run: Run, node: Menu) -> str:
    """Says what there is until a key that means something, or until nobody answers often enough."""
    flow = run.flow
    options = {**node.keys, **flow.always_at(node.keys)}
    retries, seconds = _or(node.retries, flow.retries), _or(node.timeout, flow.timeout)
    barge_in, silent, sorry = _or(node.barge_in, flow.barge_in), False, list[Any]()
    for _ in range(retries + 1):
        sounds = sorry + await run.sounds(node.prompt)
        keyed = await _option(run, node, options, await run.key(sounds, seconds, barge_in=barge_in))
        if keyed in options:
            run.tell("key", keyed)
            return options[keyed]
        if node.extensions and run.around.desks.has(keyed):
            run.tell("key", "extension")
            return await _put_through(run, keyed, 30, _or(node.on_wrong, "@again"), _or(node.on_wrong, "@again"))
        silent = not keyed
        run.tell("timeout" if silent else "wrong", "" if node.extensions else keyed)
        sorry = [] if silent else await (run.sounds(node.wrong) if node.wrong else run.words(WRONG))
    late = _or(node.on_timeout, flow.on_timeout, "@end")
    return str(late if silent else _or(node.on_wrong, flow.on_wrong, late))


async def _option(run: Run, node: Menu, options: Mapping[str, str], keyed: str) -> str:
    """`keyed`, with what follows while a longer option, or extension, begins so."""

    def longer() -> bool:
        more = any(option != keyed and option.startswith(keyed) for option in options)
        return more or (node.extensions and run.around.desks.begins(keyed))

    while keyed and longer():
        key = await run.key([], OPTION_GAP)
        if not key:
            break
        keyed += key
    return keyed


async def collect(run: Run, node: Collect) -> str:
    """Gathers digits; asks again where they are too few, or not what the caller meant."""
    flow = run.flow
    retries, seconds = _or(node.retries, flow.retries), _or(node.timeout, flow.timeout)
    sorry = list[Any]()
    if node.secret:
        run.secret.add(node.into)
    for _ in range(retries + 1):
        keyed = await _digits(run, node, sorry + await run.sounds(node.prompt), seconds)
        if len(keyed) < node.min:
            run.tell("wrong" if keyed else "timeout")
            sorry = await run.words(TOO_SHORT if keyed else SILENCE)
            continue
        if not node.confirm or await _confirmed(run, keyed, seconds):
            run.variables[node.into] = keyed
            run.tell("keyed", "" if node.secret else keyed)
            return node.next
        sorry = []
    return str(_or(node.on_fail, flow.on_timeout, "@end"))


async def _digits(run: Run, node: Collect, sounds: list[Any], seconds: int) -> str:
    keyed = ""
    key = await run.key(sounds, seconds, barge_in=_or(node.barge_in, run.flow.barge_in))
    while key and key != node.terminator:
        keyed += key
        if len(keyed) >= node.max:
            break
        key = await run.key([], run.flow.gap)
    return keyed


async def _confirmed(run: Run, keyed: str, seconds: int) -> bool:
    for _ in range(TRIES):
        key = await run.key(await run.words(CONFIRM, keyed=" ".join(keyed)), seconds)
        if key in ("1", "2"):
            return key == "1"
    return False


async def choose(run: Run, node: Choose) -> str:
    """Sets the language, or asks for it in every language, each in its own voice."""
    if node.to is not None:
        run.language = node.to
        return node.next
    for _ in range(TRIES):
        sounds = [sound for language in LANGUAGES for sound in await run.sounds(node.prompt, language)]
        key = await run.key(sounds, _or(node.timeout, run.flow.timeout))
        if key in node.keys:
            run.language = node.keys[key]
            run.tell("key", key)
            break
        run.tell("wrong" if key else "timeout", key)
        if not key:
            break
    return node.next


async def hours(run: Run, node: Hours) -> str:
    """Where the schedule says."""
    found = run.hours(node.schedule)
    run.tell(found)
    return {"work": node.work, "off": node.off, "holiday": node.holiday or node.off}[found]


async def look_up(run: Run, node: Http | Database) -> str:
    """Asks another system; what it answers goes into variables."""
    await run.say(await run.sounds(node.prompt))
    ask = run.around.lookups
    try:
        found = await (ask.http(node, run.variables) if isinstance(node, Http) else ask.database(node, run.variables))
    except Failed as why:
        run.tell("failed", str(why))
        return _fallen(node.on_fail, node.on_none)
    if found is None:
        run.tell("none")
        return _fallen(node.on_none, node.on_fail)
    run.variables.update(found)
    run.tell("found")
    return node.next


def _fallen(*targets: str | None) -> str:
    return next((target for target in targets if target is not None), "@end")


async def service(run: Run, node: Service) -> str:
    """What a feature does with the caller."""
    serve = run.around.services.get(node.service)
    if serve is not None and await serve(run.caller, run.language):
        run.unasked = 0
        run.tell("done")
        return node.next
    run.tell("failed")
    if serve is None:
        await run.say(await run.words(UNABLE))
    return _fallen(node.on_fail, node.next)


async def queue(run: Run, node: Queue) -> str:
    """Waits in a queue; where there is none, the caller is told so."""
    queues = run.around.queues
    if queues is None or not queues.has(node.queue):
        run.tell("none")
        await run.say(await run.words(NO_QUEUE))
        return _fallen(node.on_fail)
    if await queues.wait(run.caller, node.queue, run.language):
        run.tell("done")
        return "@end"
    run.tell("failed")
    return _fallen(node.on_fail)


async def fax(run: Run, node: Fax) -> str:
    """Sends a document to the machine that calls, or has it sent in another call."""
    faxes, document, menu = run.around.faxes, filled(node.document, run.variables), run.place.flow
    if faxes is None or not await faxes.has(document):
        return await _not_faxed(run, node, "none")
    if not node.back:
        await run.say(await (run.sounds(node.prompt) if node.prompt else run.words(PRESS_START)))
        run.tell("faxed", document)
        await faxes.now(run.caller, document, menu)
        return "@end"
    if not await faxes.call_back(run.caller, document, filled(node.back, run.variables), node.by, menu):
        return await _not_faxed(run, node, "failed")
    run.tell("faxed", document)
    await run.say(await (run.sounds(node.prompt) if node.prompt else run.words(IN_A_MOMENT)))
    return node.next


async def _not_faxed(run: Run, node: Fax, what: str) -> str:
    run.tell(what)
    await run.say(await run.words(NO_DOCUMENT if what == "none" else UNABLE))
    return _fallen(node.on_fail)


async def record(run: Run, node: Record) -> str:
    """Records a message; the caller may hear it, record it anew, or drop it. Who hangs up has kept it."""
    messages, caller = run.around.messages, run.caller
    await run.say(await (run.sounds(node.prompt) if node.prompt else run.words(AFTER_BEEP)))
    for _ in range(TRIES):
        name = messages.place(caller.call)
        longest, silence = timedelta(seconds=node.longest), timedelta(seconds=node.silence)
        seconds = await caller.record(name, longest, silence=silence, beep=run.around.beep())
        if seconds < 1:
            run.tell("none")
            messages.drop(name)
            await run.say(await run.words(NOTHING_SAID))
            continue
        answer = await _reviewed(run, node, name, seconds)
        if answer == "keep":
            return node.next
        if answer == "drop":
            break
    return _fallen(node.on_none, node.next)


async def _reviewed(run: Run, node: Record, name: str, seconds: float) -> str:
    """What becomes of the message: `keep`, `again`, `drop`. It is kept before anybody is asked: callers just go."""
    messages = run.around.messages
    kept = {"call": run.caller.call, "caller": run.caller.extension, "flow": run.place.flow, "node": node.id}
    keys = {"1": "keep", "2": "again", "3": "drop"}
    answer, asking = "keep", node.review
    try:
        while asking:
            said = [messages.file(name), *await run.words(REVIEW)]
            key = await run.key(said, run.flow.timeout)
            asking = bool(key) and key not in keys
            answer = keys.get(key, "keep")
    finally:
        if answer == "keep":
            run.tell("kept", f"{seconds:.0f}")
            await messages.keep(name, seconds=seconds, tell=node.tell, **kept)
        else:
            messages.drop(name)
    if answer != "again":
        run.tell(answer)
        await run.say(await run.words(KEPT if answer == "keep" else DROPPED))
    return answer


async def transfer(run: Run, node: Transfer) -> str:
    """Puts the caller through; goes on where nobody talked with them."""
    number = filled(node.to, run.variables)
    await run.say(await run.sounds(node.prompt))
    busy, fail = _fallen(node.on_busy, node.on_fail), _fallen(node.on_fail, node.on_busy)
    if node.outside:
        ended = await run.around.desks.outside(run.caller, number, timedelta(seconds=node.ring))
        return await _afterwards(run, ended.outcome, busy, fail)
    if not run.around.desks.has(number):
        run.tell("wrong")
        await run.say(await run.words(WRONG))
        return fail
    return await _put_through(run, number, node.ring, busy, fail)


async def _put_through(run: Run, number: str, ring: int, busy: str, fail: str) -> str:
    ended = await run.around.desks.ring(run.caller, number, timedelta(seconds=ring))
    return await _afterwards(run, ended.outcome, busy, fail)


async def _afterwards(run: Run, outcome: str, busy: str, fail: str) -> str:
    run.tell(outcome)
    if outcome in ("answered", "caller-left"):
        return "@end"
    await run.say(await run.words(BUSY if outcome == "busy" else NOBODY))
    return busy if outcome == "busy" else fail


async def set_variable(run: Run, node: Set) -> str:
    """Sets a variable."""
    run.variables[node.variable] = filled(node.value, run.variables)
    return node.next


async def branch(run: Run, node: Branch) -> str:
    """Goes by a variable."""
    value = run.variables.get(node.variable, "")
    run.tell("branch", "" if node.variable in run.secret else value)
    return node.cases.get(value, node.otherwise)


async def hang_up(run: Run, node: HangUp) -> str:
    """Says good-bye."""
    await run.say(await run.sounds(node.prompt))
    return "@end"


async def sub_flow(run: Run, node: SubFlow) -> str:
    """Goes on in another flow."""
    return "@again" if run.call(node.flow, node.node) else "@end"


Do = Callable[[Run, Any], Awaitable[str]]

DO: Mapping[str, Do] = {
    "play": play, "menu": menu, "collect": collect, "language": choose, "time": hours, "http": look_up,
    "database": look_up, "service": service, "record": record, "transfer": transfer, "queue": queue, "fax": fax,
    "set": set_variable, "branch": branch, "flow": sub_flow, "hangup": hang_up,
}  # fmt: skip
"""By a node's kind."""
