"""How each section of the plan is laid out as a form: one module a page, all of them in EVERY.

A new one is written as `web.forms` says, and added here; its pages are there at once. A link to them belongs on the
page that it is the `home` of; pages with the same home are tabs of one another.
"""

from __future__ import annotations

from collections.abc import Mapping

from web.forms.layout import Layout
from web.layouts import (
    adt,
    alarms,
    backups,
    call_types,
    conferences,
    days,
    escalation,
    extensions,
    hours,
    inbound,
    lines,
    lookups,
    loudspeakers,
    messages,
    network,
    outgoing,
    pagers,
    phones,
    recording,
    report_mails,
    rounds,
    services,
    trunks,
    wards,
)

EVERY: tuple[Layout, ...] = (
    trunks.LAYOUT,
    outgoing.CLASSES,
    outgoing.ROUTES,
    outgoing.CODES,
    extensions.LAYOUT,
    inbound.RULES,
    hours.LAYOUT,
    days.LAYOUT,
    inbound.FOR_ALL,
    recording.LAYOUT,
    conferences.ROOMS,
    conferences.AD_HOC,
    services.FEATURES,
    services.VOICEMAIL,
    services.FAX,
    services.PAGING,
    phones.LAYOUT,
    network.BRANCHES,
    network.GUARD,
    lookups.LAYOUT,
    messages.ORDER,
    messages.MODEMS,
    messages.SMPP,
    messages.HTTP,
    messages.PEOPLE,
    alarms.MAIL,
    alarms.WEBHOOKS,
    backups.LAYOUT,
    report_mails.LAYOUT,
    lines.LAYOUT,
    loudspeakers.LAYOUT,
    wards.LAYOUT,
    call_types.LAYOUT,
    escalation.TREES,
    escalation.RULES,
    pagers.LAYOUT,
    adt.LAYOUT,
    rounds.ROUNDS,
    rounds.SERVICES,
)
LAYOUTS: Mapping[str, Layout] = {one.name: one for one in EVERY}
