"""The plan's lines to carriers: SIP by address or registered; E1 (PRI, SS7, China No. 1) and analogue ones by DAHDI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.i18n import Text
from appliance.foundation.secret import Secret

HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
Host = Annotated[str, Field(pattern=rf"^{HOST}$")]
HostPort = Annotated[str, Field(pattern=rf"^{HOST}(:[0-9]{{1,5}})?$")]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9._+*#@~-]{0,64}$")]
"""A user's name or a realm: nothing that could end a line or begin a comment in Asterisk's files."""

E1_LINES = 30
E1_SLOTS = 31
"""Time slots of an E1 as DAHDI counts them; one of them signals."""
SIGNALS_IN = 16


class Trunk(Section):
    """What every kind has in common.

    tariff: name of the cost tariff; the cheapest healthy trunk is tried first.
    format: how the carrier wants numbers: `e164` 8613…, `plus` +8613…, `national` 013… / 0571… (00… abroad).
    caller_id: our number.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    name: Text
    tariff: str = Field(min_length=1, max_length=64)
    format: Literal["e164", "plus", "national"] = "national"
    channels: int = Field(default=30, ge=1, le=800)
    caller_id: str = Field(default="", pattern=r"^[0-9+]{0,20}$")


class SipTrunk(Trunk):
    """SIP to a carrier: known by its address, and where `user` is given by digest; `registered`: we log in there.

    hosts: more addresses of the same carrier, tried in order after `host`. shown: where our number stands; called_in:
    where the called number of a call in does. expiry: seconds a registration is asked for. password: where it is kept.
    fax: the carrier takes faxes as T.38; without it they go as sound. probe: seconds between two OPTIONS that ask
    whether it lives, as usual where it is None; 0 where the carrier answers none: only failing calls tell of a fault.
    """

    kind: Literal["sip"] = "sip"
    host: Host
    port: int = Field(default=5060, ge=1, le=65535)
    hosts: tuple[HostPort, ...] = ()
    transport: Literal["udp", "tcp", "tls"] = "udp"
    srtp: Literal["no", "optional", "required"] = "no"
    codecs: tuple[Literal["alaw", "ulaw", "g722"], ...] = Field(default=("alaw", "ulaw"), min_length=1)
    dtmf: Literal["auto_info", "rfc4733", "info", "inband"] = "auto_info"
    shown: Literal["from", "pai", "rpid"] = "from"
    called_in: Literal["uri", "to", "p-called-party-id"] = "uri"
    user: Word = ""
    password: Secret | None = None
    registered: bool = False
    realm: Word = ""
    from_domain: Host | None = None
    proxy: HostPort | None = None
    expiry: int = Field(default=3600, ge=60, le=86400)
    fax: bool = False
    probe: int | None = Field(default=None, ge=0, le=600)

    @property
    def is_probed(self) -> bool:
        """Whether it is asked at all whether it lives."""
        return self.probe != 0

    @model_validator(mode="after")
    def _whole(self) -> SipTrunk:
        if self.registered and not self.user:
            raise PlanError(("user",), "a registered trunk needs the user that the carrier gave")
        if bool(self.user) != (self.password is not None):
            raise PlanError(("password",), "user and password go together: say where the password is kept")
        if self.srtp != "no" and self.transport != "tls":
            raise PlanError(("srtp",), 'SRTP needs transport = "tls": its keys would travel in the clear')
        return self

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every host of the carrier as `host:port`, in the order they are tried."""
        others = (other if ":" in other else f"{other}:{self.port}" for other in self.hosts)
        return (f"{self.host}:{self.port}", *others)


class E1Trunk(Trunk):
    """One or more E1 ports of a card. spans: their numbers, as DAHDI counts them.

    crc4: as the carrier has it. clock: we take our clock from the carrier, as nearly always.
    """

    spans: tuple[Annotated[int, Field(ge=1, le=16)], ...] = Field(default=(1,), min_length=1)
    crc4: bool = True
    clock: bool = True

    @model_validator(mode="before")
    @classmethod
    def _as_many_as_there_are(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and "channels" not in given and isinstance(given.get("spans", ()), Sequence):
            return {**given, "channels": E1_LINES * max(1, len(given.get("spans", ())))}
        return given

    @model_validator(mode="after")
    def _not_more_than_there_are(self) -> E1Trunk:
        if self.channels > E1_LINES * len(self.spans):
            raise PlanError(("channels",), "an E1 has {count} lines", count=E1_LINES)
        return self


class PriTrunk(E1Trunk):
    """ISDN PRI (DSS1). side: `user`, or `network` where we are the exchange to the other side."""

    kind: Literal["pri"]
    side: Literal["user", "network"] = "user"


class Ss7Trunk(E1Trunk):
    """SS7 (ISUP, ITU, 14-bit point codes). Signalling is in slot 16 of the first span. first_cic: of the first line."""

    kind: Literal["ss7"]
    own: int = Field(ge=1, le=16383)
    peer: int = Field(ge=1, le=16383)
    network: Literal["national", "national_spare", "international", "international_spare"] = "national"
    first_cic: int = Field(default=1, ge=0, le=4095)


class R2Trunk(E1Trunk):
    """China No. 1 (MFC/R2). caller_digits, called_digits: how many the two sides send at most."""

    kind: Literal["r2"]
    crc4: bool = False
    caller_digits: int = Field(default=20, ge=0, le=20)
    called_digits: int = Field(default=4, ge=1, le=20)
    caller_first: bool = False


class AnalogueTrunk(Trunk):
    """Analogue ports of a card. fxo: the carrier's lines come in; fxs: we feed the lines of another exchange.

    ports: DAHDI's numbers, `"1-4"`. reversal: the carrier reverses the polarity when the called party answers; without
    it an analogue line says nothing of an answer, and no call over it can be billed right.
    """

    kind: Literal["fxo", "fxs"]
    ports: str = Field(pattern=r"^[0-9]{1,3}(-[0-9]{1,3})?$")
    reversal: bool = True
    caller_shown: Literal["fsk", "dtmf", "no"] = "fsk"

    @field_validator("ports")
    @classmethod
    def _ascending(cls, ports: str) -> str:
        first, _, last = ports.partition("-")
        if last and int(first) > int(last):
            raise PlanError((), "runs from a smaller to a larger number of the same length")
        return ports

    @property
    def numbers(self) -> tuple[int, ...]:
        """Every port."""
        first, _, last = self.ports.partition("-")
        return tuple(range(int(first), int(last or first) + 1))


def _kind(trunk: Any) -> str | None:
    # SIP is what a trunk speaks that does not say.
    return str(trunk.get("kind", "sip")) if isinstance(trunk, Mapping) else getattr(trunk, "kind", None)


AnyTrunk = Annotated[
    Annotated[SipTrunk, Tag("sip")]
    | Annotated[PriTrunk, Tag("pri")]
    | Annotated[Ss7Trunk, Tag("ss7")]
    | Annotated[R2Trunk, Tag("r2")]
    | Annotated[AnalogueTrunk, Tag("fxo")]
    | Annotated[AnalogueTrunk, Tag("fxs")],
    Discriminator(_kind),
]
"""A line to a carrier."""


def check_cards(trunks: Sequence[Trunk]) -> None:
    """Raise PlanError where two trunks use the same port of a card."""
    spans: set[int] = set()
    ports: set[int] = set()
    for index, trunk in enumerate(trunks):
        if isinstance(trunk, E1Trunk):
            for span in trunk.spans:
                if span in spans:
                    raise PlanError(("trunks", index, "spans"), "span {span} is used twice", span=span)
                spans.add(span)
    for index, trunk in enumerate(trunks):
        if isinstance(trunk, AnalogueTrunk):
            for port in trunk.numbers:
                if port in ports or port <= E1_SLOTS * max(spans, default=0):
                    raise PlanError(("trunks", index, "ports"), "port {port} is used twice", port=port)
                ports.add(port)
