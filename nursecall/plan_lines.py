"""Wires from nurse-call hosts, one class a protocol: how each is connected, and what its messages mean."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.serial_address import SERVER
from nursecall.plan_values import Identity, Pattern, Seconds

Named = Iterable[tuple[str, str]]
"""Pairs of a key and the plan id that stands there."""

Placed = Iterable[tuple[tuple[str | int, ...], str, str]]
"""Where a bed stands in a line, the ward that is meant, and the bed."""


class Wire(Section):
    """What every line has. `ward`: whose beds are meant where a message names no ward of its own."""

    id: Identity
    ward: Identity
    silence: Seconds = Field(default=20, description="seconds without valid traffic before the line is in trouble")

    def wards_named(self) -> Named:
        """Wards that must be in the plan."""
        return [("ward", self.ward)]

    def types_named(self) -> Named:
        """Call types that must be in the plan."""
        return []

    def beds_named(self) -> Placed:
        """Beds that must be in the plan."""
        return []


class SerialLine(Section):
    """A serial device and its settings; ESPA 4.4.4 says 7E2, the field mostly uses 8N1 at 9600.

    device: absolute, by preference `/dev/serial/by-id/…`; relative to the box's devices directory; or that of a
        serial server: `socket://host:port` (raw TCP) or `rfc2217://host:port`.
    """

    device: str = Field(min_length=1)
    baud: Literal[300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1

    @field_validator("device")
    @classmethod
    def _leads_somewhere(cls, device: str) -> str:
        if "://" in device and not SERVER.fullmatch(device):
            said = "{device!r} is neither a device nor socket://host:port nor rfc2217://host:port"
            raise PlanError((), said, device=device)
        return device


class CallPoint(Section):
    """A call point that the host knows by another name than the door of its bed.

    says: what `bed_pattern` finds where the bed stands. ward: the line's, unless it says so.
    """

    says: str = Field(min_length=1, max_length=16)
    bed: str = Field(min_length=1, max_length=16)
    ward: Identity | None = None


class Worded(Wire):
    """A line whose messages are words: where the bed stands in them, and what they mean.

    encoding: of the text.
    bed_pattern: a regular expression with a group `bed`, and perhaps a group `ward`.
    wards: what the group `ward` may say → ward of the plan; what is not listed is `ward`.
    points: call points that stand for another bed, and perhaps another ward, than they say.
    types: pattern → call type; the first that is found in the text wins, else `default_type`.
    ends: what says that the bedside reset was pressed. present, absent: a nurse is at the bed, or left it.
    faults, mended: the terminal of the bed is unplugged or broken, or well again.
    ignore: what means nothing: the time, a sign of life.
    """

    encoding: Literal["ascii", "gb18030", "utf-8"] = "gb18030"
    bed_pattern: Pattern = r"(?P<bed>\d+(?:-\d+)?)"
    wards: dict[str, Identity] = {}
    points: tuple[CallPoint, ...] = ()
    types: dict[Pattern, Identity] = {}
    default_type: Identity = "call"
    ends: tuple[Pattern, ...] = ()
    present: tuple[Pattern, ...] = ()
    absent: tuple[Pattern, ...] = ()
    faults: tuple[Pattern, ...] = ()
    mended: tuple[Pattern, ...] = ()
    ignore: tuple[Pattern, ...] = ()

    @field_validator("bed_pattern")
    @classmethod
    def _names_a_bed(cls, pattern: str) -> str:
        if "bed" not in re.compile(pattern).groupindex:
            raise PlanError((), "has no group named bed, such as (?P<bed>\\d+)")
        return pattern

    @field_validator("points")
    @classmethod
    def _each_once(cls, points: tuple[CallPoint, ...]) -> tuple[CallPoint, ...]:
        said = [(point.says, point.ward) for point in points]
        for index, one in enumerate(said):
            if one in said[:index]:
                raise PlanError((index, "says"), "call point {says!r} is listed twice", says=one[0])
        return points

    def point(self, says: Collection[str], ward: str | None) -> CallPoint | None:
        """The call point that the host calls by one of `says`; of `ward`, where its message named one."""
        fits = (point for point in self.points if ward in (None, point.ward or self.ward))
        return next((point for point in fits if point.says in says), None)

    def wards_named(self) -> Named:
        named = (("points", point.ward) for point in self.points if point.ward)
        return [*super().wards_named(), *(("wards", ward) for ward in self.wards.values()), *named]

    def beds_named(self) -> Placed:
        return [(("points", at, "bed"), one.ward or self.ward, one.bed) for at, one in enumerate(self.points)]

    def types_named(self) -> Named:
        return [("default_type", self.default_type), *(("types", kind) for kind in self.types.values())]


class EspaLine(Worded, SerialLine):
    """ESPA 4.4.4. role: `station` is polled by the host; `control` polls the host. own, peer: one digit each.

    In the control role `peer` may name several stations on the line, a digit each: "134".
    bed_from: the record in which `bed_pattern` is searched.
    statuses: the host is told unasked what becomes of its calls, each change of each; it is answered in any case.
    """

    protocol: Literal["espa444"] = "espa444"
    role: Literal["station", "control"] = "station"
    own: str = Field(default="2", pattern=r"^[0-9]$")
    peer: str = Field(default="1", pattern=r"^[0-9]{1,9}$")
    bed_from: Literal["address", "text"] = "text"
    statuses: bool = False

    @model_validator(mode="after")
    def _addresses(self) -> EspaLine:
        if self.role == "station" and len(self.peer) > 1:
            raise PlanError(("peer",), "a line that is polled has one host: name one digit")
        if len({*self.peer, self.own}) <= len(self.peer):
            raise PlanError(("peer",), "own and peer must be different digits, each named once")
        return self


class TapLine(Worded, SerialLine):
    """TAP 1.8: the host sends pages to us as to a paging terminal. bed_from: the pager's number, or the text."""

    protocol: Literal["tap"]
    data_bits: Literal[7, 8] = 7
    parity: Literal["none", "even", "odd"] = "even"
    password: str = Field(default="", pattern=r"^[0-9A-Za-z]{0,6}$")
    bed_from: Literal["address", "text"] = "text"
    silence: Seconds = Field(default=86_400, description="a TAP host speaks only when somebody calls")


