"""Who may open and do what. The one table of rights, checked on the server for every request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Role = Literal["nurse", "cashier", "manager", "it", "admin", "board"]
Right = Literal[
    "station",
    "acknowledge",
    "wallboard",
    "accounts",
    "calls-report",
    "statement",
    "status",
    "patients",
    "patients-import",
    "messages",
    "history",
    "roster",
    "training",
    "plan",
]

ROLES: tuple[Role, ...] = get_args(Role)

RIGHTS: Mapping[Right, frozenset[Role]] = {
    "station": frozenset({"nurse", "manager", "admin"}),
    "acknowledge": frozenset({"nurse", "admin"}),
    "wallboard": frozenset(ROLES),
    "accounts": frozenset({"cashier", "admin"}),
    "calls-report": frozenset({"manager", "admin"}),
    "statement": frozenset({"cashier", "manager", "admin"}),
    "status": frozenset({"it", "admin"}),
    "patients": frozenset({"nurse", "manager", "it", "admin"}),
    "patients-import": frozenset({"it", "admin"}),
    "messages": frozenset({"it", "admin", "manager"}),
    "history": frozenset({"nurse", "manager", "admin"}),
    "roster": frozenset({"manager", "admin"}),
    "training": frozenset({"nurse", "manager", "it", "admin"}),
    "plan": frozenset({"it", "admin"}),
}


def may(role: Role, right: Right) -> bool:
    """Whether `role` has `right`."""
    return role in RIGHTS[right]
