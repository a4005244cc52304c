"""The plain dialplan: everything to our program, and what Asterisk does by itself when that is dead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pbx.causes import Cause
from pbx.engine.dialling import as_given
from pbx.engine.files import CALLED_IN, CARRIERS, USER, lines
from pbx.engine.records import MARK
from pbx.plan import PbxPlan

ANYTHING = "_[0-9*#+]!"
RING_SECONDS = 60
PHONES, EMERGENCY = "phones", "emergency"
"""The contexts of what telephones dial, and of emergency numbers."""
LAMPS, MAILBOXES = "lamps", "nightbell"
"""The context that says how many messages a mailbox has, and what all mailboxes are said to belong to."""
WATCHED = "watched"
"""The context of extensions that other telephones' lamps follow."""
HANDS_ON = "PJSIP_TRANSFER_HANDLING()"
"""Set to `ari-only` on a leg of ours: that its phone wants to hand its party on (REFER) is told us, and only us."""
FAX = "fax"
"""The context of fax machines: `receive` into, or `send` out of, the TIFF that FAX_FILE names."""
FALLBACK = "carriers-plain"
"""The context of calls from outside without our program."""


def dialplan(plan: PbxPlan, seats: Mapping[str, str]) -> str:
    """extensions.conf. No context has a `T` extension: a call that reached its limit must end, not go on.

    seats: the telephone of each extension that is not at its own.
    """
    return "\n".join(
        [
            "[general]",
            "static=yes",
            "writeprotect=yes",
            f"[{PHONES}]",
            *_phones(plan),
            "[plain]",
            *_plain(plan, seats),
            f"[{EMERGENCY}]",
            *_emergency(plan),
            # When one leg goes, the other goes with it, though nobody be there to say so.
            "[release]",
            *lines('ExecIf($["${PEER}" != ""]?SoftHangup(${PEER}))', "Return()", exten="caller"),
            # A leg that was never answered leaves its caller to be told so, or to be connected another way.
            # Nor does one whose caller may have another number: it has no PEER.
            *lines(
                'ExecIf($["${CHANNEL(state)}" = "Up" & "${PEER}" != ""]?SoftHangup(${PEER}))',
                "Return()",
                exten="called",
            ),
            f"[{LAMPS}]",
            *lines("MinivmMWI(${EXTEN}@" + MAILBOXES + ",0,${NEW},${OLD})", "Hangup()", exten="_X!"),
            *lines("Hangup()", exten="done"),
            f"[{FAX}]",
            # f: as sound where the other side knows no T.38. z: ask for T.38 where the other side does not.
            *lines("ReceiveFAX(${FAX_FILE},f)", "Hangup()", exten="receive"),
            *lines("SendFAX(${FAX_FILE},fz)", "Hangup()", exten="send"),
            *_called_in(),
            f"[{WATCHED}]",
            *(f"exten => {number},hint,PJSIP/{seats.get(number, number)}" for number in plan.phones.watched()),
            f"[{CARRIERS}]",
            *_steered(FALLBACK),
            f"[{FALLBACK}]",
            *_fallback(plan, seats),
            "",
        ]
    )


def _phones(plan: PbxPlan) -> Iterator[str]:
    for way, number in plan.ways_to_emergency().items():
        yield from lines(f"Goto({EMERGENCY},{number},1)", exten=way)
    yield from _steered("plain")


def _called_in() -> Iterator[str]:
    """Calls whose called number stands in a header: where a trunk logged in, all of them come to the user's name."""
    for context, header in CALLED_IN.items():
        yield f"[{context}]"
        yield from lines(
            f"Set(CALLED=${{FILTER(0-9+,${{PJSIP_PARSE_URI(${{PJSIP_HEADER(read,{header})}},user)}})}})",
            f'Goto({CARRIERS},${{IF($["${{CALLED}}" = ""]?${{EXTEN}}:${{CALLED}})}},1)',
            exten="_.",
        )


def _steered(otherwise: str) -> Iterable[str]:
    """To our program; when that does not answer, on in the context `otherwise`."""
    return lines(
        "Set(CHANNEL(hangup_handler_push)=release,caller,1)",
        f"Set({HANDS_ON}=ari-only)",
        f"Stasis({USER})",
        # A phone hands its party on by itself then.
        f'ExecIf($["${{STASISSTATUS}}" = "FAILED"]?Set({HANDS_ON}=core))',
        f'GotoIf($["${{STASISSTATUS}}" = "FAILED"]?{otherwise},${{EXTEN}},1)',
        "Hangup()",
        exten=ANYTHING,
    )


def _fallback(plan: PbxPlan, seats: Mapping[str, str]) -> Iterable[str]:
    """A carrier's call while our program does not answer: the plan's fallback rings, all of it together."""
    phones = "&".join(f"PJSIP/{seats.get(number, number)}" for number in plan.inbound.fallback)
    rings = [f"Dial({phones},{RING_SECONDS})", "Hangup()"] if phones else [f"Hangup({Cause.REJECTED:d})"]
    return lines(*rings, exten=ANYTHING)


def _plain(plan: PbxPlan, seats: Mapping[str, str]) -> Iterator[str]:
    """Our program does not answer: phones still ring one another; paid calls hear that it cannot be."""
    for number in plan.numbers():
        yield from lines(f"Dial(PJSIP/{seats.get(number, number)},{RING_SECONDS})", "Hangup()", exten=number)
    yield from lines("Congestion(10)", exten=ANYTHING)


def _emergency(plan: PbxPlan) -> Iterator[str]:
    """Over each trunk in turn until one answers. `Dial` goes on to the next step only when nobody did."""
    for number in plan.emergency:
        ways = [way for trunk in plan.carriers() for way in as_given(plan.trunks, trunk, number)]
        # A semicolon would begin a comment.
        tries = [f"Dial({way},{RING_SECONDS})".replace(";", "\\;") for way in ways]
        # Told in the channel event log, so that it comes on record also where nobody listened.
        yield from lines(f"Set(CHANNEL(userfield)={MARK}{number})", *tries, "Congestion(10)", exten=number)
