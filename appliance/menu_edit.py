"""A plan's text with one voice menu changed; everything else, comments too, stays as somebody wrote it."""

from __future__ import annotations

import re
from typing import Any

from appliance.foundation import toml_tree
from appliance.foundation.config import Fault, Faulty
from pbx.ivr.edit import Doc
from pbx.ivr.written import tidy, toml

_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_.\- \"]+?)\s*\]\]?\s*(#.*)?$")
_OTHERWISE = "menus are written in a way in which the panel cannot change them: write them as [[pbx.flows]]"


def flows_of(text: str) -> list[Doc]:
    """The documents of the plan's menus, as they stand there."""
    found: Any = toml_tree.tree(text).get("pbx", {}).get("flows", [])
    return list(found)


def with_flow(text: str, identity: str, doc: Doc | None) -> str:
    """`text` with the menu of that id replaced by `doc`, or added, or gone. Raises Faulty where that cannot be."""
    before = flows_of(text)
    index = next((at for at, flow in enumerate(before) if flow.get("id") == identity), None)
    wanted = [*before]
    if index is None:
        wanted += [] if doc is None else [tidy(doc)]
    else:
        wanted[index : index + 1] = [] if doc is None else [tidy(doc)]
    written = "" if doc is None else toml(tidy(doc))
    lines = text.splitlines(keepends=True)
    blocks = _blocks(lines)
    if index is None:
        after = _added(lines, blocks, written)
    elif index < len(blocks):
        first, last = blocks[index]
        after = "".join([*lines[:first], written, *lines[last:]])
    else:
        after = text
    if flows_of(after) != wanted or _rest(after) != _rest(text):
        raise Faulty([Fault("pbx.flows", None, _OTHERWISE)])
    return after


def _rest(text: str) -> dict[str, Any]:
    """All of the plan but its menus."""
    found = toml_tree.tree(text)
    pbx = {key: value for key, value in found.pop("pbx", {}).items() if key != "flows"}
    return {**found, "pbx": pbx}


def _added(lines: list[str], blocks: list[tuple[int, int]], written: str) -> str:
    at = blocks[-1][1] if blocks else len(lines)
    before = "".join(lines[:at])
    gap = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
    return "".join([before, gap, written, *lines[at:]])


def _blocks(lines: list[str]) -> list[tuple[int, int]]:
    """First line, and the line after the last, of each menu; comments that introduce what follows stay with that."""
    headers = [(at, found[1].replace(" ", "").replace('"', "")) for at, line in enumerate(lines)
               if (found := _HEADER.match(line))]  # fmt: skip
    blocks: list[tuple[int, int]] = []
    for number, (at, name) in enumerate(headers):
        if name != "pbx.flows":
            continue
        later = (there for there, other in headers[number + 1 :] if not other.startswith("pbx.flows."))
        end = next(later, len(lines))
        while end > at + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
            end -= 1
        blocks.append((at, end))
    return blocks
