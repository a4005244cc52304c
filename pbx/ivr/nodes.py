"""The kinds of nodes that a flow is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.secret import Secret
from appliance.foundation.values import Language
from pbx.ivr.prompts import Prompt
from pbx.plan_messages import Id, Url

Target = Annotated[str, Field(pattern=r"^(@(back|again|operator|return|end)|[a-z0-9][a-z0-9-]{0,31})$")]
"""Where a flow goes on: a node, or one of WORDS."""
WORDS = ("@back", "@again", "@operator", "@return", "@end")
"""The menu before this one; this node once more; the flow's operator; the flow that called this one; hanging up."""
Key = Annotated[str, Field(pattern=r"^[0-9*#]{1,4}$")]
Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class Node(Section):
    """What every node has. note: for whoever reads the tree; never spoken."""

    id: Id
    note: str = Field(default="", max_length=120)

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        """Each key of the node that names where to go on, such as `next` or `keys.1`, and where that is."""
        return iter(())


class Onward(Node):
    """Goes on at `next`."""

    next: Target = "@end"

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        yield "next", self.next


class Asking(Onward):
    """Looks something up. on_none: nothing was found; on_fail: it did not answer in time."""

    on_none: Target | None = None
    on_fail: Target | None = None

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        yield from super().ways()
        yield "on_none", self.on_none or self.on_fail
        yield "on_fail", self.on_fail or self.on_none


class Play(Onward):
    """Says something."""

    kind: Literal["play"] = "play"
    prompt: Prompt = ()
    barge_in: bool | None = None


class Menu(Node):
    """Says what can be pressed and goes where the key says.

    extensions: a whole extension number that is keyed is rung. What is None the flow says.
    """

    kind: Literal["menu"] = "menu"
    prompt: Prompt = ()
    keys: Mapping[Key, Target] = {}
    extensions: bool = False
    barge_in: bool | None = None
    retries: int | None = Field(default=None, ge=0, le=9)
    timeout: int | None = Field(default=None, ge=1, le=60)
    wrong: Prompt = ()
    on_timeout: Target | None = None
    on_wrong: Target | None = None

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        for key, target in self.keys.items():
            yield f"keys.{key}", target
        yield "on_timeout", self.on_timeout
        yield "on_wrong", self.on_wrong


class Collect(Onward):
    """Gathers digits into a variable. secret: what is keyed is put on record nowhere, and not read back."""

    kind: Literal["collect"] = "collect"
    prompt: Prompt = ()
    into: Variable
    min: int = Field(default=1, ge=0, le=40)
    max: int = Field(default=20, ge=1, le=40)
    terminator: Literal["#", "*", ""] = "#"
    confirm: bool = False
    secret: bool = False
    barge_in: bool | None = None
    retries: int | None = Field(default=None, ge=0, le=9)
    timeout: int | None = Field(default=None, ge=1, le=60)
    on_fail: Target | None = None

    @model_validator(mode="after")
    def _possible(self) -> Collect:
        if self.min > self.max:
            raise PlanError(("min",), "is more than max")
        if self.secret and self.confirm:
            raise PlanError(("confirm",), "would read a secret aloud")
        return self

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        yield from super().ways()
        yield "on_fail", self.on_fail


class Choose(Onward):
    """Sets the language: `to`, or as the key says; each language's text is spoken in it."""

    kind: Literal["language"] = "language"
    prompt: Prompt = ()
    to: Language | None = None
    keys: Mapping[Key, Language] = {}
    timeout: int | None = Field(default=None, ge=1, le=60)

    @model_validator(mode="after")
    def _one_way(self) -> Choose:
        if (self.to is None) == (not self.keys):
            raise PlanError((), "has either `to` or `keys`")
        return self


class Hours(Node):
    """Goes by a schedule: `holiday` is where it goes on a holiday; as `off` where it does not say."""

    kind: Literal["time"] = "time"
    schedule: Id
    work: Target
    off: Target
    holiday: Target | None = None

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        yield "work", self.work
        yield "off", self.off
        yield "holiday", self.holiday


class Http(Asking):
    """Asks a service for JSON. url, body, headers are templates: variables by name, `secrets.NAME`.

    fields: variable to path in the answer, such as `status = "data.items.0.status"`. timeout: seconds, of the whole.
    """

    kind: Literal["http"] = "http"
    url: Url
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = {"Accept": "application/json"}
    body: str = ""
    secrets: Mapping[str, Secret] = {}
    ca_file: str = ""
    timeout: int = Field(default=5, ge=1, le=30)
    prompt: Prompt = ()
    fields: Mapping[Variable, str] = {}


