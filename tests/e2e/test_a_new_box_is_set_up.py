"""From the box to the first call and the signed report, in the panel alone: one walk, as hospital IT makes it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import shown_in_failures
from tests.e2e.new_box import NewBox, carrier, plugged_in
from tests.e2e.screens import PATIENT, shows, station
from tests.e2e.sound import Recording
from tests.e2e.walk import (
    brings_its_wards,
    comes_in,
    connects_the_carrier,
    connects_the_host,
    names_the_hospital,
    prints_the_report,
    rings_it,
    sets_a_telephone_up,
    speaks_in_the_corridor,
)
from tests.integration.soft_phone import SoftPhone, registered
from tests.real_reactor import start

AUDIBLE = 300
"""Root mean square, of 32768: a whisper."""


@pytest.fixture(scope="module")
def box() -> Iterator[NewBox]:
    """One that has just been unpacked."""
    directory = Path(tempfile.mkdtemp(prefix="nb", dir="/tmp"))
    box = NewBox(directory)
    with shown_in_failures(box):
        try:
            box.start()
            yield box
            box.stop()
        finally:
            box.give_up()
            shutil.rmtree(directory, ignore_errors=True)


def test_from_the_box_to_the_report(box: NewBox, chromium: Browser, tmp_path: Path) -> None:
    """Every step is ticked off by what is so; the telephone hears the sentence, and so does the corridor."""
    start()
    page = chromium.new_context(locale="en-GB", viewport={"width": 1366, "height": 768}).new_page()
    page.set_default_timeout(PATIENT)
    comes_in(page, box)
    names_the_hospital(page)
    brings_its_wards(page)
    with plugged_in(box) as host, carrier("127.0.0.1") as port:
        connects_the_host(page, box)
        connects_the_carrier(page, box, "127.0.0.1", port)
        line = sets_a_telephone_up(page, box)
        with registered(SoftPhone(line, tmp_path, tone=600)) as (phone,):
            rings_it(page, box, line.extension)
            assert "incoming" in phone.printed.lower()
        said = max(Recording(file.read_bytes()).level for file in tmp_path.rglob("*dec.wav"))
        assert said > AUDIBLE, "the telephone heard a sentence"
        speaks_in_the_corridor(page, box)
        assert Recording(box.heard.read_bytes()).level > AUDIBLE, "the corridor heard a sentence"
        host.say("28床 呼叫")
        station(page, box, "im1")
        shows(page, "28")
        text = prints_the_report(page, box, tmp_path)
    for words in ("Renhe Hospital", "Internal medicine 1", "Town line", line.extension, "corridor"):
        assert words in text, words
