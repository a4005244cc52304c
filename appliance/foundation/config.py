"""TOML into typed documents, and each fault named by dotted path and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from appliance.foundation import toml_lines, toml_tree
from appliance.foundation.fault_words import in_words
from appliance.foundation.i18n import translate
from appliance.foundation.toml_lines import Path
from appliance.foundation.toml_tree import BOM, TooDeep
from appliance.foundation.values import Language

M = TypeVar("M", bound=BaseModel)


class Section(BaseModel):
    """A part of a document. Unknown keys are faults, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a document: where (dotted path, line or None) and what.

    msgid: what is wrong, in English; its `{name}` fields are `facts`.
    """

    path: str
    line: int | None
    msgid: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What is wrong, in English, without where: for programs and logs."""
        return self.reason("en")

    def reason(self, language: Language) -> str:
        """What is wrong, without where."""
        return translate(self.msgid, language, **self.facts)

    def text(self, language: Language) -> str:
        """Where and what."""
        reason = self.reason(language)
        if self.line is None:
            return translate("{path}: {reason}", language, path=self.path, reason=reason) if self.path else reason
        if not self.path:
            return translate("line {line}: {reason}", language, line=self.line, reason=reason)
        return translate("line {line}: {path}: {reason}", language, line=self.line, path=self.path, reason=reason)

    def __str__(self) -> str:
        return self.text("en")


class Faulty(Exception):
    """A document that cannot be used; `faults` names every reason."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def parse(text: str, model: type[M]) -> M:
    """`text` as a `model`. Raises Faulty with every fault found."""
    text = text.removeprefix(BOM)
    try:
        tree = toml_tree.tree(text)
    except TooDeep as why:
        raise Faulty([Fault("", why.line, "is not TOML: {why}", {"why": str(why)})]) from why
    except tomllib.TOMLDecodeError as why:
        place = re.search(r"at line (\d+)", str(why))
        line = int(place[1]) if place else len(text.splitlines())
        raise Faulty([Fault("", line, "is not TOML: {why}", {"why": str(why)})]) from why
    try:
        return model.model_validate(tree)
    except ValidationError as why:
        lines = Lines(text)
        raise Faulty([_fault(error, tree, lines) for error in why.errors()]) from why


class PlanError(ValueError):
    """What a validator finds wrong: `PlanError(("wards", 0, "desk"), "there is no extension {number}", number="8100")`.

    path: from where the validator stands down to the fault; () where it stands right there.
    message: English, a message id; said in both languages by `Fault.text`.
    """

    def __init__(self, path: Path, message: str, **facts: object) -> None:
        super().__init__(translate(message, "en", **facts))
        self.path = path
        self.message = message
        self.facts = facts


def _fault(error: Any, tree: object, lines: Lines) -> Fault:
    path = _place(error, tree)
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, PlanError):
        path += cause.path
        return Fault(dotted(path), lines.find(path), cause.message, cause.facts)
    return Fault(dotted(path), lines.find(path), *in_words(error))


def _place(error: Any, tree: Any) -> Path:
    """Where in the document it is: pydantic also names which member of a union it tried, which nobody wrote."""
    place: list[str | int] = []
    steps = error["loc"]
    for at, step in enumerate(steps):
        if _stands(step, tree) and not _is_label(error, tree, step, steps[at + 1 :]):
            place.append(step)
            tree = tree[step]
        elif error["type"] == "missing" and at == len(steps) - 1:
            place.append(step)
    if error["type"] == "union_tag_invalid" and isinstance(tree, dict):
        place += [key for key, value in tree.items() if value == error["ctx"]["tag"]][:1]
    return tuple(place)


def _stands(step: str | int, tree: object) -> bool:
    if isinstance(tree, list):
        return isinstance(step, int) and step < len(tree)
    return isinstance(tree, dict) and step in tree


def _is_label(error: Any, tree: Any, step: str | int, later: Path) -> bool:
    """Whether `step` is no key, although there is one of that name: what it holds has no parts, but parts follow."""
    if isinstance(tree[step], dict | list):
        return False
    if later:
        return error["type"] == "missing" or any(_stands(next_step, tree) for next_step in later)
    cause = error.get("ctx", {}).get("error")
    return isinstance(cause, PlanError) and bool(cause.path)


def dotted(path: Path) -> str:
    """`("wards", 0, "beds")` as `wards[0].beds`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


class Lines:
    """Which line of a TOML text a path stands on: its key's line, else its nearest ancestor's."""

    def __init__(self, text: str) -> None:
        self._lines = toml_lines.lines(text)

    def find(self, path: Path) -> int | None:
        """The line of `path`, 1 being the first; None where nothing of it stands in the text."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return None
