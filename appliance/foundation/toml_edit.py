"""A TOML text with values changed; everything else, comments too, stays as somebody wrote it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from copy import deepcopy
from difflib import SequenceMatcher
from typing import Any

from appliance.foundation import toml_text
from appliance.foundation.config import Fault, Faulty, dotted
from appliance.foundation.toml_lines import Block, Path, outline
from appliance.foundation.toml_tree import BOM, tree

OTHERWISE = "is written in a way in which the panel cannot change it: change it in the file"
TABLES_BEGIN, LISTS_BEGIN = 2, 3
"""Tables, and lists of tables, that stand no deeper than this are written under headers of their own."""


def with_value(text: str, path: Path, value: object) -> str:
    """`text` with `value` (plain tables, lists, scalars) at `path`; None: without what stands there.

    The index after the last adds to a list. Raises Faulty where it is written in a way that cannot be changed.
    """
    before = tree(text)
    wanted = _put(deepcopy(before), path, value)
    return _sure(text, path, _Writer(text.removeprefix(BOM)).made(before, wanted), wanted)


def with_order(text: str, path: Path, order: Sequence[int]) -> str:
    """`text` with the list at `path` in another order: old indices, each once. Raises ValueError, Faulty."""
    bare, before = text.removeprefix(BOM), tree(text)
    rows: Any = _at(before, path) or []
    if sorted(order) != list(range(len(rows))):
        raise ValueError(f"{order} is no order of {len(rows)}")
    wanted = _put(deepcopy(before), path, [rows[index] for index in order])
    writer = _Writer(bare)
    if path in writer.spans:
        return _sure(text, path, writer.made(before, wanted), wanted)
    pieces = [writer.family((*path, index), led=index > 0) for index in range(len(rows))]
    for there, index in zip(pieces, order, strict=True):
        writer.edits.append((*there, bare[slice(*pieces[index])]))
    return _sure(text, path, writer.applied(), wanted)


def _sure(text: str, path: Path, after: str, wanted: object) -> str:
    try:
        fits = tree(after) == wanted
    except tomllib.TOMLDecodeError:
        fits = False
    if not fits:
        raise Faulty([Fault(dotted(path), None, OTHERWISE)])
    return (BOM if text.startswith(BOM) else "") + after


def _at(found: Any, path: Path) -> object:
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError):
            return None
    return found


def _put(into: Any, path: Path, value: object) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        if step == len(into):
            into.append(_put({}, rest, value))
        elif not rest and value is None:
            del into[step]
        else:
            into[step] = _put(into[step], rest, value)
    elif not rest and value is None:
        into.pop(step, None)
    else:
        empty: Any = [] if rest and isinstance(rest[0], int) else {}
        into[step] = _put(into.get(step, empty), rest, value)
        if rest and into[step] == []:
            # Of a list whose last element goes, nothing stays.
            del into[step]
    return into


def _same(one: object, other: object) -> bool:
    # True is 1 to Python, but not to TOML.
    return one == other and repr(one) == repr(other)


def _tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


class _Writer:
    """Collects edits: offsets, and what is to stand there instead."""

    def __init__(self, text: str) -> None:
        self._text = text
        found = outline(text)
        self._blocks, self.spans = found.blocks, found.spans
        self.edits: list[tuple[int, int, str]] = []
        self._fresh: dict[Path, list[str]] = {}

    def made(self, old: Any, new: Any) -> str:
        self._table((), old, new)
        for path, lines in self._fresh.items():
            self._insert(self._anchor(path), f"\n[{_name(path)}]\n" + "".join(lines))
        return self.applied()

    def applied(self) -> str:
        # From the last to the first; what stood somewhere goes before what is put there, or that would go instead.
        text, edits = self._text, self.edits
        for at in sorted(range(len(edits)), key=lambda at: (-edits[at][0], edits[at][1] == edits[at][0], -at)):
            start, end, put = edits[at]
            text = text[:start] + put + text[end:]
        return text

    def family(self, path: Path, *, led: bool = False) -> tuple[int, int]:
        """Where a table and all beneath it stand. led: with the comment lines right above it."""
        blocks = [block for block in self._blocks if block.path[: len(path)] == path]
        start = blocks[0].start
        while led and (above := self._text.rfind("\n", 0, start - 1) + 1) < start:
            if not self._text[above:start].lstrip().startswith("#"):
                break
            start = above
        return start, max(self._finish(block) for block in blocks)

    def _finish(self, block: Block) -> int:
        return self._line_end(max((pair.end for pair in block.pairs), default=block.end - 1))

    def _line_end(self, offset: int) -> int:
        return self._text.find("\n", max(0, offset)) + 1 or len(self._text)

    def _change(self, path: Path, old: Any, new: Any) -> None:
        if _same(old, new):
            return
        inline = path in self.spans
        if isinstance(old, dict) and isinstance(new, dict) and (not inline or set(old) == set(new)):
            self._table(path, old, new)
        elif isinstance(old, list) and isinstance(new, list) and inline and len(old) == len(new):
            for index, (one, other) in enumerate(zip(old, new, strict=True)):
                self._change((*path, index), one, other)
        elif inline:
            self.edits.append((*self.spans[path], self._written(path, old, new)))
        elif _tables(old) and _tables(new):
            self._list(path, old, new)
        else:
            self._remove(path)
            self._add(path, new, ())

    def _table(self, path: Path, old: dict[str, Any], new: dict[str, Any]) -> None:
        for key in old:
            if key not in new:
                self._remove((*path, key))
        for at, key in enumerate(new):
            if key in old:
                self._change((*path, key), old[key], new[key])
            else:
                self._add((*path, key), new[key], list(new)[:at])

    def _list(self, path: Path, old: list[Any], new: list[Any]) -> None:
        """Tables under headers of their own."""
        last = self.family((*path, 0))[0]
        compared = SequenceMatcher(None, [repr(one) for one in old], [repr(one) for one in new], autojunk=False)
        for _, first, end, begin, stop in compared.get_opcodes():
            both = min(end - first, stop - begin)
            for step in range(both):
                self._change((*path, first + step), old[first + step], new[begin + step])
            for index in range(first + both, end):
                self._remove((*path, index))
            if end > first:
                last = self.family((*path, end - 1))[1]
            for index in range(begin + both, stop):
                made = self._block((*path, index), new[index])
                before = last == self.family((*path, 0))[0]
                self._insert(last, made.removeprefix("\n") + "\n" if before else made)

    def _remove(self, path: Path) -> None:
        """Headers, and pairs, of that path and of all beneath it."""
        for block in self._blocks:
            if path and block.path[: len(path)] == path:
                # The blank line above goes too.
                blank = self._text[: block.start].endswith("\n\n")
                self.edits.append((block.start - blank, self._finish(block), ""))
                continue
            for pair in block.pairs:
                if pair.path[: len(path)] == path:
                    start = self._text.rfind("\n", 0, pair.start) + 1
                    self.edits.append((start, self._line_end(pair.end), ""))

    def _add(self, path: Path, value: Any, before: Sequence[str]) -> None:
        table = isinstance(value, dict) and len(path) <= TABLES_BEGIN
        if table or (_tables(value) and len(path) <= LISTS_BEGIN):
            self._insert(self._anchor(path), self._block(path, value))
            return
        parent, line = path[:-1], f"{toml_text.key(str(path[-1]))} = {_long(value)}\n"
        block = next((block for block in self._blocks if block.path == parent), None)
        if block is None:
            self._fresh.setdefault(parent, []).append(line)
            return
        earlier = [pair for pair in block.pairs if pair.path[len(parent)] in before]
        self._insert(self._line_end(max(pair.end for pair in earlier)) if earlier else block.end, line)

    def _insert(self, at: int, put: str) -> None:
        started = at == 0 or self._text[at - 1] == "\n"
        self.edits.append((at, at, put if started else f"\n{put}"))

    def _anchor(self, path: Path) -> int:
        """The end of the last table that has most of `path` in common with it."""

        def shared(block: Block) -> int:
            return next((at for at, (a, b) in enumerate(zip(block.path, path, strict=False)) if a != b),
                        min(len(block.path), len(path)))  # fmt: skip

        most = max(map(shared, self._blocks))
        if most == 0:
            return len(self._text)
        return self._finish([block for block in self._blocks if shared(block) == most][-1])

    def _block(self, path: Path, value: Any) -> str:
        """A table, or list of tables, under headers, after a blank line."""
        if isinstance(value, list):
            return "".join(self._block((*path, index), one) for index, one in enumerate(value))
        many = isinstance(path[-1], int)
        below = {key for key, one in value.items() if _tables(one) and len(path) < LISTS_BEGIN}
        header = f"[[{_name(path)}]]" if many else f"[{_name(path)}]"
        lines = [f"{toml_text.key(key)} = {_long(one)}\n" for key, one in value.items() if key not in below]
        return f"\n{header}\n" + "".join(lines) + "".join(self._block((*path, key), value[key]) for key in below)

    def _written(self, path: Path, old: Any, new: Any) -> str:
        """`new` in a line or, as it was, in several; what is the same is copied."""
        if path in self.spans and _same(old, new):
            return self._text[slice(*self.spans[path])]
        if isinstance(new, dict) and isinstance(old, dict):
            return toml_text.table({key: self._written((*path, key), old.get(key), one) for key, one in new.items()})
        if isinstance(new, list):
            raw = self._text[slice(*self.spans[path])] if path in self.spans else ""
            return _listed(list(self._elements(path, old, new)), many="\n" in raw)
        return toml_text.value(new)

    def _elements(self, path: Path, old: Any, new: list[Any]) -> Iterator[str]:
        known = list(old) if isinstance(old, list) else []
        for at, one in enumerate(new):
            same = next((index for index, other in enumerate(known) if _same(one, other)), at)
            yield self._written((*path, same), known[same] if same < len(known) else None, one)


def _long(value: Any) -> str:
    if _tables(value) and len(value) > 1:
        return _listed([toml_text.value(one) for one in value], many=True)
    return toml_text.value(value)


def _listed(written: Sequence[str], *, many: bool) -> str:
    if many and written:
        return "[\n" + "".join(f"  {one},\n" for one in written) + "]"
    return f"[{', '.join(written)}]"


def _name(path: Path) -> str:
    return ".".join(toml_text.key(step) for step in path if isinstance(step, str))
