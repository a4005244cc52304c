"""The part of `make image-test` with a nurse's screen: a press on the guest's serial port is seen and heard there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from imaging.machine import Machine
from imaging.words import words
from tests.e2e.screens import FLAGS, card, log_in
from tests.e2e.sound import Recording

LOUD = 300
"""Root mean square of 32768; a whisper."""


def press_is_seen_and_heard(machine: Machine, password: str, bed: str, patience: float, picture: Path) -> str:
    """Open the station in Chromium and press at `bed`; what was heard, in words. Raises OSError where it is not so.

    patience: seconds for each thing that is waited for. picture: where the screen is kept as it was then.
    """
    try:
        with _station(machine, password, patience) as page:
            clip = re.compile(r"/speech/[^/]+\.wav$")
            with page.expect_response(clip, timeout=patience * 1000) as spoken:
                machine.on_ward_line(f"{bed}\r\n".encode())
                card(page, bed).wait_for(timeout=patience * 1000)
            sound = Recording(spoken.value.body())
            page.screenshot(path=picture)
    except Error as why:
        raise OSError(
            words(f"护士站没有显示或说出呼叫：{why}", f"the station did not show and speak it: {why}")
        ) from why
    if sound.level < LOUD:
        raise OSError(words(f"播报没有声音（{sound.level:.0f}）", f"the announcement is silent ({sound.level:.0f})"))
    return words(f"{sound.seconds:.1f} 秒，音量 {sound.level:.0f}", f"{sound.seconds:.1f} s, level {sound.level:.0f}")


def still_open(machine: Machine, password: str, bed: str, patience: float) -> None:
    """A call that nobody has ended is on the station's screen. Raises OSError where it is not."""
    try:
        with _station(machine, password, patience) as page:
            card(page, bed).wait_for()
    except Error as why:
        raise OSError(words(f"护士站没有这个呼叫：{why}", f"the call is not on the station's screen: {why}")) from why


@contextmanager
def _station(machine: Machine, password: str, patience: float) -> Iterator[Page]:
    """The station of ward A, in touch with the box."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        context = browser.new_context(ignore_https_errors=True, viewport={"width": 1366, "height": 768})
        context.set_default_timeout(patience * 1000)
        page = context.new_page()
        page.goto(f"https://127.0.0.1:{machine.port}/login")
        log_in(page, "admin", password)
        page.goto(f"https://127.0.0.1:{machine.port}/station/ward-a")
        page.locator("body[data-link=on]").wait_for()
        yield page
        browser.close()
