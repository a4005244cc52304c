"""The part of `make image-test` with a stick: install, start beside it, back up, restore onto a bare disk, reset."""

from __future__ import annotations

import shlex
from pathlib import Path

from imaging.browser import Browser
from imaging.machine import Machine, wait_for
from imaging.medium import PASSPHRASE, Medium, seen
from imaging.trial import PASSWORD, SOON, STARTS_WITHIN, Trial, expect, passed, say
from imaging.words import words

WHERE = ". /run/nightbell/disk; echo $ROOT_PARTITION $DATA_PARTITION; findmnt -rno SOURCE,TARGET | grep ^/dev/sd"
BACK_UP = "NIGHTBELL_PASSPHRASE={passphrase} nightbell backup make --to /run/nightbell-usb/*"


def trial_medium(trial: Trial) -> None:
    """Everything, in order. Raises Wrong, TooLate."""
    medium = Medium(trial.image, trial.tools, trial.directory, trial.files(), STARTS_WITHIN)
    say(seen("install"))
    medium.make()
    medium.install()
    passed(words("已复制并读回比对，机器自行关机", "copied, read back, and the machine switched itself off"))
    _beside(trial, medium)
    say(seen("restore"))
    medium.bare()
    told = medium.restore()
    for line in told.splitlines():
        if line.startswith(("ledger:", "journal:", "users:")):
            passed(line.strip())
    with trial.started(seen("restore"), _machine(trial, medium)) as machine:
        trial.kept(machine)
        trial.verifies(machine)
        machine.press_button()
    _reset(trial, medium)
    for file in (medium.stick, medium.inside, medium.backups):
        file.unlink()


def _machine(trial: Trial, medium: Medium, *plugged: Path) -> Machine:
    return Machine(medium.inside, trial.directory / "machine", "uefi", others=plugged)


def _beside(trial: Trial, medium: Medium) -> None:
    with trial.started(seen("beside"), _machine(trial, medium, medium.stick, medium.backups)) as machine:
        trial.panel_and_code(machine)
        root, *mounts = trial.ssh(machine, WHERE).splitlines()
        expect(root == "/dev/vda4 /dev/vda6", f"root and data are of another disk: {root}")
        expect(len(mounts) == 1 and "/run/nightbell-usb/" in mounts[0], f"sticks are mounted as {mounts}")
        passed(words("另一块写有同一映像的磁盘未被使用", "the other disk with the same image was left alone"))
        command = BACK_UP.format(passphrase=shlex.quote(PASSPHRASE))
        said = trial.ssh(machine, f"{command} 2>&1 && sync")
        expect(".nightbell.zip" in said, f"no backup was made: {said}")
        passed(words("备份已写入另一个 U 盘", "a backup is on the other stick"))
        machine.press_button()


def _reset(trial: Trial, medium: Medium) -> None:
    machine = _machine(trial, medium)
    say(seen("reset"))
    try:
        medium.erase(machine, "KEEP NETWORK")
        wait_for(Browser(machine.port).health, STARTS_WITHIN, "GET /health answers 200", machine.stands)
        expect(Browser(machine.port).is_refused("admin", PASSWORD), "the old password still lets in")
        wait_for(
            lambda: "with this code, once:" in machine.text().rpartition("It is done at the next start")[2],
            SOON, "a new code on the console", machine.stands,
        )  # fmt: skip
        expect("trial" in trial.ssh(machine, "hostname"), "the box has lost its name")
        passed(words("记录与密码已清除，地址与名称保留", "records and passwords are gone, address and name stay"))
    finally:
        machine.cut_power()
