"""Feeds of the hospital information system: where it connects, and how its wards, beds and grades are called."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from appliance.foundation.config import PlanError, Section
from nursecall.plan_values import Identity, Seconds
from nursecall.wire.hl7_path import FieldPath

CareGrade = Annotated[int, Field(ge=0, le=3)]
BED_PARTS = ("ward", "room", "bed", "facility")
"""The first four components of PV1-3, as `AdtFeed.bed` names them."""


def _address(listen: str) -> str:
    host, _, port = listen.rpartition(":")
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        said = "{listen!r} is no address to listen at, such as 127.0.0.1:2575 or [::1]:2575"
        raise PlanError((), said, listen=listen) from None
    if not re.fullmatch(r"\d{1,5}", port) or not 1 <= int(port) <= 65535:
        raise PlanError((), "{listen!r} ends in no port from 1 to 65535", listen=listen)
    return listen


def _template(bed: str) -> str:
    rest = re.sub(r"\{(ward|room|bed|facility)\}", "", bed)
    if "{bed}" not in bed or re.search(r"[{}]", rest):
        raise PlanError((), "{given!r} must name {{bed}}, and may name {{ward}}, {{room}} and {{facility}}", given=bed)
    return bed


def _path(text: str) -> str:
    try:
        FieldPath.parse(text)
    except ValueError:
        said = "{given!r} is no field of an HL7 message such as PV1-15, PV1-3.1, OBX[2]-5 or OBX[HLJB]-5"
        raise PlanError((), said, given=text) from None
    return text


class AdtFeed(Section):
    """One hospital information system that tells by HL7 v2 (ADT over MLLP) who lies where.

    wards: PV1-3.1 → ward id; a patient in a ward that is not here is in none of ours.
    bed: how a bed label of the plan is made of PV1-3: `{bed}`, `{room}-{bed}`.
    care_grade: where the grade stands, which has no field of its own in the standard; empty: nowhere.
    care_grades: its words, besides 0 to 3 and 特级 to 三级.
    encoding: overrules MSH-18. application, facility: MSH-3 and MSH-4 that are let in; empty: any.
    """

    id: Identity
    listen: Annotated[str, AfterValidator(_address)] = "127.0.0.1:2575"
    wards: dict[str, Identity] = Field(min_length=1)
    bed: Annotated[str, AfterValidator(_template)] = "{bed}"
    care_grade: Annotated[str, AfterValidator(_path)] | None = None
    care_grades: dict[str, CareGrade] = {}
    default_grade: CareGrade = 2
    encoding: Literal["gb18030", "utf-8"] | None = None
    application: str = ""
    facility: str = ""
    silence: Seconds = Field(default=14_400, description="seconds without a message before the feed is in trouble")

    @property
    def host(self) -> str:
        """The address it listens at."""
        return self.listen.rpartition(":")[0].removeprefix("[").removesuffix("]")

    @property
    def port(self) -> int:
        """The port it listens at."""
        return int(self.listen.rpartition(":")[2])
