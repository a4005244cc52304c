"""Hospital IT draws a branch of a menu, tries it on a holiday, and puts it in force while somebody is in it."""

from __future__ import annotations

import os
import re
import signal
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.house import House, Row
from tests.e2e.patience import until
from tests.e2e.screens import PATIENT, go_to, open_tab

Sit = Callable[[str], Page]

NEW = "metro"


def test_a_branch_is_drawn_tried_and_heard_by_the_next_caller(planned: House, sit: Sit, tmp_path: Path) -> None:
    """By mouse and by keyboard, undone and done again; who was in the menu stays in it as it was.

    Then the daemon is killed, and its next life goes on with both where they were.
    """
    early = call(planned, "8003")
    press(planned, early, "1")
    until(lambda: "enter" in steps(planned, "8003", "menu"), "the first caller to be in the menu")

    page = sit("it")
    go_to(page, "/exchange")
    open_tab(page, "/exchange/menus")
    page.locator("td a[href='/exchange/menus/edit/main']").first.click()
    card = page.locator("[data-node='menu']")
    card.click()
    page.locator(".adding label", has_text=re.compile("^6$")).click()
    page.locator(".adding [data-add='play']").click()
    expect(page.locator("#faults")).to_contain_text("语音菜单 main，节点 play：缺少中文提示语", timeout=PATIENT)
    expect(page.locator("[data-node='play']")).to_be_visible(timeout=PATIENT)

    page.locator("[data-field='id']").fill(NEW)
    page.locator("[data-field='id']").press("Tab")
    expect(page.locator(f"[data-node='{NEW}']")).to_be_visible(timeout=PATIENT)
    page.locator("[data-prompt='prompt'] [data-say='zh']").fill("地铁一号线医院站下车。")
    with page.expect_response(lambda answer: "/exchange/menus/say" in answer.url) as heard:
        page.locator("[data-listen='zh']").click()
    assert heard.value.status == 200
    page.locator("[data-prompt='prompt'] [data-say='en']").fill("Take metro line 1 to Hospital station.")
    page.locator("[data-field='next']").select_option("menu")
    expect(page.locator("#faults")).to_contain_text("检查通过", timeout=PATIENT)

    sound = tmp_path / "metro.wav"
    tone(sound)
    page.locator("[data-upload='en']").set_input_files(sound)
    expect(page.locator(".recording")).to_contain_text("metro-", timeout=PATIENT)

    page.locator(f"[data-node='{NEW}']").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Control+z")
    expect(page.locator(".recording")).to_have_count(0, timeout=PATIENT)
    page.keyboard.press("Control+y")
    page.locator(f"[data-node='{NEW}']").click()
    expect(page.locator(".recording")).to_be_visible(timeout=PATIENT)

    page.locator("#try").click()
    page.locator("#trial [name=at]").fill("2026-10-01T10:00")
    page.locator("#trial-form button").click()
    page.locator("[data-key='1']").click()
    expect(page.locator(".trial-said", has_text="法定节假日")).to_be_visible(timeout=PATIENT)
    page.locator("[data-key='6']").click()
    expect(page.locator(".trial-said", has_text="地铁一号线")).to_be_visible(timeout=PATIENT)
    page.locator("#trial-close").click()

    page.locator("#live").click()
    expect(page.locator(".done")).to_contain_text("下一个来电即可听到", timeout=PATIENT)
    until(lambda: planned.plan().pbx.flows[0].node(NEW) is not None, "the new menu to be in force")

    press(planned, early, "6")
    until(lambda: "wrong" in steps(planned, "8003", "menu"), "the first caller to press what their menu has not")
    late = call(planned, "8004")
    press(planned, late, "1")
    until(lambda: "enter" in steps(planned, "8004", "menu"), "the second caller to be in the menu")
    press(planned, late, "6")
    until(lambda: steps(planned, "8004", NEW), "the second caller to hear the new branch")
    killed = planned.pid("daemon")
    os.kill(killed, signal.SIGKILL)
    planned.until_new("daemon", killed)
    again = len(steps(planned, "8004", NEW))
    until(lambda: len(steps(planned, "8004", NEW)) > again, "the second caller to be taken up where they were")
    press(planned, late, "2")
    until(lambda: steps(planned, "8004", "opening"), "the second caller to go on")
    for one in (early, late):
        planned.simulate("hang-up", call=one["call"])
    until(lambda: all(row["why"] == "hung-up" for row in planned.rows("SELECT why FROM menu_calls")), "both to be gone")

    page.goto(planned.page("/exchange/menus/calls"))
    expect(page.locator(".menu-steps")).to_contain_text(NEW, timeout=PATIENT)


def call(house: House, extension: str) -> Row:
    """A telephone dials the switchboard."""
    return house.simulate("dial", extension=extension, digits="8200", talk=600, until="answered")


def press(house: House, dialled: dict[str, Any], keys: str) -> None:
    """Keys are pressed in that call."""
    house.simulate("keys", call=dialled["call"], digits=keys)


def steps(house: House, caller: str, node: str) -> list[str]:
    """What a caller did at a node."""
    query = (
        "SELECT what FROM menu_steps JOIN menu_calls ON menu_calls.call = menu_steps.call "
        "WHERE caller = ? AND node = ? ORDER BY id"
    )
    return [row["what"] for row in house.rows(query, caller, node)]


def tone(file: Path) -> None:
    """Half a second of sound, as a studio delivers it."""
    with wave.open(str(file), "wb") as sound:
        sound.setparams((2, 2, 44100, 0, "NONE", ""))
        sound.writeframes(b"".join((8000 if n // 50 % 2 else -8000).to_bytes(2, "little", signed=True) * 2
                                   for n in range(22050)))  # fmt: skip
