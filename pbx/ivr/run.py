"""One caller's way through a flow: where they are, what they hear, where they go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.ivr.nodes import AnyNode, Menu, Transfer
from pbx.ivr.plan import Flow, Flows
from pbx.ivr.ports import Caller, Desks, Faxes, Lookups, Prompts, Queues, Service, Steps
from pbx.ivr.prompts import Piece, filled, sentences
from pbx.plan_schedules import Schedule
from pbx.schedules import Kind, Position, hours_of, standing

MOST_UNASKED = 60
"""Nodes one after another without a key: whoever is there has left the telephone off the hook."""


class Now(Protocol):
    """The time of day."""

    def now(self) -> datetime: ...


class Messages(Protocol):
    """Where recorded messages are kept."""

    def place(self, call: str) -> str:
        """A fresh name for the exchange to record under."""
        ...

    def file(self, name: str) -> Path:
        """Where that recording is."""
        ...

    async def keep(
        self, name: str, *, call: str, caller: str, flow: str, node: str, seconds: float, tell: Sequence[str]
    ) -> None:
        """Keep it as a message, and tell those who want to know."""
        ...

    def drop(self, name: str) -> None:
        """Throw it away."""
        ...


@dataclass(frozen=True)
class Around:
    """What flows reach.

    sounds: the directory of uploaded recordings. chime: heard where nothing can be said. queues, faxes: None where
    there are none. kind: of day; position: of a schedule's switch.
    """

    prompts: Prompts
    sounds: Path
    chime: Callable[[], Path | None]
    beep: Callable[[], Path | None]
    desks: Desks
    lookups: Lookups
    services: Mapping[str, Service]
    queues: Queues | None
    faxes: Faxes | None
    messages: Messages
    steps: Steps
    clock: Now
    zone: ZoneInfo
    kind: Kind
    position: Callable[[str], Position]


@dataclass(frozen=True)
class Place:
    """A node of a flow."""

    flow: str
    node: str


@dataclass
class Run:
    """flows, schedules: as they were when the call came; a plan that comes into force meanwhile changes nothing.

    variables: by name; `caller` is there from the start. secret: those whose values are put on record nowhere.
    """

    caller: Caller
    flows: Flows
    schedules: Mapping[str, Schedule]
    around: Around
    place: Place
    language: Language
    variables: dict[str, str] = field(default_factory=dict)
    secret: set[str] = field(default_factory=set)
    menus: list[Place] = field(default_factory=list)
    calling: list[Place] = field(default_factory=list)
    unasked: int = 0

    @property
    def flow(self) -> Flow:
        """The flow that the caller is in."""
        return self.flows[self.place.flow]

    def node(self) -> AnyNode | None:
        """The node that the caller is at; the operator is one that nobody wrote."""
        if self.place.node == "@operator":
            back = "@back" if self.menus else "@end"
            return Transfer(id="operator", to=self.flow.operator, on_fail=back)
        return self.flow.node(self.place.node)

    def hours(self, schedule: str) -> Literal["work", "off", "holiday"]:
        """How a schedule stands now; closed on a holiday, or on a special day, is `holiday`."""
        known, kind = self.schedules[schedule], self.around.kind
        local, position = self.around.clock.now().astimezone(self.around.zone), self.around.position(schedule)
        if standing(known, local, kind, position).open:
            return "work"
        today = hours_of(known, local.date(), kind)
        return "holiday" if not position and (today.kind == "holiday" or today.special) else "off"

    def tell(self, what: str, detail: str = "") -> None:
        """Put a step on record."""
        node = self.node()
        kind = node.kind if node else ""
        self.around.steps.step(self.caller.call, self.place.flow, self.place.node, kind, what, detail)

    def went_on(self, target: str) -> bool:
        """Go where `target` says; false for the end."""
        match target:
            case "@again":
                return True
            case "@back":
                return self._back()
            case "@return":
                return self._return()
            case "@end":
                return False
            case "@operator" if not self.flow.operator:
                return False
        self.place = Place(self.place.flow, target)
        return True

    def enter(self, node: AnyNode) -> None:
        """The caller has come to `node`."""
        self.unasked += 1
        open_ones = {name: value for name, value in self.variables.items() if name not in self.secret}
        self.around.steps.at(self.caller.call, self.place.flow, self.place.node, self.language, open_ones)
        if isinstance(node, Menu):
            if self.place in self.menus:
                del self.menus[self.menus.index(self.place) + 1 :]
            else:
                self.menus.append(self.place)

    def call(self, flow: str, node: str | None) -> bool:
        """Go on in another flow; at its `@return` this node's `next` is gone to. False where there is none."""
        if flow not in self.flows:
            return False
        self.calling.append(self.place)
        self.place = Place(flow, node or self.flows[flow].first)
        return True

    def _back(self) -> bool:
        if self.menus and self.menus[-1] == self.place and len(self.menus) > 1:
            self.menus.pop()
        if self.menus:
            self.place = self.menus[-1]
            return True
        self.place = Place(self.place.flow, self.flow.first)
        return True

    def _return(self) -> bool:
        if not self.calling:
            return False
        self.place = self.calling.pop()
        node = self.node()
        return self.went_on(getattr(node, "next", "@end"))

    async def sounds(self, prompt: Sequence[Piece], language: Language | None = None) -> list[Path]:
        """The files of a prompt; the chime where speech is down and there is no recording either."""
        found: list[Path] = []
        language = language or self.language
        for piece in prompt:
            text = filled(piece.say[language], self.variables)
            name = piece.sound[language]
            self.around.steps.said(self.caller.call, text, language, name)
            if name and (file := self.around.sounds / name).is_file():
                found.append(file)
            else:
                found += await self._spoken(text, language)
        return found or self._chime(prompt)

    async def words(self, message: str, **facts: object) -> list[Path]:
        """A sentence of ours, a message id, as sounds."""
        text = translate(message, self.language, **facts)
        self.around.steps.said(self.caller.call, text, self.language)
        return await self._spoken(text, self.language)

    async def say(self, sounds: Sequence[Path], *, barge_in: bool = False) -> None:
        """Play to the end, or to a key. Raises HungUp."""
        if sounds:
            await self.caller.play(sounds, barge_in=barge_in)

    async def key(self, sounds: Sequence[Path], seconds: int, *, barge_in: bool = True) -> str:
        """A key, or "" for none. Raises HungUp."""
        key = await self.caller.key(sounds, timedelta(seconds=seconds), barge_in=barge_in)
        if key:
            self.unasked = 0
        return key

    def _chime(self, prompt: Sequence[Piece]) -> list[Path]:
        chime = self.around.chime() if prompt else None
        return [chime] if chime else []

    async def _spoken(self, text: str, language: Language) -> list[Path]:
        sounds = [await self.around.prompts.prompt(sentence, language) for sentence in sentences(text)]
        return [sound for sound in sounds if sound is not None]
