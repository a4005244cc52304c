"""Runs the plan's flows over whoever is on the line."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from appliance.foundation.values import HungUp, Language
from pbx.ari.transport import AriError, Refused
from pbx.ivr.doing import DO, UNABLE
from pbx.ivr.plan import Flow, Flows
from pbx.ivr.ports import Caller
from pbx.ivr.run import MOST_UNASKED, Around, Place, Run
from pbx.plan_schedules import Schedule


class Menus:
    """Voice menus. `replan` puts other flows in their place: callers who are in one stay in it as it was."""

    log = Logger()

    def __init__(self, flows: Flows, schedules: Mapping[str, Schedule], around: Around) -> None:
        self._around = around
        self._stopping = False
        self.replan(flows, schedules)

    def replan(self, flows: Flows, schedules: Mapping[str, Schedule]) -> None:
        """From now on callers come to these flows."""
        self._flows, self._schedules = flows, schedules

    def stop(self) -> None:
        """From now on whoever is no longer heard has not hung up: they may be taken up again, see `resume`."""
        self._stopping = True

    def flow(self, identity: str) -> Flow | None:
        """The whole flow of that id."""
        return self._flows.get(identity)

    async def run(self, caller: Caller, flow: str) -> None:
        """Take the caller through a flow until it ends, then hang up. Raises nothing for the caller's sake."""
        chosen, steps = self._flows.get(flow), self._around.steps
        if chosen is None:
            self.log.error("call {call} was led to menu {flow}, which is not there", call=caller.call, flow=flow)
            await caller.hang_up()
            return
        run = Run(
            caller, self._flows, self._schedules, self._around, Place(flow, chosen.first), chosen.language,
            variables={"caller": caller.extension},
        )  # fmt: skip
        steps.entered(caller.call, caller.extension, flow, caller.channel)
        await self._through(run)

    async def resume(
        self, caller: Caller, flow: str, node: str, language: Language, variables: Mapping[str, str]
    ) -> None:
        """Go on with somebody whom a life before left at `node`; where that is no more, from the menu's start."""
        chosen = self._flows.get(flow)
        if chosen is None:
            await caller.hang_up()
            return
        known = node == "@operator" or chosen.node(node) is not None
        place = Place(flow, node if known else chosen.first)
        await self._through(
            Run(caller, self._flows, self._schedules, self._around, place, language, variables=dict(variables))
        )

    async def _through(self, run: Run) -> None:
        caller, why = run.caller, "failed"
        try:
            await caller.answer()
            why = await through(run)
        except CancelledError:
            why = "stopped"
            raise
        except HungUp as gone:
            why = "stopped" if self._stopping or _out_of_touch(gone) else "hung-up"
        except Exception:
            self.log.failure("call {call} failed in menu {flow}", call=caller.call, flow=run.place.flow)
            await self._excuse(run)
        finally:
            self._around.steps.left(caller.call, run.place.flow, run.place.node, why)
        await caller.hang_up()

    async def _excuse(self, run: Run) -> None:
        """Nobody is left in silence: the operator if there is one, else a sentence and the end."""
        try:
            await run.say(await run.words(UNABLE))
            if run.flow.operator and run.place.node != "@operator":
                run.place = Place(run.place.flow, "@operator")
                run.menus.clear()
                await through(run)
        except CancelledError:
            raise
        except HungUp:
            pass
        except Exception:
            self.log.failure("call {call} could not be passed to the operator", call=run.caller.call)


def _out_of_touch(gone: HungUp) -> bool:
    """Whether it is the exchange that could not be asked, and not the caller who is gone."""
    why = gone.__cause__
    return isinstance(why, AriError) and not isinstance(why, Refused)


async def through(run: Run) -> str:
    """Go from node to node; why it ended: `end`, `too-long`, or `failed` where a node was missing. Raises HungUp."""
    while run.unasked < MOST_UNASKED:
        node = run.node()
        if node is None:
            return "failed"
        run.enter(node)
        run.tell("enter")
        if not run.went_on(await DO[node.kind](run, node)):
            return "end"
    return "too-long"
