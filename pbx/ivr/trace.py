"""Every caller's way through menus, told to the house and written down, without ever making a caller wait."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from appliance.foundation.aside import Aside
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.values import Language
from pbx.ivr.events import MenuEntered, MenuLeft, MenuStep
from pbx.ivr.schema import menu_calls, menu_steps

LONGEST = timedelta(hours=12)
"""Whoever came to a menu earlier than that is not waited for after a restart."""


@dataclass(frozen=True)
class Interrupted:
    """A caller whom a life before left in a menu, and where."""

    call: str
    caller: str
    channel: str
    flow: str
    node: str
    language: str
    variables: dict[str, str]
    since: datetime


class Trace:
    """Satisfies `pbx.ivr.ports.Steps`."""

    def __init__(self, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._database, self._clock, self._bus = database, clock, bus
        self._aside = Aside(database, clock, _execute, lambda _: None, "writing down steps through menus")

    def entered(self, call: str, caller: str, flow: str, channel: str = "") -> None:
        entered = MenuEntered(at=self._clock.now(), call=call, caller=caller[:40], flow=flow)
        self._bus.publish(entered)
        facts = {"call": call, "flow": flow, "caller": entered.caller, "entered_at": entered.at, "left_flow": flow}
        self._aside.add(menu_calls.insert().values(facts | {"channel": channel[:150]}))

    def at(self, call: str, flow: str, node: str, language: Language, variables: Mapping[str, str]) -> None:
        state = {"left_flow": flow, "left_node": node, "language": language, "variables": json.dumps(dict(variables))}
        self._aside.add(menu_calls.update().where(menu_calls.c.call == call).values(state))

    def step(self, call: str, flow: str, node: str, kind: str, what: str, detail: str = "") -> None:
        at, detail = self._clock.now(), detail[:80]
        self._bus.publish(MenuStep(at=at, call=call, flow=flow, node=node, kind=kind, what=what, detail=detail))
        facts = {"call": call, "at": at, "flow": flow, "node": node, "kind": kind, "what": what, "detail": detail}
        self._aside.add(menu_steps.insert().values(facts))

    def said(self, call: str, text: str, language: Language, sound: str = "") -> None:
        """Nothing: what is said stands in the plan."""

    def left(self, call: str, flow: str, node: str, why: str) -> None:
        left = MenuLeft(at=self._clock.now(), call=call, flow=flow, node=node, why=why)
        self._bus.publish(left)
        ended = {"left_at": left.at, "left_flow": flow, "left_node": node, "why": why}
        self._aside.add(menu_calls.update().where(menu_calls.c.call == call).values(ended))

    async def interrupted(self) -> list[Interrupted]:
        """Callers whose way through a menu did not end: we were stopped, or died."""

        def read(connection: sa.Connection) -> list[Interrupted]:
            stopped = sa.or_(menu_calls.c.left_at.is_(None), menu_calls.c.why == "stopped")
            recent = menu_calls.c.entered_at > self._clock.now() - LONGEST
            found = connection.execute(sa.select(menu_calls).where(stopped, recent, menu_calls.c.channel != ""))
            return [
                Interrupted(row.call, row.caller, row.channel, row.left_flow, row.left_node, row.language,
                            json.loads(row.variables), row.entered_at)
                for row in found
            ]  # fmt: skip

        await self._aside.written()
        return await self._database.transact(read)

    def resumed(self, call: str) -> None:
        """Somebody goes on after all."""
        again = {"left_at": None, "why": ""}
        self._aside.add(menu_calls.update().where(menu_calls.c.call == call).values(again))

    async def finish(self) -> None:
        """Write down what is still to be written."""
        await self._aside.finish()


def _execute(connection: sa.Connection, statements: Sequence[sa.Executable]) -> None:
    for statement in statements:
        connection.execute(statement)
