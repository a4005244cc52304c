"""Who may open and do what. The one table of rights, checked on the server for every request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Role = Literal["nurse", "cashier", "manager", "it", "admin", "board", "operator"]
Right = Literal[
    "station",
    "acknowledge",
    "wallboard",
    "accounts",
    "calls-report",
    "statement",
    "tariffs",
    "margin",
    "status",
    "patients",
    "patients-import",
    "messages",
    "history",
    "roster",
    "training",
    "plan",
    "exchange",
    "conferences",
    "recordings",
    "recordings-export",
    "recordings-delete",
    "recordings-ask",
    "supervise",
    "operator",
    "faxes",
    "misuse",
    "card-lists",
    "books",
    "money-report",
    "report-mails",
    "addresses",
    "care",
    "reset",
    "network",
    "log-ins",
]

ROLES: tuple[Role, ...] = get_args(Role)
ROLE_NAMES: Mapping[Role, str] = {
    "nurse": "Nurse", "cashier": "Cashier", "manager": "Manager", "it": "Hospital IT", "admin": "Administrator",
    "board": "Wallboard", "operator": "Operator",
}  # fmt: skip

RIGHTS: Mapping[Right, frozenset[Role]] = {
    "station": frozenset({"nurse", "manager", "admin"}),
    "acknowledge": frozenset({"nurse", "admin"}),
    "wallboard": frozenset(ROLES),
    "accounts": frozenset({"cashier", "admin"}),
    "calls-report": frozenset({"manager", "admin"}),
    "statement": frozenset({"cashier", "manager", "admin"}),
    "tariffs": frozenset({"manager", "it", "admin"}),
    "margin": frozenset({"manager", "admin"}),
    "status": frozenset({"it", "admin"}),
    "patients": frozenset({"nurse", "manager", "it", "admin"}),
    "patients-import": frozenset({"it", "admin"}),
    "messages": frozenset({"it", "admin", "manager"}),
    "history": frozenset({"nurse", "manager", "admin"}),
    "roster": frozenset({"manager", "admin"}),
    "training": frozenset({"nurse", "manager", "it", "admin"}),
    "plan": frozenset({"it", "admin"}),
    "exchange": frozenset({"it", "admin"}),
    "conferences": frozenset({"manager", "it", "admin"}),
    "recordings": frozenset({"manager", "admin"}),
    "recordings-export": frozenset({"manager", "admin"}),
    "recordings-delete": frozenset({"admin"}),
    "recordings-ask": frozenset({"nurse", "manager", "admin"}),
    "supervise": frozenset({"manager", "admin"}),
    "operator": frozenset({"operator", "manager", "it", "admin"}),
    "faxes": frozenset({"operator", "manager", "admin"}),
    "misuse": frozenset({"operator", "cashier", "manager", "it", "admin"}),
    "card-lists": frozenset({"cashier", "manager", "admin"}),
    "books": frozenset({"cashier", "manager", "admin"}),
    "money-report": frozenset({"manager", "admin"}),
    "report-mails": frozenset({"manager", "it", "admin"}),
    "addresses": frozenset({"operator", "manager", "it", "admin"}),
    "care": frozenset({"it", "admin"}),
    "reset": frozenset({"admin"}),
    "network": frozenset({"admin"}),
    "log-ins": frozenset({"admin"}),
}


def may(role: Role, right: Right) -> bool:
    """Whether `role` has `right`."""
    return role in RIGHTS[right]
