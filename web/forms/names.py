"""Names of the plan that a field may choose among."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.plan_escalation import USUAL
from pbx.inbound.ring_back import SAMPLE
from web.forms.icons import CALL_ICONS
from web.plans import Written

Ref = Literal[
    "trunks", "classes", "schedules", "extensions", "wards", "menus", "rooms", "faxes", "people", "mail", "places",
    "tariffs", "carriers", "rights", "mailboxes", "sounds", "ring-backs", "gateways",
    "ports", "call-types", "trees", "shifts", "told", "icons",
]  # fmt: skip
Names = Mapping[Ref, Sequence[tuple[str, str]]]
"""What may be chosen → values, and what people call them. `rights`: classes of service, and who has them. `told`: whom
a step of an escalation may tell.
"""

ROLES: Mapping[str, str] = {
    "duty": "all nurses on duty",
    "assigned": "the nurses of that bed",
    "supervisor": "who supervises",
}
"""People by what they are now."""

USUAL_TREE = "three messages to all on duty, then the station"
"""The tree that a plan need not have."""

CARRIERS = ("China Mobile", "China Unicom", "China Telecom", "China Broadnet")
"""As the tables of number ranges name them."""


def names(
    written: Written, language: Language, sounds: Sequence[str] = (), ports: Sequence[tuple[str, str]] = ()
) -> Names:
    """Of a revision. sounds: files that were uploaded; ports: serial ports of the box, and what each is now."""
    pbx, care = written.pbx, written.nursecall
    tariffs = dict.fromkeys((*written.tariffs, *(trunk.tariff for trunk in pbx.trunks)))
    return {
        "trunks": [(one.id, one.name[language]) for one in pbx.trunks],
        "classes": [(one.id, one.name[language]) for one in pbx.outgoing.classes],
        "schedules": [(one.id, one.name[language]) for one in pbx.schedules],
        "extensions": [(number, group.name[language]) for group in pbx.extensions for number in group.each()],
        "wards": [(one.id, one.name[language]) for one in care.wards],
        "menus": [(one.id, one.name[language]) for one in pbx.flows],
        "rooms": [(number, group.name[language]) for group in pbx.conference.rooms for number in group.rooms()],
        "faxes": [(one.number, one.name[language]) for one in pbx.fax.lines],
        "people": [(one.id, one.name[language]) for one in pbx.groups],
        "mail": [(one.id, one.id) for one in pbx.mail],
        "places": [(one.id, one.id) for one in care.places],
        "tariffs": [(one, one) for one in tariffs],
        "carriers": [(one, translate(one, language)) for one in CARRIERS],
        "rights": [(group.rights, group.numbers) for group in pbx.extensions],
        "mailboxes": [(number, number) for number in pbx.voicemail.numbers()],
        "gateways": [(one, one) for one in pbx.every_gateway()],
        "ports": ports,
        "call-types": [(one.id, one.name[language]) for one in care.call_types],
        "trees": [(USUAL, translate(USUAL_TREE, language)), *((one.id, one.id) for one in care.escalations)],
        "shifts": list({one.id: (one.id, one.name[language]) for ward in care.wards for one in ward.shifts}.values()),
        "told": [
            *((role, translate(who, language)) for role, who in ROLES.items()),
            *((one.id, one.name[language]) for one in care.wards),
            *((one.id, one.part) for one in care.pagers),
        ],
        "icons": [(one, translate(shown, language)) for one, shown in CALL_ICONS.items()],
        "sounds": [(one, one) for one in sounds],
        "ring-backs": [(SAMPLE, translate("bell: our own tones", language)), *((one, one) for one in sounds)],
    }
