"""A flow as a document that is being drawn: added to, changed, copied, moved, cut; pure, each edit a new document.

A document is a flow as TOML and JSON have it. It may be unfinished: whatever is wrong with it, it can be drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Doc = dict[str, Any]

PLAIN: Mapping[str, tuple[str, ...]] = {
    "play": ("next",), "menu": ("on_timeout", "on_wrong"), "collect": ("next", "on_fail"), "language": ("next",),
    "time": ("work", "off", "holiday"), "http": ("next", "on_none", "on_fail"),
    "database": ("next", "on_none", "on_fail"), "service": ("next", "on_fail"), "record": ("next", "on_none"),
    "transfer": ("on_busy", "on_fail"), "queue": ("on_fail",), "fax": ("next", "on_fail"),
    "set": ("next",), "branch": ("otherwise",),
    "flow": ("next",), "hangup": (),
}  # fmt: skip
"""Ways on from each kind of node."""
MAPS: Mapping[str, str] = {"menu": "keys", "branch": "cases"}
"""Kinds whose ways on are besides a table of that name."""
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "*", "#")

_FRESH: Mapping[str, Doc] = {
    "menu": {"prompt": {"zh": "", "en": ""}, "keys": {}},
    "play": {"prompt": {"zh": "", "en": ""}},
    "collect": {"prompt": {"zh": "", "en": ""}, "into": "digits"},
    "language": {"prompt": {"zh": "中文请按1。", "en": "For English, press 2."}, "keys": {"1": "zh", "2": "en"}},
    "time": {"schedule": "", "work": "@end", "off": "@end"},
    "http": {"url": "https://", "fields": {}},
    "database": {"query": "", "parameters": {}, "fields": {}},
    "service": {"service": "balance"},
    "record": {},
    "transfer": {"to": ""},
    "queue": {"queue": ""},
    "fax": {"document": ""},
    "set": {"variable": "", "value": ""},
    "branch": {"variable": "", "cases": {}, "otherwise": "@end"},
    "flow": {"flow": ""},
    "hangup": {"prompt": {"zh": "再见。", "en": "Good-bye."}},
}
KINDS = tuple(_FRESH)


class Impossible(ValueError):
    """The edit makes no sense here. Its text is an English message id."""


@dataclass(frozen=True)
class Way:
    """One way on from a node: `next`, `keys.1`. target is None where nothing is said."""

    name: str
    target: str | None


def node_of(doc: Doc, identity: str) -> Doc | None:
    """The node of that id."""
    return next((node for node in _nodes(doc) if node.get("id") == identity), None)


def ways(node: Doc) -> list[Way]:
    """Every way on that the node has or could have, those of its table first."""
    table, kind = MAPS.get(str(node.get("kind")), ""), str(node.get("kind"))
    rows = sorted(dict(node.get(table) or {}).items(), key=lambda row: _rank(row[0])) if table else []
    found = [Way(f"{table}.{key}", str(target)) for key, target in rows]
    return found + [Way(name, node.get(name)) for name in PLAIN.get(kind, ())]


def _rank(key: str) -> tuple[int, str]:
    """As keys stand on a telephone; longer ones, and values, behind them."""
    return (KEYS.index(key), "") if key in KEYS else (len(KEYS), key)


def merged(doc: Doc, others: Mapping[str, Doc]) -> tuple[list[Doc], frozenset[str]]:
    """All nodes with those of the flows it is based on, and the ids of those that it has from them."""
    chain, seen = [doc], {doc.get("id")}
    while (base := chain[-1].get("based_on")) in others and base not in seen:
        seen.add(base)
        chain.append(others[str(base)])
    nodes: dict[str, Doc] = {}
    for one in reversed(chain):
        nodes |= {str(node.get("id")): node for node in _nodes(one)}
    own = {str(node.get("id")) for node in _nodes(doc)}
    return list(nodes.values()), frozenset(nodes) - own


def start_of(doc: Doc, others: Mapping[str, Doc]) -> str:
    """Where it begins."""
    at: Doc | None = doc
    for _ in range(len(others) + 1):
        if at is None:
            break
        if at.get("start"):
            return str(at["start"])
        base = others.get(str(at.get("based_on")))
        if base is None:
            return str(next((node.get("id") for node in _nodes(at)), ""))
        at = base
    return ""


def added(doc: Doc, kind: str, parent: str, way: str) -> tuple[Doc, str]:
    """With a new node of `kind` at `way` of `parent`, what was there coming after it; and its id. Raises Impossible."""
    if kind not in _FRESH:
        raise Impossible("There is no such kind of node.")
    new = deepcopy(doc)
    identity = _free(new, kind)
    node: Doc = {"id": identity, "kind": kind, **deepcopy(_FRESH[kind])}
    new.setdefault("nodes", []).append(node)
    if parent:
        before = _target(_found(new, parent), way)
        _point(_found(new, parent), way, identity)
        if before and "next" in PLAIN[kind]:
            node["next"] = before
    return new, identity


def changed(doc: Doc, identity: str, node: Doc) -> Doc:
    """With `node` in the place of the one of that id; where its id is another one, all that leads to it is changed."""
    new, fresh = deepcopy(doc), str(node.get("id") or "")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", fresh):
        raise Impossible("A node's name is lower case letters, digits and hyphens.")
    if fresh != identity and node_of(new, fresh) is not None:
        raise Impossible("There is a node of that name already.")
    nodes = new.setdefault("nodes", [])
    for index, old in enumerate(nodes):
        if old.get("id") == identity:
            nodes[index] = deepcopy(node)
            break
    else:
        # It was inherited; from now on the flow has one of its own.
        nodes.append(deepcopy(node))
    return _relinked(new, identity, lambda: fresh) if fresh != identity else new


def copied(doc: Doc, identity: str, nodes: Sequence[Doc]) -> tuple[Doc, str]:
    """With a copy of a node, to which nothing leads yet; and its id."""
    new = deepcopy(doc)
    node = next((deepcopy(one) for one in nodes if one.get("id") == identity), None)
    if node is None:
        raise Impossible("There is no such node.")
    node["id"] = _free(new, identity)
    new.setdefault("nodes", []).append(node)
    return new, node["id"]


def linked(doc: Doc, parent: str, way: str, target: str | None) -> Doc:
    """With `way` of `parent` leading to `target`; None for nowhere."""
    new = deepcopy(doc)
    _point(_found(new, parent), way, target)
    return new


def moved(doc: Doc, identity: str, parent: str, way: str) -> Doc:
    """With the node, and all that hangs on it, at `way` of `parent`, and nowhere else. Raises Impossible."""
    if parent == identity:
        raise Impossible("A node cannot follow itself.")
    new = _relinked(doc, identity, lambda: None)
    _point(_found(new, parent), way, identity)
    return new


def deleted(doc: Doc, identity: str) -> Doc:
    """Without the node; what led to it leads to what came after it, where that is one thing."""
    gone = node_of(doc, identity)
    if gone is None:
        raise Impossible("This node is inherited: it can be changed, not deleted.")
    after = gone.get("next")
    new = _relinked(doc, identity, lambda: after if after != identity else None)
    new["nodes"] = [node for node in _nodes(new) if node.get("id") != identity]
    if new.get("start") == identity:
        del new["start"]
    return new


@dataclass(frozen=True)
class Twig:
    """A node as it is drawn. link: it is drawn elsewhere, or is a word such as `@back`; nothing hangs on it here."""

    way: str
    target: str
    node: Doc | None
    link: bool
    twigs: tuple[Twig, ...] = ()


def tree(doc: Doc, others: Mapping[str, Doc]) -> tuple[Twig, ...]:
    """The flow from its start, each node drawn once where it is met first; then what nothing leads to."""
    nodes, _ = merged(doc, others)
    known = {str(node.get("id")): node for node in nodes}
    drawn: set[str] = set()
    # Near the root first: a node hangs where the way to it is shortest.
    places = _places(start_of(doc, others), known)

    def draw(way: str, target: str, parent: str) -> Twig:
        node = known.get(target)
        if node is None or target in drawn or places.get(target, ("", "")) != (parent, way):
            return Twig(way, target, node, link=True)
        drawn.add(target)
        below = tuple(draw(one.name, one.target, target) for one in ways(node) if one.target)
        return Twig(way, target, node, link=False, twigs=below)

    roots = [draw("", start_of(doc, others), "")] if start_of(doc, others) in known else []
    for identity in known:
        if identity not in drawn:
            places = {**places, **_places(identity, known, without=drawn)}
            roots.append(draw("", identity, ""))
    return tuple(roots)


def _places(
    start: str, known: Mapping[str, Doc], without: set[str] | frozenset[str] = frozenset()
) -> dict[str, tuple[str, str]]:
    """Where each node is met first, breadth first: parent and way."""
    found = {start: ("", "")}
    waiting = [start]
    while waiting:
        identity = waiting.pop(0)
        for way in ways(known[identity]) if identity in known else ():
            if way.target in known and way.target not in found and way.target not in without:
                found[str(way.target)] = (identity, way.name)
                waiting.append(str(way.target))
    return found


def _nodes(doc: Doc) -> list[Doc]:
    return [node for node in doc.get("nodes") or [] if isinstance(node, dict)]


def _found(doc: Doc, identity: str) -> Doc:
    node = node_of(doc, identity)
    if node is None:
        raise Impossible("There is no such node.")
    return node


def _free(doc: Doc, like: str) -> str:
    stem = re.sub(r"-[0-9]+$", "", like)[:26]
    taken = {node.get("id") for node in _nodes(doc)}
    return next(name for name in _names(stem) if name not in taken)


def _names(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1


def _target(node: Doc, way: str) -> str | None:
    table, _, key = way.partition(".")
    return (node.get(table) or {}).get(key) if key else node.get(table)


def _point(node: Doc, way: str, target: str | None) -> None:
    table, _, key = way.partition(".")
    if key:
        if MAPS.get(str(node.get("kind"))) != table:
            raise Impossible("Nothing can follow there.")
        rows = node.setdefault(table, {})
        if target is None:
            rows.pop(key, None)
        else:
            rows[key] = target
    elif table not in PLAIN.get(str(node.get("kind")), ()):
        raise Impossible("Nothing can follow there.")
    elif target is None:
        node.pop(table, None)
        if table in _FRESH[str(node["kind"])]:
            node[table] = "@end"
    else:
        node[table] = target


def _relinked(doc: Doc, identity: str, to: Callable[[], str | None]) -> Doc:
    """With all that led to `identity` leading elsewhere, or nowhere."""
    new = deepcopy(doc)
    for node in _nodes(new):
        for way in ways(node):
            if way.target == identity:
                _point(node, way.name, to())
    for name in ("on_timeout", "on_wrong", "start"):
        if new.get(name) == identity:
            new[name] = to()
            if new[name] is None:
                del new[name]
    always = new.get("always")
    if isinstance(always, dict):
        new["always"] = {key: to() if target == identity else target for key, target in always.items()}
        new["always"] = {key: target for key, target in new["always"].items() if target is not None}
    return new
