"""What is wrong with flows before anybody hears them: each finding a sentence that names flow and node."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from appliance.foundation.i18n import translate
from appliance.foundation.values import LANGUAGES, Language
from pbx.ivr.nodes import (
    WORDS,
    AnyNode,
    Choose,
    Collect,
    Database,
    Fax,
    Hours,
    Menu,
    Queue,
    Record,
    Service,
    SubFlow,
    Transfer,
)
from pbx.ivr.plan import Circular, Flow, Flows, whole
from pbx.ivr.prompts import Prompt


@dataclass(frozen=True)
class Known:
    """What else the plan has, that flows name."""

    numbers: Collection[str] = ()
    schedules: Collection[str] = ()
    queries: Collection[str] = ()
    groups: Collection[str] = ()


@dataclass(frozen=True)
class Finding:
    """flow, node: which; node is empty for the flow itself. key: of the node that is wrong, such as `keys.1`.

    message: English, a message id with the fields `flow`, `node` and `facts`.
    """

    flow: str
    node: str
    key: str
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """The sentence."""
        return translate(self.message, language, **self.every())

    def every(self) -> dict[str, object]:
        """Every field of the message."""
        return {"flow": self.flow, "node": self.node, **self.facts}


NO_NODES = "menu {flow}: has no nodes"
NO_NAME = "menu {flow}: its name is missing in one language"
NO_START = "menu {flow}: it begins at {start}, and there is no such node"
NO_BASE = "menu {flow}: it is based on {base}, and there is no such menu"
RING = "menu {flow}: it is based on itself: {ring}"
NO_TARGET = "menu {flow}, node {node}: {key} leads to {target}, and there is no such node"
NO_OPERATOR = "menu {flow}, node {node}: {key} leads to the operator, and the menu has none"
UNREACHED = "menu {flow}, node {node}: nothing leads here"
ENDLESS = "menu {flow}, node {node}: goes round for ever without any key: {ring}"
NO_WORDS: Mapping[Language, str] = {
    "zh": "menu {flow}, node {node}: its Chinese prompt is missing",
    "en": "menu {flow}, node {node}: its English prompt is missing",
}
NO_TIMEOUT = "menu {flow}, node {node}: does not say what happens when nobody presses a key (on_timeout)"
NO_KEYS = "menu {flow}, node {node}: has no keys"
NO_FLOW = "menu {flow}, node {node}: there is no menu {name}"
NO_NODE_THERE = "menu {flow}, node {node}: menu {name} has no node {there}"
NO_SCHEDULE = "menu {flow}, node {node}: there is no schedule {name}"
NO_QUERY = "menu {flow}, node {node}: there is no query {name}"
NO_GROUP = "menu {flow}, node {node}: there is no group {name}"
NO_EXTENSION = "menu {flow}, node {node}: there is no extension {name}"
NO_SUCH_OPERATOR = "menu {flow}: its operator {name} is no extension"
SAME_NUMBER = "menu {flow}: its number {number} is taken"

PAUSES = (Transfer, Queue, Record, Service, Fax)
"""Where people or other parts are busy with the caller: going round through them is no endless loop."""


def findings(flows: Sequence[Flow], known: Known, numbers_taken: Collection[str] = ()) -> Iterator[Finding]:
    """All that is wrong with `flows`, flow by flow. numbers_taken: what others are dialled by."""
    ids = {flow.id for flow in flows}
    for flow in flows:
        if flow.based_on is not None and flow.based_on not in ids:
            yield Finding(flow.id, "", "based_on", NO_BASE, {"base": flow.based_on})
    try:
        every = whole(flows)
    except Circular as why:
        yield Finding(why.ids[0], "", "based_on", RING, {"ring": " → ".join(why.ids)})
        return
    taken = set(numbers_taken)
    for flow in every.values():
        if flow.number and flow.number in taken:
            yield Finding(flow.id, "", "number", SAME_NUMBER, {"number": flow.number})
        taken.add(flow.number)
    for flow in flows:
        yield from _of_flow(every[flow.id], flow, every, known)


def _of_flow(flow: Flow, given: Flow, every: Flows, known: Known) -> Iterator[Finding]:
    """given: the flow as it is written. What it has from its base is found there, and not twice."""
    own = {node.id for node in given.nodes} if given.based_on else {node.id for node in flow.nodes}
    if not (flow.name.zh.strip() and flow.name.en.strip()):
        yield Finding(flow.id, "", "name", NO_NAME)
    if not flow.nodes:
        yield Finding(flow.id, "", "nodes", NO_NODES)
        return
    if flow.operator and flow.operator not in known.numbers:
        yield Finding(flow.id, "", "operator", NO_SUCH_OPERATOR, {"name": flow.operator})
    if flow.node(flow.first) is None:
        yield Finding(flow.id, "", "start", NO_START, {"start": flow.first})
    for node in flow.nodes:
        yield from _targets(flow, node)
        if node.id in own or "languages" in given.model_fields_set:
            yield from _prompts(flow, node)
        if node.id in own:
            yield from _names(flow, node, every, known)
            if isinstance(node, Menu):
                yield from _menu(flow, node)
    yield from (finding for finding in _unreached(flow, every) if finding.node in own)
    yield from _endless(flow, own)


def ways(flow: Flow, node: AnyNode) -> Iterator[tuple[str, str]]:
    """Every way on from a node, with what its flow adds: key of the node and target."""
    for key, target in node.ways():
        target = target or _inherited(flow, node, key)
        if target is not None:
            yield key, target
    if isinstance(node, Menu):
        for key, target in flow.always_at(node.keys).items():
            yield f"keys.{key}", target


def _inherited(flow: Flow, node: AnyNode, key: str) -> str | None:
    """What the flow says where a menu or a collecting node does not."""
    if isinstance(node, Menu):
        return {"on_timeout": flow.on_timeout, "on_wrong": flow.on_wrong or node.on_timeout or flow.on_timeout}.get(key)
    if isinstance(node, Collect) and key == "on_fail":
        return flow.on_timeout
    return None


def _targets(flow: Flow, node: AnyNode) -> Iterator[Finding]:
    for key, target in ways(flow, node):
        if target == "@operator" and not flow.operator:
            yield Finding(flow.id, node.id, key, NO_OPERATOR, {"key": key})
        elif target not in WORDS and flow.node(target) is None:
            yield Finding(flow.id, node.id, key, NO_TARGET, {"key": key, "target": target})


def _menu(flow: Flow, node: Menu) -> Iterator[Finding]:
    if node.on_timeout is None and flow.on_timeout is None:
        yield Finding(flow.id, node.id, "on_timeout", NO_TIMEOUT)
    if not node.keys and not node.extensions:
        yield Finding(flow.id, node.id, "keys", NO_KEYS)


def _names(flow: Flow, node: AnyNode, every: Flows, known: Known) -> Iterator[Finding]:
    """Whatever a node names outside its flow must be there."""
    if isinstance(node, SubFlow):
        there = every.get(node.flow)
        if there is not None and node.node is not None and there.node(node.node) is None:
            yield Finding(flow.id, node.id, "node", NO_NODE_THERE, {"name": node.flow, "there": node.node})
    for key, name, names, message in _named(node, every, known):
        if name not in names:
            yield Finding(flow.id, node.id, key, message, {"name": name})


def _named(node: AnyNode, every: Flows, known: Known) -> Iterator[tuple[str, str, Collection[str], str]]:
    """Key of the node, the name that stands there, the names that are known, and what is said of another."""
    match node:
        case SubFlow():
            yield "flow", node.flow, every, NO_FLOW
        case Hours():
            yield "schedule", node.schedule, known.schedules, NO_SCHEDULE
        case Database():
            yield "query", node.query, known.queries, NO_QUERY
        case Record():
            for group in node.tell:
                yield "tell", group, known.groups, NO_GROUP
        case Fax() if node.by:
            yield "by", node.by, known.numbers, NO_EXTENSION
        case Transfer() if not node.outside and not node.to.startswith("{"):
            yield "to", node.to, known.numbers, NO_EXTENSION


def _prompts(flow: Flow, node: AnyNode) -> Iterator[Finding]:
    prompt: Prompt = getattr(node, "prompt", ())
    needed = node.kind in ("play", "menu", "collect") or (isinstance(node, Choose) and node.keys)
    for language in LANGUAGES:
        if language not in flow.languages:
            continue
        heard = [piece.speaks(language) for piece in prompt]
        if (heard and not all(heard)) or (needed and not heard):
            yield Finding(flow.id, node.id, "prompt", NO_WORDS[language])


def _unreached(flow: Flow, every: Flows) -> Iterator[Finding]:
    entered = {there.node for other in every.values() for there in other.nodes if isinstance(there, SubFlow)
               and there.flow == flow.id and there.node}  # fmt: skip
    seen, waiting = set[str](), [flow.first, *entered]
    while waiting:
        node = flow.node(waiting.pop())
        if node is not None and node.id not in seen:
            seen.add(node.id)
            waiting += [target for _, target in ways(flow, node)]
    for node in flow.nodes:
        if node.id not in seen:
            yield Finding(flow.id, node.id, "", UNREACHED)


def unasked(flow: Flow, node: AnyNode) -> Iterator[str]:
    """The nodes that a caller who presses nothing comes to from `node`."""
    if isinstance(node, PAUSES):
        return
    for key, target in ways(flow, node):
        pressed = isinstance(node, Menu) and key != "on_timeout"
        pressed = pressed or (isinstance(node, Collect) and key == "next" and node.min > 0)
        if not pressed:
            yield node.id if target == "@again" else target


def _endless(flow: Flow, own: AbstractSet[str]) -> Iterator[Finding]:
    """One finding for each ring that is gone round without any key and passes one of the flow's own nodes."""
    told: set[frozenset[str]] = set()
    for ring in _rings(flow, lambda node: list(unasked(flow, node))):
        if frozenset(ring) not in told and not own.isdisjoint(ring):
            told.add(frozenset(ring))
            yield Finding(flow.id, ring[0], "", ENDLESS, {"ring": " → ".join((*ring, ring[0]))})


def _rings(flow: Flow, after: Callable[[AnyNode], list[str]]) -> Iterator[tuple[str, ...]]:
    done: set[str] = set()

    def walk(identity: str, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if identity in path:
            yield path[path.index(identity) :]
            return
        node = flow.node(identity)
        if node is None or identity in done:
            return
        for target in after(node):
            yield from walk(target, (*path, identity))
        done.add(identity)

    for node in flow.nodes:
        yield from walk(node.id, ())
