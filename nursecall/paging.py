"""Our end of one pager system: a page in, its ticket out, and which of the wire's events say what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from nursecall.line_ends import byte_time
from nursecall.plan_pagers import AnyPagers, EspaPagers, TapPagers
from nursecall.wire import espa444, tap
from nursecall.wire.party import Party

LONGEST_ADDRESS = 16
LONGEST_TEXT = 128
"""Bytes of an ESPA 4.4.4 address and text."""

TAKEN = "The pager system acknowledged the page."
TAKEN_SAYING = "The pager system took the page and said: {said}"
INVALID = "The pager system refused the page as invalid."
REFUSED_SAYING = "The pager system refused the page: {why}"
NO_ANSWER = "The pager system does not answer."
FAILED = "The pager system does not answer as it should: {why}"
OF_TAP = {
    "no answer": NO_ANSWER,
    "refused": INVALID,
    "it hung up": "The pager system hung up.",
    "it refuses our logon": "The pager system refuses our logon; look at the password in the plan.",
    "it does not take our block": "The pager system does not take the page.",
    "it has forgotten our logon": "The pager system has forgotten our logon.",
}
"""Sentences for what `tap.Sender` says in words of its own; anything else are the words of the pager system."""


class Result(str, Enum):
    """What became of a page."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Outcome:
    """What became of a page. proof: an English message id, with `{name}` fields filled from `facts`."""

    result: Result
    proof: str
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def delivered(self) -> bool:
        """Whether the pager system took it. Whether the pager rang it may say later, as `page_answers.PageAnswered`."""
        return self.result is Result.DELIVERED


@dataclass(frozen=True)
class About:
    """What an event of the wire says. outcome: of the page of `ticket`; without one of all that wait, None for well."""

    outcome: Outcome | None
    ticket: int | None = None


class Paging(Protocol):
    """One protocol. supervised: whether we notice without a page that the pager system is gone, or back."""

    @property
    def supervised(self) -> bool: ...

    @property
    def party(self) -> Party[Any]: ...

    def send(self, address: str, text: str, priority: int | None, now: float) -> int:
        """Queue a page; returns its ticket."""
        ...

    def said(self, address: str, text: str) -> espa444.Message | None:
        """What a status of such a page will repeat; None where no status ever comes."""
        ...

    def cancel(self, ticket: int) -> bool:
        """Give a page up; False where it is under way."""
        ...

    def about(self, event: object) -> About | None:
        """What `event` says of pages."""
        ...


def paging(plan: AnyPagers) -> Paging:
    """Our end for `plan`."""
    return _Espa(plan) if isinstance(plan, EspaPagers) else _Tap(plan)


class _Espa:
    supervised = True

    def __init__(self, plan: EspaPagers) -> None:
        self._plan = plan
        role = espa444.Control if plan.role == "control" else espa444.Station
        self.party = role(
            plan.own, plan.peer, encoding=plan.encoding, seven_bit=plan.data_bits == 7, byte_time=byte_time(plan)
        )

    def send(self, address: str, text: str, priority: int | None, now: float) -> int:
        return self.party.send(self._call(address, text, priority).encode(self._plan.encoding), now)

    def said(self, address: str, text: str) -> espa444.Message | None:
        call = self._call(address, text, None)
        # As the other end reads it: what the encoding does not have has become another character.
        read = espa444.Block(call.header, call.encode(self._plan.encoding)).message(self._plan.encoding)
        return read if isinstance(read, espa444.Message) else None

    def cancel(self, ticket: int) -> bool:
        return self.party.cancel(ticket)

    def about(self, event: object) -> About | None:
        match event:
            case espa444.Delivered(ticket):
                return About(Outcome(Result.DELIVERED, TAKEN), ticket)
            case espa444.Refused(ticket):
                return About(Outcome(Result.REFUSED, INVALID), ticket)
            case espa444.StationDead():
                return About(Outcome(Result.UNREACHABLE, NO_ANSWER))
            case espa444.StationAlive():
                return About(None)
            case _:
                return None

    def _call(self, address: str, text: str, priority: int | None) -> espa444.Call:
        return espa444.Call(
            address=cut(address, LONGEST_ADDRESS, self._plan.encoding),
            text=cut(text, LONGEST_TEXT, self._plan.encoding),
            beep=self._plan.beep,
            type=espa444.STANDARD,
            transmissions=self._plan.transmissions,
            priority=priority or self._plan.priority,
        )


class _Tap:
    supervised = False

    def __init__(self, plan: TapPagers) -> None:
        self.party = tap.Sender(
            password=plan.password, encoding=plan.encoding, seven_bit=plan.data_bits == 7, byte_time=byte_time(plan)
        )

    def send(self, address: str, text: str, priority: int | None, now: float) -> int:
        return self.party.send(address, text, now)

    def said(self, address: str, text: str) -> espa444.Message | None:
        return None

    def cancel(self, ticket: int) -> bool:
        return self.party.cancel(ticket)

    def about(self, event: object) -> About | None:
        match event:
            case tap.Delivered(ticket, said) if said:
                return About(Outcome(Result.DELIVERED, TAKEN_SAYING, (("said", said),)), ticket)
            case tap.Delivered(ticket):
                return About(Outcome(Result.DELIVERED, TAKEN), ticket)
            case tap.Refused(ticket, why):
                return About(_because(Result.REFUSED, why, REFUSED_SAYING), ticket)
            case tap.Unreachable(why):
                return About(_because(Result.UNREACHABLE, why, FAILED))
            case _:
                return None


def _because(result: Result, why: str, otherwise: str) -> Outcome:
    return Outcome(result, OF_TAP[why]) if why in OF_TAP else Outcome(result, otherwise, (("why", why),))


def cut(text: str, longest: int, encoding: str) -> str:
    """As much of `text`, from its beginning, as takes at most `longest` bytes in `encoding`."""
    encoded = text.encode(encoding, "replace")
    return text if len(encoded) <= longest else encoded[:longest].decode(encoding, "ignore")
