"""What people call the parts whose health is watched."""

from __future__ import annotations

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan import NurseCallPlan
from pbx.plan import PbxPlan
from web.ports import House

NAMES = {
    "storage:database": "Records",
    "storage:disk": "Disk",
    "storage:recordings": "Recorded talk",
    "speech:kokoro": "Good voice",
    "speech:worker": "Speech engine",
    "speech:cache": "Kept sentences",
    "speech:prepared": "Sentences made in advance",
    "speech:fallback": "Fallback voice",
    "exchange:asterisk": "Asterisk",
    "exchange:guard": "Guard against attacks",
    "exchange:pins": "PINs of 600",
    "phones:provisioning": "Automatic set-up",
    "card:system": "Charges of cards",
    "guard:calls": "Guard against misuse",
    "temperature:processor": "Processor",
    "temperature:board": "Mainboard",
    "tls:panel": "Certificate of the panel",
    "tls:authority": "Certificates from the hospital's authority",
    "daemon:nightbell": "Daemon",
}


def name(house: House, part: str, language: Language) -> str:
    """What people call `kind:id`."""
    return called(house.nursecall(), house.pbx(), part, language)


def called(nursecall: NurseCallPlan, pbx: PbxPlan, part: str, language: Language) -> str:
    """The same by these sections of a plan."""
    kind, _, identity = part.partition(":")
    if part in NAMES:
        return translate(NAMES[part], language)
    ward = None
    if kind == "line":
        ward = next((line.ward for line in nursecall.lines if line.id == identity), None)
    elif kind == "station":
        ward = identity
    plan = nursecall.ward(ward) if ward else None
    if plan is not None:
        return f"{plan.name[language]} · {identity}" if kind == "line" else plan.name[language]
    trunk = next((trunk for trunk in pbx.trunks if kind == "trunk" and trunk.id == identity), None)
    return trunk.name[language] if trunk else identity or part
