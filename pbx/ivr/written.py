"""A flow's document as the plan's TOML has it: keys in the order people read them, nothing that says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appliance.foundation import json_text, toml_text, toml_tree
from pbx.ivr.edit import Doc
from pbx.ivr.nodes import WORDS

HEAD = (
    "id", "name", "number", "based_on", "start", "language", "languages", "operator", "on_timeout", "on_wrong",
    "retries", "timeout", "gap", "barge_in", "always",
)  # fmt: skip
FIRST = ("id", "kind", "note", "prompt")
"""Of a node; its ways on come last."""


def toml(doc: Doc, table: str = "pbx.flows") -> str:
    """The document as `[[pbx.flows]]` and its nodes."""
    return (
        "\n\n".join([_table(table, doc, HEAD), *(_table(f"{table}.nodes", node, FIRST) for node in _nodes(doc))]) + "\n"
    )


def tidy(doc: Doc) -> Doc:
    """Without what is empty and so says nothing; nodes' keys in their order."""
    head = {key: doc[key] for key in (*HEAD, *(key for key in doc if key not in HEAD)) if _says(doc.get(key))}
    head.pop("nodes", None)
    nodes = [_ordered(node) for node in _nodes(doc)]
    return {**head, "nodes": nodes} if nodes else head


class NoFlow(ValueError):
    """What was to be read is no flow. Its text is an English message id."""


def read(text: str) -> Doc:
    """A flow that was exported, TOML or JSON. Raises NoFlow."""
    try:
        tree: Any = json_text.loads(text) if text.lstrip().startswith("{") else toml_tree.tree(text)
    except ValueError as why:
        raise NoFlow("That is neither TOML nor JSON.") from why
    for step in ("pbx", "flows"):
        tree = tree.get(step, tree) if isinstance(tree, dict) else tree
    if isinstance(tree, list):
        tree = tree[0] if tree else None
    if not isinstance(tree, dict) or not isinstance(tree.get("nodes", []), list) or "id" not in tree:
        raise NoFlow("There is no menu in that file.")
    if not all(isinstance(node, dict) and "id" in node and "kind" in node for node in tree.get("nodes", [])):
        raise NoFlow("There is no menu in that file.")
    return tree


def _nodes(doc: Doc) -> list[Doc]:
    return list(doc.get("nodes") or [])


def _says(value: object) -> bool:
    return value is not None and value not in ("", [], {}, ())


def _ordered(node: Doc) -> Doc:
    leads = {key for key, value in node.items() if isinstance(value, str) and (value in WORDS or key.startswith("on_"))}
    last = [key for key in node if key in leads or key in ("next", "work", "off", "holiday", "otherwise")]
    middle = [key for key in node if key not in FIRST and key not in last]
    return {key: node[key] for key in (*FIRST, *middle, *last) if _says(node.get(key)) or (key in ("keys", "cases")
            and key in node)}  # fmt: skip


def _table(name: str, doc: Doc, order: Sequence[str]) -> str:
    keys = [*(key for key in order if key in doc), *(key for key in doc if key not in order and key != "nodes")]
    return "\n".join([f"[[{name}]]", *(f"{toml_text.key(key)} = {toml_text.value(doc[key])}" for key in keys)])