class Database(Asking):
    """Asks a query of the plan; its first row's columns go into variables. parameters: name to template."""

    kind: Literal["database"] = "database"
    query: Id
    parameters: Mapping[Variable, str] = {}
    prompt: Prompt = ()
    fields: Mapping[Variable, str] = {}


class Service(Onward):
    """What another part of the box does with the caller, such as `balance`."""

    kind: Literal["service"] = "service"
    service: Id
    on_fail: Target | None = None

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        yield from super().ways()
        yield "on_fail", self.on_fail


class Record(Onward):
    """Records a message. review: it is played back, and kept, recorded anew or dropped by key.

    longest: seconds; silence: seconds after which it ends by itself. tell: groups that are sent a short message.
    """

    kind: Literal["record"] = "record"
    prompt: Prompt = ()
    longest: int = Field(default=120, ge=3, le=1800)
    silence: int = Field(default=6, ge=2, le=60)
    review: bool = True
    tell: tuple[Id, ...] = ()
    on_none: Target | None = None

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        yield from super().ways()
        yield "on_none", self.on_none


class Transfer(Node):
    """Rings a number of the house; `to` may be a variable: `{room}`. Goes on only where nobody talked.

    outside: `to` is an outside number, in full.
    """

    kind: Literal["transfer"] = "transfer"
    to: str = Field(pattern=r"^(\+?[0-9*#]{1,20}|\{[a-z][a-z0-9_]{0,31}\})$")
    outside: bool = False
    prompt: Prompt = ()
    ring: int = Field(default=30, ge=5, le=120)
    on_busy: Target | None = None
    on_fail: Target | None = None

    @model_validator(mode="after")
    def _nobody_dials_out_by_key(self) -> Transfer:
        if self.outside and self.to.startswith("{"):
            raise PlanError(("to",), "must be a number: whoever calls could dial outside at the house's expense")
        return self

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        yield "on_busy", self.on_busy or self.on_fail
        yield "on_fail", self.on_fail or self.on_busy


class Queue(Node):
    """Hands the caller to a queue; goes on where it cannot take them."""

    kind: Literal["queue"] = "queue"
    queue: Id
    on_fail: Target | None = None

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        yield "on_fail", self.on_fail


class Fax(Onward):
    """Faxes a document to the machine that calls, which ends the call; or calls a number back with it.

    document: its name; may be a variable, `{document}`. back: the variable that holds the number to be called, such as
    `{caller}`; empty to send it at once. by: the extension by whose right, and at whose expense, it is called back.
    """

    kind: Literal["fax"] = "fax"
    prompt: Prompt = ()
    document: str = Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_-]{0,31}|\{[a-z][a-z0-9_]{0,31}\})$")
    back: str = Field(default="", pattern=r"^(\{[a-z][a-z0-9_]{0,31}\})?$")
    by: str = Field(default="", pattern=r"^([0-9]{2,6})?$")
    on_fail: Target | None = None

    @model_validator(mode="after")
    def _by_somebodys_right(self) -> Fax:
        if self.back and not self.by:
            raise PlanError(("by",), "is missing: a call back is made by the right of an extension")
        return self

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        yield from super().ways()
        yield "on_fail", self.on_fail


class Set(Onward):
    """Sets a variable; its value may speak of others."""

    kind: Literal["set"] = "set"
    variable: Variable
    value: str = Field(default="", max_length=400)


class Branch(Node):
    """Goes by a variable's value."""

    kind: Literal["branch"] = "branch"
    variable: Variable
    cases: Mapping[str, Target] = {}
    otherwise: Target = "@end"

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        for value, target in self.cases.items():
            yield f"cases.{value}", target
        yield "otherwise", self.otherwise


class SubFlow(Node):
    """Goes on in another flow, at `node` or its start; at its `@return` comes back to `next`."""

    kind: Literal["flow"] = "flow"
    flow: Id
    node: Id | None = None
    next: Target = "@end"

    def ways(self) -> Iterator[tuple[str, Target | None]]:
        yield "next", self.next


class HangUp(Node):
    """The last words, and the end."""

    kind: Literal["hangup"] = "hangup"
    prompt: Prompt = ()


AnyNode = Annotated[
    Play | Menu | Collect | Choose | Hours | Http | Database | Service | Record | Transfer | Queue | Fax | Set
    | Branch | SubFlow | HangUp,
    Field(discriminator="kind"),
]  # fmt: skip
