"""A change of the network into the journal, each event once, also of what went on while no daemon was there."""

from __future__ import annotations

import json

import sqlalchemy as sa

from appliance.foundation import journal
from appliance.network.events import NetworkConfirmed, NetworkTried, NetworkWentBack
from appliance.network.record import Change


def note(connection: sa.Connection, change: Change) -> None:
    """What the journal does not have of it yet."""
    events = [_tried(change), *_ended(change)]
    journal.append(connection, *(event for event in events if not _has(connection, event)))


def _tried(change: Change) -> NetworkTried:
    wanted = change.wanted
    return NetworkTried(
        at=change.since, change=change.id, address=wanted.address, gateway=wanted.gateway, dns=wanted.dns,
        ntp=wanted.ntp, interface=wanted.interface, before=change.before.address, by=change.by,
    )  # fmt: skip


def _ended(change: Change) -> list[NetworkConfirmed | NetworkWentBack]:
    which, at, by = change.id, change.since, change.ended_by
    address, before = change.wanted.address, change.before.address
    if change.phase == "confirmed":
        return [NetworkConfirmed(at=at, change=which, address=address, before=before, by=by)]
    if change.phase in ("back", "refused"):
        why = change.why.format(**change.facts)
        return [NetworkWentBack(at=at, change=which, address=address, before=before, why=why, by=by)]
    return []


def _has(connection: sa.Connection, event: NetworkTried | NetworkConfirmed | NetworkWentBack) -> bool:
    found = journal.journal.c
    newest = sa.select(found.body).where(found.kind == f"appliance.{type(event).__name__}").order_by(found.id.desc())
    body = connection.execute(newest.limit(1)).scalar()
    return body is not None and json.loads(body)["change"] == event.change
