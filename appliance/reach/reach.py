"""All ways to reach a nurse but station screens and short messages, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from appliance.carriers import Carrier
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.plan import Plan
from appliance.reach.aloud import Neighbours, Places, Screens, Speakers, Speech
from appliance.reach.letters import Letters, Notices
from appliance.reach.pages import Pagers, Pages
from appliance.reach.phones import Phones, Supervisor
from appliance.reach.ports import Bridge, Mail, Prompts, Telephones, Wards
from appliance.reach.talks import Talks
from nursecall.plan_escalation import By
from nursecall.ports import Duties


class Voice(Prompts, Speech, Protocol):
    """`tts.speaker.Speaker`."""


class Exchange(Protocol):
    """`pbx.exchange.Exchange`."""

    @property
    def callout(self) -> Telephones: ...

    @property
    def dialer(self) -> Bridge: ...


class Reach:
    """`talks`: speech with beds; `carriers`: of an escalation's steps.

    plan, exchange, pagers: return those in force.
    """

    def __init__(
        self,
        plan: Callable[[], Plan],
        wards: Wards,
        duties: Duties,
        exchange: Callable[[], Exchange],
        pagers: Callable[[], Pagers],
        voice: Voice,
        mail: Mail,
        notices: Notices,
        places: Places,
        screens: Screens,
        clock: Clock,
        bus: Bus,
    ) -> None:
        self.talks = Talks(
            plan, wards, duties, lambda: exchange().callout, lambda: exchange().dialer, voice, clock
        )  # fmt: skip
        self._phones = Phones(plan, wards, lambda: exchange().callout, self.talks, voice, clock, bus)
        speakers = Speakers(plan, wards, places, voice, clock)
        self._neighbours = Neighbours(plan, wards, speakers, places, screens, mail, duties, clock, bus)
        self.carriers: Mapping[By, Carrier] = {
            "desk": self._phones,
            "mobile": self._phones,
            "supervisor": Supervisor(mail, self._phones),
            "pager": Pages(plan, wards, pagers, clock, bus),
            "ward": self._neighbours,
            "speaker": speakers,
            "mail": Letters(plan, wards, notices, clock, bus),
        }

    def start(self) -> None:
        """Take up what a life before left."""
        self._neighbours.start()
        self.talks.start()

    def exchange_changed(self) -> None:
        """It was set up anew: what was under way over it is not ours any more."""
        self._phones.lines_changed()
        self.talks.lines_changed()

    def stop(self) -> None:
        """Reach nobody any more."""
        self._phones.stop()
        self.talks.stop()
