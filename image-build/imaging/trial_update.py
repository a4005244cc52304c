"""The part of `make image-test` with updates: refused ones, a good one, one that does not work and goes back."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from imaging.browser import Browser
from imaging.machine import Machine, wait_for
from imaging.trial import PASSWORD, SOON, STARTS_WITHIN, Trial, Wrong, expect, passed, say
from imaging.words import words

GOES_BACK_WITHIN = 2 * 600 + 4 * STARTS_WITHIN
"""Seconds: two starts that do not work, ten minutes each beside the start itself, and one that does."""


def trial_update(trial: Trial) -> None:
    """Everything, in order, from a first start in slot A. Raises Wrong, TooLate."""
    trial.new_disk()
    with trial.started(words("更新之前：首次启动", "before an update: a first start")) as machine:
        trial.panel_and_code(machine)
        trial.confirmed(machine)
        _goes_through(trial, machine)


def _goes_through(trial: Trial, machine: Machine) -> None:
    _refuses(trial, machine, trial.bundles["foreign"], "not signed by anybody whom this box trusts")
    _refuses(trial, machine, _cut_short(trial), "it was cut short on its way")
    _installs(trial, machine, trial.bundles["works"])
    say(words("更新之后（系统区 B）", "after the update (slot B)"))
    wait_for(Browser(machine.port).health, STARTS_WITHIN, "GET /health answers 200", machine.stands)
    _stands(trial, machine, "confirmed", "B")
    trial.kept(machine)
    trial.verifies(machine)
    _installs(trial, machine, trial.bundles["fails"])
    # It starts twice, is found not to work each time, and is gone: what answers then is slot B again.
    say(words("更新失败后自动退回", "an update that fails goes back by itself"))
    wait_for(
        lambda: _phase(trial, machine) == "back" and Browser(machine.port).health(), GOES_BACK_WITHIN, "slot B is back",
        machine.stands,
    )  # fmt: skip
    _stands(trial, machine, "back", "B")
    trial.kept(machine)
    trial.verifies(machine)


def _refuses(trial: Trial, machine: Machine, bundle: Path, wanted: str) -> None:
    browser = Browser(machine.port)
    browser.log_in("admin", PASSWORD)
    browser.send_update(bundle)
    wait_for(lambda: wanted in browser.page("/update"), SOON, f"“{wanted}” on /update", machine.stands)
    passed(words("拒绝更新包：", "a bundle is refused: ") + wanted)


def _cut_short(trial: Trial) -> Path:
    short = trial.directory / "short.raucb"
    with trial.bundles["works"].open("rb") as whole:
        short.write_bytes(whole.read(1 << 20))
    return short


def _installs(trial: Trial, machine: Machine, bundle: Path) -> None:
    browser = Browser(machine.port)
    browser.log_in("admin", PASSWORD)
    browser.send_update(bundle)
    found = wait_for(
        lambda: re.search(r'data-post="(/update/\w+/install)"', browser.page("/update")), SOON,
        "the bundle is found good", machine.stands,
    )  # fmt: skip
    passed(words("更新包上传并检查通过", "the bundle was sent and found good"))
    browser.act(found[1])
    wait_for(lambda: _phase(trial, machine) in ("waiting", "failed"), SOON, "it is installed", machine.stands)
    expect(_phase(trial, machine) == "waiting", f"it was not installed: {_status(trial, machine)}")
    expect(Browser(machine.port).health() is not None, "the box does not work while it waits for the restart")
    passed(words("已装入另一系统区，设备照常工作", "installed into the other slot while the box works"))
    browser.act("/update/restart", when="now")
    wait_for(lambda: Browser(machine.port).health() is None, SOON, "the box goes down", machine.stands)


def _stands(trial: Trial, machine: Machine, phase: str, slot: str) -> None:
    wait_for(lambda: _phase(trial, machine) == phase, SOON, f"the update is {phase}", machine.stands)
    said = _status(trial, machine)
    expect(said["slot"] == slot, f"slot {said['slot']} runs, not {slot}")
    passed(words(f"系统区 {slot}：{phase}", f"slot {slot}: {phase}") + f" {said['version']}")


def _phase(trial: Trial, machine: Machine) -> str:
    return str((_status(trial, machine).get("update") or {}).get("phase", ""))


def _status(trial: Trial, machine: Machine) -> dict[str, Any]:
    """Nothing while the machine does not answer."""
    try:
        found: dict[str, Any] = json.loads(trial.ssh(machine, "nightbell update status --json") or "{}")
    except (Wrong, ValueError, subprocess.SubprocessError):
        return {}
    return found
