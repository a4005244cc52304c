"""TOML into typed documents, and each fault named by dotted path and line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from appliance.foundation import toml_lines
from appliance.foundation.toml_lines import Path

M = TypeVar("M", bound=BaseModel)


class Section(BaseModel):
    """A part of a document. Unknown keys are faults, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a document: where (dotted path, line or None) and what."""

    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line is not None else ""
        return f"{place}{self.path}: {self.message}" if self.path else f"{place}{self.message}"


class Faulty(Exception):
    """A document that cannot be used; `faults` names every reason."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def parse(text: str, model: type[M]) -> M:
    """`text` as a `model`. Raises Faulty with every fault found."""
    text = text.removeprefix("\ufeff")  # editors on Windows put it there
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        place = re.search(r"at line (\d+)", str(why))
        line = int(place[1]) if place else len(text.splitlines())
        raise Faulty([Fault("", line, str(why))]) from why
    try:
        return model.model_validate(tree)
    except ValidationError as why:
        lines = Lines(text)
        raise Faulty([_fault(error, lines) for error in why.errors()]) from why


class PlanError(ValueError):
    """Raised by a model's validator to point deeper than itself: `PlanError(("wards", 0, "roster"), "…")`."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path


def _fault(error: Any, lines: Lines) -> Fault:
    path: Path = tuple(error["loc"])
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, PlanError):
        path += cause.path
    message = str(cause) if cause is not None else str(error["msg"])
    return Fault(dotted(path), lines.find(path), message)


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
