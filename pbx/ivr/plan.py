"""The plan's flows, and what they are made into: each whole, with all that it has from the flow it is based on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import Field, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.secret import Secret
from appliance.foundation.values import LANGUAGES, Language
from pbx.ivr.nodes import AnyNode, Key, Target
from pbx.plan_messages import Id

ALWAYS: Mapping[str, str] = {"0": "@operator", "*": "@back"}


class Query(Section):
    """A question to another system's database: one SELECT; `:name` are its parameters, bound, never pasted in.

    url: where the database's SQLAlchemy URL stands, since it holds a password. timeout: seconds.
    """

    id: Id
    url: Secret
    sql: str = Field(min_length=8, max_length=4000)
    timeout: int = Field(default=5, ge=1, le=30)

    @model_validator(mode="after")
    def _only_reads(self) -> Query:
        if not re.match(r"\s*(select|with)\b", self.sql, re.IGNORECASE) or ";" in self.sql:
            raise PlanError(("sql",), "is not one SELECT")
        return self


class Flow(Section):
    """A voice menu.

    number: what extensions dial to hear it. based_on: the flow whose nodes and keys this one has, apart from those
        that it gives itself; a node is replaced whole.
    retries, timeout, gap, barge_in, on_timeout, on_wrong: of menus and collecting nodes that do not say; seconds.
    always: keys that every menu has unless it gives them another meaning. operator: extension; without it there is
        no `@operator`. languages: those in which it must be heard.
    """

    id: Id
    name: Text
    number: str = Field(default="", pattern=r"^([0-9*#]{1,8})?$")
    based_on: Id | None = None
    start: Id | None = None
    language: Language = "zh"
    languages: tuple[Language, ...] = LANGUAGES
    retries: int = Field(default=2, ge=0, le=9)
    timeout: int = Field(default=6, ge=1, le=60)
    gap: int = Field(default=3, ge=1, le=20)
    barge_in: bool = True
    operator: str = Field(default="", pattern=r"^[0-9]{0,8}$")
    always: Mapping[Key, Target] = ALWAYS
    on_timeout: Target | None = None
    on_wrong: Target | None = None
    nodes: tuple[AnyNode, ...] = ()

    @model_validator(mode="after")
    def _nodes_apart(self) -> Flow:
        seen: set[str] = set()
        for index, node in enumerate(self.nodes):
            if node.id in seen:
                raise PlanError(("nodes", index, "id"), "{name!r} is used twice", name=node.id)
            seen.add(node.id)
        return self

    def node(self, identity: str) -> AnyNode | None:
        """The node of that id."""
        return next((node for node in self.nodes if node.id == identity), None)

    @property
    def first(self) -> str:
        """Where it begins: `start`, else its first node."""
        return self.start or (self.nodes[0].id if self.nodes else "")

    def always_at(self, keys: Mapping[str, object]) -> dict[str, str]:
        """The keys that a menu with `keys` has from its flow."""
        return {
            key: target
            for key, target in self.always.items()
            if key not in keys and (target != "@operator" or self.operator)
        }


Flows = Mapping[str, Flow]
"""Whole flows by id."""


class Circular(ValueError):
    """Flows that are based on one another. ids: in a ring."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(" → ".join(ids))
        self.ids = ids


def whole(flows: Sequence[Flow]) -> dict[str, Flow]:
    """Each flow with what it has from those it is based on. A base that is not there gives nothing. Raises Circular."""
    own = {flow.id: flow for flow in flows}
    done: dict[str, Flow] = {}

    def make(identity: str, on_the_way: tuple[str, ...]) -> Flow:
        if identity in on_the_way:
            raise Circular((*on_the_way[on_the_way.index(identity) :], identity))
        if identity not in done:
            flow = own[identity]
            base = own.get(flow.based_on) if flow.based_on else None
            done[identity] = flow if base is None else _over(make(base.id, (*on_the_way, identity)), flow)
        return done[identity]

    for flow in flows:
        make(flow.id, ())
    return done


def _over(base: Flow, flow: Flow) -> Flow:
    given = {name: getattr(flow, name) for name in flow.model_fields_set}
    mine = {node.id: node for node in flow.nodes}
    kept = tuple(mine.pop(node.id, node) for node in base.nodes)
    nothing_of_base = {"number": "", "based_on": flow.based_on}
    return base.model_copy(update=nothing_of_base | {"start": base.first} | given | {"nodes": (*kept, *mine.values())})
