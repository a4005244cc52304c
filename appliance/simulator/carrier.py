"""The simulated carrier at work: trunks that can be made busy or dead, and phones that dial."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from twisted.internet.base import ReactorBase
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.logger import Logger

from appliance.foundation.clock import Clock
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import new_id
from appliance.settings import Carrier as CarrierSettings
from appliance.simulator.control import Answer, Refused, Request
from appliance.simulator.outside import ANSWERS, MODES
from appliance.simulator.wire import Wire
from pbx.ari.messages import Channel
from pbx.ari.transport import Ari, AriError
from pbx.engine.files import USER
from pbx.leg import Leg, first
from pbx.pair import outcome
from pbx.plan import Trunk
from pbx.switchboard import Switchboard

HOST = "127.0.0.1"
RING_SECONDS = 90
TALK_SECONDS = 10


class Carrier:
    """A second Asterisk, steered: see `appliance.simulator.outside` for what it does by itself."""

    log = Logger()

    def __init__(
        self,
        trunks: Sequence[Trunk],
        settings: CarrierSettings,
        directory: Path,
        password: str,
        *,
        reactor: ReactorBase,
        clock: Clock,
    ) -> None:
        self._trunks = trunks
        self._modes = {trunk.id: "normal" for trunk in trunks}
        self._reactor: Any = reactor
        self._directory = directory
        self._wires = {trunk.id: Wire((settings.address, settings.sip_port)) for trunk in trunks}
        endpoint = TCP4ClientEndpoint(self._reactor, HOST, settings.ari_port, timeout=5)
        ari = Ari(endpoint, f"{HOST}:{settings.ari_port}", USER, password, clock)
        self._board = Switchboard(ari, _Nothing(), clock)
        self._calls: dict[str, Leg] = {}
        self._tasks = Tasks()

    def start(self) -> None:
        """Stand at every trunk's address (raises CannotListenError) and get in touch with the carrier's Asterisk."""
        for trunk in self._trunks:
            self._wires[trunk.id].start(self._reactor, trunk.host, trunk.port)
        self._board.found = self._found
        self._board.start()

    def stop(self) -> None:
        """Leave; every trunk is dead then."""
        self._tasks.stop()
        self._board.stop()
        for wire in self._wires.values():
            wire.stop()

    async def in_touch(self) -> None:
        """Wait until the carrier's Asterisk answers."""
        await self._board.in_step()

    @property
    def verbs(self) -> dict[str, Callable[[Request], Awaitable[Answer]]]:
        """What can be asked of it, by `Simulator.register`."""
        return {
            "carrier": self.carrier,
            "dial": self.dial,
            "keys": self.keys,
            "hang-up": self.hang_up,
            "hang-up-leg": self.hang_up_leg,
            "over": self.over,
            "calls": self.calls,
            "phone": self.phone,
        }

    async def carrier(self, request: Request) -> Answer:
        """`mode`: normal, busy, congestion, no-answer, dead; `trunk`: one, else all. Answers every trunk's mode."""
        mode, trunk = str(request.get("mode", "")), request.get("trunk")
        if mode and mode not in MODES:
            raise Refused("A carrier's mode is one of {modes}.", modes=", ".join(MODES))
        if trunk and trunk not in self._modes:
            raise Refused("There is no trunk {trunk}. There are: {known}.", trunk=trunk, known=", ".join(self._modes))
        for name in self._modes:
            if mode and trunk in (None, "", name):
                self._modes[name] = mode
                self._wires[name].cut = mode == "dead"
        await self._asked(self._set_modes())
        return {"trunks": dict(self._modes)}

    async def dial(self, request: Request) -> Answer:
        """A simulated phone dials.

        extension: whose phone; digits: what it dials; talk: seconds until it hangs up once answered; hear: true to
        record what it hears; until: `over` (default) or `answered`, which says when to answer this request.
        """
        extension, digits = str(request.get("extension", "")), str(request.get("digits", ""))
        if not re.fullmatch(r"[0-9]{2,12}", extension) or not re.fullmatch(r"[0-9*#+]{1,64}", digits):
            raise Refused("Say which extension dials and what: extension and digits.")
        call = new_id()
        heard = str(self._directory / "spool" / f"{call}.wav") if request.get("hear") else ""
        leg = self._calls[call] = self._board.leg(call)
        leg.gone.then(lambda _: self._calls.pop(call, None))
        await self._asked(
            self._board.ari.request(
                "POST",
                f"channels/{call}",
                body={"variables": {"TALK": str(request.get("talk", TALK_SECONDS)), "HEARD": heard, "PHONE": call}},
                endpoint=f"PJSIP/{digits.replace('#', '%23')}@phone-{extension}",
                context="talk",
                extension="s",
                priority="1",
                timeout=str(RING_SECONDS),
            )
        )
        await first(leg.gone, *([leg.up] if request.get("until") == "answered" else []))
        return {"call": call, "heard": heard or None, **_story(leg)}

    async def keys(self, request: Request) -> Answer:
        """Press `digits` in the `call` that `dial` answered."""
        leg = self._leg(request)
        digits = str(request.get("digits", ""))
        await self._asked(self._board.ari.request("POST", "asterisk/variable", variable=f"KEYS_{leg.id}", value=digits))
        return {}

    async def hang_up(self, request: Request) -> Answer:
        """The phone of `call` hangs up."""
        leg = self._leg(request)
        await self._board.hang_up(leg.id)
        await leg.gone.wait()
        return {"call": leg.id, **_story(leg)}

    async def hang_up_leg(self, request: Request) -> Answer:
        """Whoever has the leg `leg`, as `calls` names it, hangs up: a mobile that was called, say."""
        await self._board.hang_up(str(request.get("leg", "")))
        return {}

    async def over(self, request: Request) -> Answer:
        """Answers when `call` is over, at once when it is."""
        leg = self._calls.get(str(request.get("call", "")))
        if leg is not None:
            await leg.gone.wait()
        return _story(leg) if leg is not None else {}

    async def phone(self, request: Request) -> Answer:
        """How whoever is called at `number`, an extension or a number outside, behaves from now on.

        answer: yes, no, busy; empty for what such a number does by itself. keys: pressed when it has answered, `W`
        waits a second, `w` half of one; then it sounds 620 Hz for a second, and echoes. hear: true to record what it
        hears; answers where.
        """
        number, answer = str(request.get("number", "")), str(request.get("answer", "yes"))
        keys = str(request.get("keys", ""))
        if not re.fullmatch(r"[0-9]{2,15}", number) or not re.fullmatch(r"[0-9*#wW]*", keys):
            raise Refused("Say which number is called, and which keys are pressed: digits, w and W.")
        if answer not in ("", *ANSWERS):
            raise Refused("Somebody who is called answers {known}.", known=", ".join(ANSWERS))
        whose = number[-8:]
        heard = str(self._directory / "spool" / f"{whose}-{new_id()}.wav") if request.get("hear") else ""
        for variable, value in (("PRESSES", keys), ("HEARS", heard), ("ANSWER", answer)):
            await self._asked(
                self._board.ari.request("POST", "asterisk/variable", variable=f"{variable}_{whose}", value=value)
            )
        return {"heard": heard or None}

    async def calls(self, request: Request) -> Answer:
        """Every leg the carrier and the simulated phones have now."""
        channels = await self._asked(self._board.channels())
        return {"calls": [await self._told(found) for found in channels]}

    async def _told(self, found: Channel) -> Answer:
        """A leg; `number` is what came over a trunk to be dialled."""
        leg = {"id": found.id, "endpoint": found.endpoint, "state": found.state}
        try:
            said = await self._board.ari.request("GET", f"channels/{found.id}/variable", variable="DIALLED")
        except AriError:
            return leg
        return {**leg, "number": said["value"]}

    def _found(self) -> None:
        self._tasks.start(self._set_modes(), "setting the trunks' modes")

    def _leg(self, request: Request) -> Leg:
        leg = self._calls.get(str(request.get("call", "")))
        if leg is None:
            raise Refused("There is no such call.")
        return leg

    async def _set_modes(self) -> None:
        for index, trunk in enumerate(self._trunks):
            mode = self._modes[trunk.id]
            await self._board.ari.request(
                "POST", "asterisk/variable", variable=f"MODE_{index}", value="normal" if mode == "dead" else mode
            )

    async def _asked(self, asking: Awaitable[Any]) -> Any:
        try:
            return await asking
        except AriError as why:
            raise Refused("The simulated carrier does not answer: {why}.", why=why) from why


class _Nothing:
    """Nobody bills at the carrier."""

    def hung_up(self, identity: str) -> datetime | None:
        return None


def _story(leg: Leg) -> Answer:
    up, gone = leg.up.value, leg.gone.value
    ended = {"ended_at": gone.at.isoformat(), "cause": gone.cause} if gone else {}
    if up is not None:
        seconds = {"seconds": round((gone.at - up).total_seconds(), 3)} if gone else {}
        return {"outcome": "answered", "answered_at": up.isoformat(), **ended, **seconds}
    return {"outcome": outcome(gone, leg.rang) if gone else "ringing", **ended}