class EspaxLine(Worded):
    """ESPA-X: the host connects to us over TCP. listen: `address:port`, loopback or an address of this box.

    user, password: what its LOGIN must say; both empty let anybody in who can reach `listen`.
    """

    protocol: Literal["espax"]
    encoding: Literal["ascii", "gb18030", "utf-8"] = "utf-8"
    listen: str = Field(default="127.0.0.1:2023", pattern=r"^[^:\s]+:[0-9]{1,5}$")
    user: str = Field(default="", max_length=64)
    password: str = Field(default="", max_length=64)
    silence: Seconds = Field(default=60, description="at least twice the host's heartbeat")


class Contact(Section):
    """One contact of an input module. input: its number in the module, from 0.

    means: a call type, or `present` (closed while a nurse is there), `reset`, `fault` (tamper, plug out).
    """

    input: int = Field(ge=0, le=1999)
    bed: str = Field(min_length=1, max_length=16)
    means: Identity
    ward: Identity | None = None
    normally: Literal["open", "closed"] = "open"


class ModbusUnit(Section):
    """One input module on the bus, and what is wired to it."""

    address: int = Field(ge=1, le=247)
    contacts: tuple[Contact, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> ModbusUnit:
        inputs = [contact.input for contact in self.contacts]
        for index, number in enumerate(inputs):
            if number in inputs[:index]:
                raise PlanError(("contacts", index, "input"), "input {number} is wired twice", number=number)
        return self


MEANINGS = ("present", "reset", "fault")
"""What a contact can mean besides a call type."""


class ModbusLine(Wire, SerialLine):
    """Modbus RTU: we poll input modules (FC 02). debounce: seconds a contact must stay as it is to count."""

    protocol: Literal["modbus"]
    units: tuple[ModbusUnit, ...] = Field(min_length=1, max_length=247)
    debounce: float = Field(default=0.05, ge=0, le=5)

    @model_validator(mode="after")
    def _addresses(self) -> ModbusLine:
        addresses = [unit.address for unit in self.units]
        for index, address in enumerate(addresses):
            if address in addresses[:index]:
                raise PlanError(("units", index, "address"), "unit {address} is listed twice", address=address)
        return self

    def wards_named(self) -> Named:
        wired = (contact.ward for unit in self.units for contact in unit.contacts if contact.ward)
        return [*super().wards_named(), *(("units", ward) for ward in wired)]

    def beds_named(self) -> Placed:
        return [
            (("units", unit_at, "contacts", at, "bed"), one.ward or self.ward, one.bed)
            for unit_at, unit in enumerate(self.units)
            for at, one in enumerate(unit.contacts)
        ]

    def types_named(self) -> Named:
        wired = (contact.means for unit in self.units for contact in unit.contacts)
        return [("units", means) for means in wired if means not in MEANINGS]


class TextLine(Worded, SerialLine):
    """A host that just prints. One frame is one message.

    framing: `lines` (ended by CR, LF or both), `stx-etx`, or `fixed` (of `length` bytes).
    check: none, or what follows the text, before the line's end or after ETX: `xor` or `sum` (modulo 256) of its bytes.
    check_as: one byte, or two hexadecimal digits. check_over: whether STX and ETX count; in `stx-etx` frames only.
    encoding: of the text; `hex` where frames are not text: the patterns then see `AA1C02`. bed_as: `hex` where the
        group `bed` is a number in hexadecimal: bed 28 stands there as 1C.
    answer: what the host wants to hear for each good frame, e.g. "\\u0006"; empty for nothing.
    codes: what the pattern's group `code` says → a call type, or `present`, `absent`, `reset`, `fault`, `mended`; comes
        before `types` and the other patterns.
    """

    protocol: Literal["text"]
    framing: Literal["lines", "stx-etx", "fixed"] = "lines"
    length: int = Field(default=0, ge=0, le=512)
    check: Literal["none", "xor", "sum"] = "none"
    check_as: Literal["byte", "hex"] = "byte"
    check_over: Literal["text", "text+etx", "stx+text+etx"] = "text"
    encoding: Literal["ascii", "gb18030", "utf-8", "hex"] = "gb18030"  # type: ignore[assignment]
    bed_as: Literal["text", "hex"] = "text"
    answer: str = Field(default="", max_length=16)
    codes: dict[str, Identity] = {}
    silence: Seconds = Field(default=86_400, description="a host that only prints is silent while nobody calls")

    @model_validator(mode="after")
    def _fits(self) -> TextLine:
        if (self.framing == "fixed") != (self.length > 0):
            raise PlanError(("length",), "fixed frames need a length, other frames none")
        if self.check_over != "text" and self.framing != "stx-etx":
            raise PlanError(("check_over",), "only stx-etx frames have an STX and an ETX")
        if self.codes and "code" not in re.compile(self.bed_pattern).groupindex:
            raise PlanError(("codes",), "needs a group named code in bed_pattern")
        return self

    def types_named(self) -> Named:
        meanings = (*MEANINGS, "absent", "mended")
        codes = [("codes", kind) for kind in self.codes.values() if kind not in meanings]
        return [*super().types_named(), *codes]


def _protocol(line: Any) -> str | None:
    # ESPA 4.4.4 is what a line speaks that does not say.
    return str(line.get("protocol", "espa444")) if isinstance(line, Mapping) else getattr(line, "protocol", None)


Line = Annotated[
    Annotated[EspaLine, Tag("espa444")]
    | Annotated[TapLine, Tag("tap")]
    | Annotated[EspaxLine, Tag("espax")]
    | Annotated[ModbusLine, Tag("modbus")]
    | Annotated[TextLine, Tag("text")],
    Discriminator(_protocol),
]
"""A wire from a nurse-call host."""

AnyLine = EspaLine | TapLine | EspaxLine | ModbusLine | TextLine
