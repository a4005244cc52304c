"""Where a ward is heard: its station screens, and the loudspeakers, paging zones and phones of the plan."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, Literal

from pydantic import Field, model_validator

from appliance.foundation.config import PlanError, Section
from nursecall.plan_values import Identity

Volume = Annotated[int, Field(ge=0, le=100)]
"""0 is silent, 100 as loud as the sound was made; 10 less sounds a little softer, 30 less half as loud."""


class StationSound(Section):
    """How a ward's station screens are heard.

    day, night: the loudest, in the ward's day and night hours; emergencies are always as loud as by day. No screen can
        be turned down below the volume of the night.
    test: minutes after a shift begins by which a nurse must have said that she heard the test tone; 0 asks for none.
    """

    day: Volume = 100
    night: Volume = 60
    test: int = Field(default=30, ge=0, le=480)

    @model_validator(mode="after")
    def _night_is_softer(self) -> StationSound:
        if self.night > self.day:
            raise PlanError(("night",), "is louder than the day's {day}", day=self.day)
        return self


class Place(Section):
    """One place of a ward where calls are spoken.

    kind: `alsa`, a loudspeaker at this box's sound card `device`; `multicast`, a paging zone at `address` and `port`,
        sent from the network card `interface`; `phone`, a telephone that answers by itself, `extension`.
    volume, night_volume: in the ward's day and night hours. Emergencies are always as loud as by day.
    emergencies: whether calls of priority 1 of every ward are spoken here too.
    """

    id: Identity
    ward: Identity
    kind: Literal["alsa", "multicast", "phone"]
    device: str | None = Field(default=None, pattern=r"^[\w:,.=/-]{1,64}$")
    address: IPv4Address | None = None
    port: int = Field(default=4000, ge=1024, le=65_534)
    interface: str | None = Field(default=None, pattern=r"^[\w.:-]{1,32}$")
    extension: str | None = Field(default=None, pattern=r"^[0-9]{2,6}$")
    volume: Volume = 90
    night_volume: Volume = 60
    emergencies: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Place:
        needed = {"alsa": ("device",), "multicast": ("address", "interface"), "phone": ("extension",)}
        for kind, keys in needed.items():
            for key in keys:
                if (getattr(self, key) is not None) != (kind == self.kind):
                    wrong = "is missing for kind {kind!r}" if kind == self.kind else "does not belong to kind {kind!r}"
                    raise PlanError((key,), wrong, kind=self.kind)
        if self.address is not None and not self.address.is_multicast:
            said = "{address} is no multicast address (224.0.0.0 to 239.255.255.255)"
            raise PlanError(("address",), said, address=self.address)
        if self.port % 2:
            raise PlanError(("port",), "is odd; RTP takes an even one")
        return self
