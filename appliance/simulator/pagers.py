"""Simulated pager systems: the other end of each pager line of the plan. They take pages and show what they took."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase

from appliance.foundation.clock import Clock
from appliance.simulator.control import Answer, Refused, Request, Simulator, word
from appliance.simulator.pty import Pty
from nursecall.dialogue import Dialogue
from nursecall.line_ends import byte_time
from nursecall.plan_pagers import AnyPagers, EspaPagers
from nursecall.wire import espa444, tap

KEPT = 500
"""Pages a system remembers."""

POLL = 0.5
"""Seconds between two polls of a simulated pager system that is the control station."""

Far = espa444.Station | espa444.Control | tap.Terminal


def far_party(plan: AnyPagers) -> Far:
    """The other role than ours."""
    seven_bit, seconds = plan.data_bits == 7, byte_time(plan)
    if not isinstance(plan, EspaPagers):
        return tap.Terminal(password=plan.password, encoding=plan.encoding, seven_bit=seven_bit, byte_time=seconds)
    if plan.role == "control":
        return espa444.Station(plan.peer, plan.own, encoding=plan.encoding, seven_bit=seven_bit, byte_time=seconds)
    return espa444.Control(
        plan.peer, plan.own, encoding=plan.encoding, seven_bit=seven_bit, byte_time=seconds, interval=POLL
    )


class PagerSystem:
    """One system and its pagers."""

    def __init__(self, plan: AnyPagers, devices: Path, *, reactor: ReactorBase, clock: Clock) -> None:
        self.plan = plan
        self._clock = clock
        self._pty = Pty(devices / plan.device, reactor=reactor, received=self._received)
        self._party = far_party(plan)
        self._dialogue: Dialogue[Any] = Dialogue(self._party, clock=clock, write=self._write, happened=self._happened)
        self._silent = False
        self.pages: deque[Answer] = deque(maxlen=KEPT)
        self.listeners: list[Callable[[PagerSystem, object], None]] = []
        """Told all that the system's party says."""

    def plug(self) -> None:
        """Plug the line in, if it is not."""
        self._pty.open()
        self._dialogue.opened()

    def unplug(self) -> None:
        """The line is gone for the near end."""
        self._dialogue.closed()
        self._pty.close()

    def fall_silent(self) -> None:
        """Be there, and say nothing."""
        self._silent = True

    def refuse(self) -> None:
        """Be busy: 2 NAK. Raises Refused for a system that cannot say so."""
        if isinstance(self._party, tap.Terminal):
            raise Refused("Pager system {pager} speaks TAP, which cannot say that it is busy.", pager=self.plan.id)
        self._party.busy = True

    def mend(self) -> None:
        """All is well again, and plugged in."""
        self._silent = False
        if not isinstance(self._party, tap.Terminal):
            self._party.busy = False
        self.plug()

    def state(self) -> Answer:
        """One row."""
        busy = getattr(self._party, "busy", False)
        how = "unplugged" if not self._pty.is_open else "silent" if self._silent else "busy" if busy else "ok"
        return {"pager": self.plan.id, "device": str(self._pty.link), "pages": len(self.pages), "state": how}

    def say(self, status: espa444.Status) -> int:
        """Have a status said in our next turn; its ticket. Raises Refused for a system that knows no statuses."""
        party = self._party
        if isinstance(party, tap.Terminal):
            raise Refused("Pager system {pager} speaks TAP, which knows no statuses.", pager=self.plan.id)
        block = status.encode(self.plan.encoding)
        return self._dialogue.do(lambda now: party.send(block, now))

    def _received(self, data: bytes) -> None:
        self._dialogue.received(data)

    def _write(self, data: bytes) -> None:
        if not self._silent:
            self._pty.write(data)

    def _happened(self, event: object) -> None:
        for listener in self.listeners:
            listener(self, event)
        match event:
            case espa444.Call():
                call = event.complete()
                self._took(call.address or "", call.text or "", priority=call.priority, beep=call.beep)
            case tap.Page():
                self._took(event.pager, event.text)

    def _took(self, address: str, text: str, **more: object) -> None:
        at = self._clock.now().isoformat()
        self.pages.append({"pager": self.plan.id, "address": address, "text": text, "at": at, **more})


class PagerSystems:
    """The pager systems of the plan whose device is relative: any other is real, and stays untouched."""

    def __init__(self, plans: Sequence[AnyPagers], devices: Path, *, reactor: ReactorBase, clock: Clock) -> None:
        self._systems = {
            plan.id: PagerSystem(plan, devices, reactor=reactor, clock=clock)
            for plan in plans
            if not Path(plan.device).is_absolute() and "://" not in plan.device
        }

    def start(self) -> None:
        """Plug every line in."""
        for system in self._systems.values():
            system.plug()

    def stop(self) -> None:
        """Unplug every line."""
        for system in self._systems.values():
            system.unplug()

    def register(self, simulator: Simulator) -> None:
        """Answer `pages` and `pager`."""
        simulator.register("pages", self.pages)
        simulator.register("pager", self.trouble)

    @property
    def simulated(self) -> list[PagerSystem]:
        """All of them."""
        return list(self._systems.values())

    def pages(self, request: Request) -> Answer:
        """All pages that were taken, oldest first; of one system where `pager` names it."""
        named = word(request, "pager", "")
        systems = [self.system(named)] if named else self.simulated
        return {"pages": sorted((page for system in systems for page in system.pages), key=lambda page: page["at"])}

    def trouble(self, request: Request) -> Answer:
        """`pager`, `action`: drop, restore, silent, busy, ok."""
        system, action = self.system(word(request, "pager")), word(request, "action")
        actions: dict[str, Callable[[], None]] = {
            "drop": system.unplug,
            "restore": system.plug,
            "silent": system.fall_silent,
            "busy": system.refuse,
            "ok": system.mend,
        }
        if action not in actions:
            known = ", ".join(actions)
            raise Refused("A pager system can do no {action}. It can: {known}.", action=action, known=known)
        actions[action]()
        return system.state()

    def system(self, pager: str) -> PagerSystem:
        """The system `pager`. Raises Refused."""
        if pager not in self._systems:
            known = ", ".join(self._systems) or "none"
            raise Refused(
                "There is no simulated pager system {pager}. Simulated are: {known}.", pager=pager, known=known
            )
        return self._systems[pager]
