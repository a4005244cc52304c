"""The plain dialplan: everything to our program, and what Asterisk does by itself when that is dead."""

from __future__ import annotations

from collections.abc import Iterator

from pbx.engine.files import USER, lines
from pbx.plan import PbxPlan

ANYTHING = "_[0-9*#+]!"
RING_SECONDS = 60


def dialplan(plan: PbxPlan) -> str:
    """extensions.conf. No context has a `T` extension: a call that reached its limit must end, not go on."""
    return "\n".join(
        [
            "[general]",
            "static=yes",
            "writeprotect=yes",
            "[phones]",
            *_phones(plan),
            "[plain]",
            *_plain(plan),
            "[emergency]",
            *_emergency(plan),
            # When one leg goes, the other goes with it, though nobody be there to say so.
            "[release]",
            *lines('ExecIf($["${PEER}" != ""]?SoftHangup(${PEER}))', "Return()", exten="caller"),
            # A leg that was never answered leaves its caller to be told so, or to be connected another way.
            *lines('ExecIf($["${CHANNEL(state)}" = "Up"]?SoftHangup(${PEER}))', "Return()", exten="called"),
            "[carriers]",
            *lines("Hangup(21)", exten=ANYTHING),
            "",
        ]
    )


def _phones(plan: PbxPlan) -> Iterator[str]:
    for number in plan.emergency:
        yield from lines("Goto(emergency,${EXTEN},1)", exten=number)
    yield from lines(
        "Set(CHANNEL(hangup_handler_push)=release,caller,1)",
        f"Stasis({USER})",
        'GotoIf($["${STASISSTATUS}" = "FAILED"]?plain,${EXTEN},1)',
        "Hangup()",
        exten=ANYTHING,
    )


def _plain(plan: PbxPlan) -> Iterator[str]:
    """Our program does not answer: phones still ring one another; paid calls hear that it cannot be."""
    for number in plan.numbers():
        yield from lines(f"Dial(PJSIP/{number},{RING_SECONDS})", "Hangup()", exten=number)
    yield from lines("Congestion(10)", exten=ANYTHING)


def _emergency(plan: PbxPlan) -> Iterator[str]:
    """Over each trunk in turn until one answers. `Dial` goes on to the next step only when nobody did."""
    for number in plan.emergency:
        tries = [f"Dial(PJSIP/{number}@trunk-{trunk.id},{RING_SECONDS})" for trunk in plan.trunks]
        yield from lines(*tries, "Congestion(10)", exten=number)
