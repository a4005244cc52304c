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
from pbx.engine.configuration import endpoint
from pbx.engine.files import USER
from pbx.engine.program import recordings
from pbx.leg import Leg, first
from pbx.pair import outcome
from pbx.plan_trunks import SipTrunk, Trunk
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
        # It is reached by SIP alone.
        self._trunks = [trunk for trunk in trunks if isinstance(trunk, SipTrunk)]
        self._modes = {trunk.id: "normal" for trunk in self._trunks}
        self._reactor: Any = reactor
        self._directory = directory
        # Over TLS the carrier's Asterisk stands there itself.
        wired = [trunk for trunk in self._trunks if trunk.transport == "udp"]
        self._wires = {trunk.id: Wire((settings.address, settings.sip_port)) for trunk in wired}
        endpoint = TCP4ClientEndpoint(self._reactor, HOST, settings.ari_port, timeout=5)
        ari = Ari(endpoint, f"{HOST}:{settings.ari_port}", USER, password, clock)
        self._board = Switchboard(ari, _Nothing(), clock)
        self._calls: dict[str, Leg] = {}
        self._tasks = Tasks()

    def start(self) -> None:
        """Stand at every trunk's address (raises CannotListenError) and get in touch with the carrier's Asterisk."""
        for trunk in self._trunks:
            if wire := self._wires.get(trunk.id):
                wire.start(self._reactor, trunk.host, trunk.port)
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
            "call-in": self.call_in,
            "keys": self.keys,
            "hang-up": self.hang_up,
            "hang-up-leg": self.hang_up_leg,
            "over": self.over,
            "calls": self.calls,
            "phone": self.phone,
        }

    def wire(self, trunk: str) -> Wire:
        """Where a trunk's SIP goes by. Raises KeyError for one over TLS."""
        return self._wires[trunk]

    async def carrier(self, request: Request) -> Answer:
        """`mode`: one of `outside.MODES`; `trunk`: one, else all. Answers every trunk's mode."""
        mode, trunk = str(request.get("mode", "")), request.get("trunk")
        if mode and mode not in MODES:
            raise Refused("A carrier's mode is one of {modes}.", modes=", ".join(MODES))
        if trunk and trunk not in self._modes:
            raise Refused("There is no trunk {trunk}. There are: {known}.", trunk=trunk, known=", ".join(self._modes))
        for name in self._modes:
            if mode and trunk in (None, "", name):
                self._modes[name] = mode
                if wire := self._wires.get(name):
                    wire.cut, wire.deaf = mode == "dead", mode == "silent"
        await self._asked(self._set_modes())
        return {"trunks": dict(self._modes)}

    async def dial(self, request: Request) -> Answer:
        """A simulated phone dials.

        extension: whose phone; digits: what it dials; talk: seconds until it hangs up once answered; hear: true to
        record what it hears; until: `over` (default), `answered` or `dialled`, which says when to answer this request.
        """
        extension, digits = str(request.get("extension", "")), str(request.get("digits", ""))
        if not re.fullmatch(r"[0-9]{2,12}", extension) or not re.fullmatch(r"[0-9*#+]{1,64}", digits):
            raise Refused("Say which extension dials and what: extension and digits.")
        return await self._call(request, f"PJSIP/{digits.replace('#', '%23')}@phone-{extension}", {})

    async def call_in(self, request: Request) -> Answer:
        """Somebody outside calls the hospital.

        trunk: over which, the first if not said; called: what the carrier says is called; caller, name: who it is;
        withheld: true for somebody who does not want to be known. talk, until: as `dial` has them. hear: true to record
        what they hear from the first sound on, also before anybody answers. echo: true for somebody who, after a
        second of that tone, says nothing but what they hear. fax: a TIFF file that their machine sends.
        takes_fax: true for a machine that takes one when its start key, F among `keys`, is pressed; `taken` says where.
        """
        trunk, called = str(request.get("trunk") or self._trunks[0].id), str(request.get("called", ""))
        caller, name = str(request.get("caller", "")), str(request.get("name", ""))
        if trunk not in self._modes:
            raise Refused("There is no trunk {trunk}. There are: {known}.", trunk=trunk, known=", ".join(self._modes))
        if not re.fullmatch(r"\+?[0-9]{2,20}", called) or not re.fullmatch(r"\+?[0-9]{0,20}", caller):
            raise Refused("Say which number is called, and by whom: digits.")
        if re.search(r'["<>\\]', name):
            raise Refused("A name has no quotes or brackets.")
        presented = "prohib" if request.get("withheld") else "allowed"
        shown = {
            "CALLERID(num-pres)": presented,
            "CALLERID(name-pres)": presented,
            "CONNECTEDLINE(num,i)": caller,
            "CONNECTEDLINE(name,i)": name,
            "CONNECTEDLINE(num-pres,i)": presented,
            "CONNECTEDLINE(name-pres,i)": presented,
        }
        return await self._call(request, f"PJSIP/{called}@{endpoint(trunk)}", shown, early=True)

    async def _call(self, request: Request, address: str, variables: dict[str, str], *, early: bool = False) -> Answer:
        call = new_id()
        heard = str(self._directory / "spool" / f"{call}.wav") if request.get("hear") and not early else ""
        leg = self._calls[call] = self._board.leg(call)
        leg.gone.then(lambda _: self._calls.pop(call, None))
        told = {"TALK": str(request.get("talk", TALK_SECONDS)), "HEARD": heard, "PHONE": call}
        told["ECHO"] = "yes" if request.get("echo") else ""
        told["FAX_FILE"] = str(request.get("fax", ""))
        taken = str(self._directory / "spool" / f"{call}.tif") if request.get("takes_fax") else ""
        told["FAX_TAKEN"] = taken
        await self._asked(
            self._board.ari.request(
                "POST",
                f"channels/{call}",
                body={"variables": told | variables},
                endpoint=address,
                context="talk",
                extension="s",
                priority="1",
                timeout=str(RING_SECONDS),
            )
        )
        if request.get("hear") and early:
            heard = await self._asked(self._listen_in(call))
        wanted = str(request.get("until", ""))
        if wanted != "dialled":
            await first(leg.gone, *([leg.up] if wanted == "answered" else []))
        return {"call": call, "heard": heard or None, "taken": taken or None, "fax": leg.told, **_story(leg)}

    async def _listen_in(self, call: str) -> str:
        """Record what a leg hears, from now on; where. A recording of the leg itself would begin with the answer."""
        ask, ear = self._board.ari.request, f"{call}-ear"
        recordings(self._directory).mkdir(parents=True, exist_ok=True)
        leg = self._board.leg(ear)
        await ask("POST", f"channels/{call}/snoop/{ear}", spy="in", app=USER, appArgs="ear")
        await first(leg.entered, leg.gone)
        await ask("POST", f"channels/{ear}/record", name=call, format="wav")
        return str(recordings(self._directory) / f"{call}.wav")

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

        answer: yes, no, busy, voicemail, fax; empty for what such a number does by itself. keys: pressed when it has
        answered, `W` waits a second, `w` half of one; then it sounds 620 Hz for a second, and echoes. hear: true to
        record what it hears; answers where. ring: seconds until it answers, 1 if not said.
        """
        number, answer = str(request.get("number", "")), str(request.get("answer", "yes"))
        keys = str(request.get("keys", ""))
        ring = str(request.get("ring", ""))
        if not re.fullmatch(r"[0-9]{2,15}", number) or not re.fullmatch(r"[0-9*#wW]*", keys):
            raise Refused("Say which number is called, and which keys are pressed: digits, w and W.")
        if answer not in ("", *ANSWERS):
            raise Refused("Somebody who is called answers {known}.", known=", ".join(ANSWERS))
        whose = number[-8:]
        heard = str(self._directory / "spool" / f"{whose}-{new_id()}.wav") if request.get("hear") else ""
        if not re.fullmatch(r"[0-9]{0,3}", ring):
            raise Refused("Say for how many seconds it rings: a whole number.")
        for variable, value in (("PRESSES", keys), ("HEARS", heard), ("RINGS", ring), ("ANSWER", answer)):
            await self._asked(
                self._board.ari.request("POST", "asterisk/variable", variable=f"{variable}_{whose}", value=value)
            )
        return {"heard": heard or None}

    async def calls(self, request: Request) -> Answer:
        """Every leg the carrier and the simulated phones have now."""
        channels = await self._asked(self._board.channels())
        return {"calls": [await self._told(found) for found in channels]}

    async def _told(self, found: Channel) -> Answer:
        """A leg; `number` is what came over a trunk to be dialled, `shown` the caller's number that came with it."""
        leg = {"id": found.id, "endpoint": found.endpoint, "state": found.state}
        try:
            for name, variable in (("number", "DIALLED"), ("shown", "SHOWN")):
                said = await self._board.ari.request("GET", f"channels/{found.id}/variable", variable=variable)
                leg[name] = said["value"]
        except AriError:
            pass
        return leg

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
            answers = "normal" if mode in ("dead", "silent") else mode
            await self._board.ari.request("POST", "asterisk/variable", variable=f"MODE_{index}", value=answers)

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
