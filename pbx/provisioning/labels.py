"""Labels for telephones: three by eight on a sheet of A4, 70 by 35 mm each, as stationers sell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.foundation.report import page, pdf
from appliance.foundation.values import Language
from pbx.provisioning.phone import Phone


@dataclass(frozen=True)
class Label:
    """What stands on one."""

    number: str
    place: str
    mac: str


def labels(phones: Sequence[Phone]) -> list[Label]:
    """One for each telephone with a number, in the order of the numbers."""
    found = [Label(phone.extension, phone.place, phone.mac) for phone in phones if phone.extension]
    return sorted(found, key=lambda label: label.number)


def label_sheet(phones: Sequence[Phone], language: Language, site: str) -> bytes:
    """The sheets as PDF; takes seconds, so not in the daemon."""
    return pdf(page("pbx/phone_labels.html", language, labels=labels(phones), site=site))
