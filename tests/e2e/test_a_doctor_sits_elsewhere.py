"""A doctor is called at a bed's telephone, to which they brought their number, and is sent home from the panel."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.house import House
from tests.e2e.patience import until

Sit = Callable[[str], Page]
DOCTOR, BED, STATION = "8085", "8003", "8001"


def called(ward: House) -> None:
    """The station calls the doctor, and whoever is at the bed's telephone answers."""
    told = ward.simulate("dial", extension=STATION, digits=DOCTOR, talk=1)
    assert told["outcome"] == "answered", told


def test_a_doctor_is_called_where_they_sit(ward: House, sit: Sit) -> None:
    """By a PIN of the panel and *75; Asterisk's own dialplan knows it too; the panel shows it and sends them home."""
    page, before = sit("it"), ward.journal_end()
    page.goto(ward.page("/exchange/seats"))
    page.locator(f"form[action='/exchange/seats/{DOCTOR}/pin'] button").click()
    found = re.search(r"\b[0-9]{6}\b", page.locator(".pin-told").inner_text())
    assert found is not None

    phone = ward.simulate("dial", extension=BED, digits=f"*75*{DOCTOR}#", talk=90, until="answered")
    ward.simulate("keys", call=phone["call"], digits=f"{found[0]}#")
    ward.until_journal("pbx.SeatTaken", before, number=DOCTOR, telephone=BED)
    row = page.locator(f"[data-key=seat-{DOCTOR}]")
    expect(row).to_contain_text(BED)
    ward.quieten()

    ward.simulate("phone", number=BED, answer="yes")
    try:
        called(ward)
        plain = ward.directory / "asterisk" / "etc" / "extensions.conf"
        until(lambda: f"exten => {DOCTOR},1,Dial(PJSIP/{BED}," in plain.read_text("utf-8"), "the plain dialplan")
        killed = ward.pid("daemon")
        os.kill(killed, signal.SIGKILL)
        ward.until_new("daemon", killed)
        ward.until_well()
        called(ward)
    finally:
        ward.simulate("phone", number=BED, answer="")

    page.goto(ward.page("/exchange/seats"))
    expect(row).to_contain_text(BED)
    row.locator("button").click()
    left = ward.until_journal("pbx.SeatLeft", before, number=DOCTOR, telephone=BED)
    assert left["by"] == "it"
    expect(row).not_to_contain_text(BED)
    until(lambda: f"exten => {DOCTOR},1,Dial(PJSIP/{DOCTOR}," in plain.read_text("utf-8"), "the plain dialplan")
