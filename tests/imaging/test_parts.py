"""What the parts of the image say of one another agrees."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from appliance.box.file import UpsTable
from appliance.box.ups import POWER_OFF, nut_files
from appliance.foundation.config import parse
from appliance.plan import Plan
from imaging.boot_partition import LENGTH, SECTOR, START
from imaging.build import DAEMON, HOUSE
from imaging.machine import Machine
from imaging.medium import key
from imaging.trial import PLAN
from imaging.trial_call import telephones
from imaging.wheels import LOCK, fitting

IMAGE = HOUSE / "image-build"


def partitions() -> dict[str, tuple[int, int]]:
    """Name → start and size in sectors."""
    text = (IMAGE / "disk" / "table.sfdisk").read_text()
    rows = re.findall(r'start=(\d+), size=(\d+), .*name="nightbell-([a-z-]+)"', text)
    return {name: (int(start), int(size)) for start, size, name in rows}


def test_partitions_follow_one_another() -> None:
    """None overlaps the next."""
    rows = list(partitions().values())
    assert all(before[0] + before[1] == after[0] for before, after in itertools.pairwise(rows))


def test_files_are_put_where_the_boot_partition_is() -> None:
    """By the test and by the build."""
    start, size = partitions()["boot"]
    assert (start * SECTOR, size * SECTOR) == (START, LENGTH)
    script = (IMAGE / "disk" / "put-together.sh").read_text()
    for name, image in (("bios", "core.img"), ("boot", "esp.img"), ("env", "env.img"), ("root-a", '"$slot"')):
        assert f"put {image} {partitions()[name][0]}\n" in script


def test_grub_and_the_box_mean_the_same_partitions() -> None:
    """GRUB counts them, the box knows their names."""
    order = list(partitions())
    grub = (IMAGE / "disk" / "grub.cfg").read_text()
    assert f"start A {order.index('root-a') + 1} " in grub
    assert f"start B {order.index('root-b') + 1} " in grub
    assert f"gpt{order.index('env') + 1})/grubenv" in grub
    early = (IMAGE / "root/usr/lib/nightbell-box/early").read_text()
    assert "partition nightbell-boot" in early
    assert "partition nightbell-env" in early


def test_everything_the_daemon_is_made_of_is_on_the_box() -> None:
    """Each package of the floors."""
    for package in ("appliance", "billing", "nursecall", "pbx", "tts", "web"):
        assert package in DAEMON
    assert all((HOUSE / one).exists() for one in DAEMON)


def test_the_lock_is_read_for_the_images_python() -> None:
    """Whatever Python this machine has; every package keeps its hashes."""
    text = fitting(
        "a==1 ; python_full_version < '3.12' \\\n    --hash=sha256:11\n    # via x\n"
        "a==2 ; python_full_version >= '3.12' \\\n    --hash=sha256:22 \\\n    --hash=sha256:23\n"
        "b==3 \\\n    --hash=sha256:33\n"
    )
    assert text == "a==2 --hash=sha256:22 --hash=sha256:23\nb==3 --hash=sha256:33\n"
    whole = fitting(LOCK.read_text("utf-8")).splitlines()
    assert len({line.split("==")[0] for line in whole}) == len(whole) > 50
    assert all("--hash=sha256:" in line for line in whole)


def test_the_plan_of_the_boot_test_is_sound() -> None:
    """Else the box would start with the smallest one."""
    plan = parse(PLAN + telephones(5099), Plan)
    assert plan.nursecall.lines[0].id == "ward-a"
    assert plan.pbx.trunks[0].id == "carrier"


def test_no_server_is_named_anywhere() -> None:
    """Packages come from where this machine's apt and pip look."""
    for file in IMAGE.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            assert not re.search(r"(?i)deb\.debian|pypi\.org|pythonhosted|snapshot\.debian", file.read_text("utf-8"))


def test_the_test_machine_is_emulated(tmp_path: Path) -> None:
    """A kernel module for KVM may be there and not work."""
    bios = " ".join(Machine(tmp_path / "disk", tmp_path, "bios").command())
    assert "-accel tcg,thread=multi" in bios
    assert "kvm" not in bios
    assert "ide-hd" in bios
    assert "e1000e" in bios


def test_each_task_of_the_menu_has_a_letter_of_its_own() -> None:
    """Which the boot test types; a serial line may lose arrows."""
    assert sorted(key(name) for name in ("install", "restore", "reset")) == ["f", "i", "r"]


def test_the_test_machine_is_started_from_a_stick(tmp_path: Path) -> None:
    """The disk inside and other sticks come after it."""
    stick, other = tmp_path / "stick", tmp_path / "other"
    command = " ".join(Machine(tmp_path / "disk", tmp_path, "bios", stick=stick, others=(other,)).command())
    assert "ide-hd,drive=disk,bootindex=1" in command
    assert "usb-storage,bus=usb.0,drive=stick0,removable=on,bootindex=0" in command
    assert command.count("bootindex=0") == 1
    assert command.endswith(f"file={other} -device usb-storage,bus=usb.0,drive=stick1,removable=on")


UNITS = IMAGE / "root/usr/lib/systemd/system"
CALLED = {
    "nightbell-task.service", "nightbell-task.target", "nightbell-usb@.service", "nightbell-disks.service",
    "nightbell-update.service", "nightbell-network.service",
}  # fmt: skip
"""Units that others start."""


def test_every_unit_is_switched_on_and_judged() -> None:
    """One that nothing starts would be missed only on the day it is needed."""
    ours = {file.name for file in UNITS.iterdir() if file.is_file()}
    root, proof = (IMAGE / "steps" / name for name in ("root.sh", "proof.sh"))
    enabled = re.search(r"systemctl -q enable ((?:.*\\\n)*.*)", root.read_text())
    assert enabled is not None
    names = {name if "." in name else f"{name}.service" for name in enabled[1].replace("\\", " ").split()}
    assert ours - CALLED <= names
    judged = set(re.findall(r"nightbell[a-z0-9@-]*\.(?:service|timer|path|target)", proof.read_text()))
    assert ours <= judged | {"nightbell-usb@.service"}
    assert "nightbell-usb@sdz1.service" in judged


def test_a_box_starts_by_itself_after_a_power_cut() -> None:
    """Nobody is asked for a key, an answer or a password, and nothing waits for ever."""
    grub = (IMAGE / "disk" / "grub.cfg").read_text()
    assert int(re.findall(r"^set timeout=(\d+)$", grub, re.MULTILINE)[0]) <= 5
    assert re.search(r"\bpanic=\d+", grub)
    assert not re.search(r"password|superusers|recordfail", grub)
    assert "else\n        reboot" in grub
    early = (IMAGE / "root/usr/lib/nightbell-box/early").read_text()
    assert "e2fsck -p" in early
    assert "e2fsck -y" in early
    assert "POWEROFF_WAIT" in nut_files(UpsTable(driver="usbhid-ups"), "x", POWER_OFF)["nut.conf"]
    again = [file for file in UNITS.glob("*.service") if "Restart=" not in file.read_text()]
    once = [file.name for file in again if "Type=oneshot" not in file.read_text()]
    assert once == []


def test_logs_have_limits() -> None:
    """The journal of the system; those of our processes have theirs from supervisord."""
    journald = (IMAGE / "root/usr/lib/systemd/journald.conf.d/nightbell.conf").read_text()
    assert {"SystemMaxUse", "RuntimeMaxUse", "MaxRetentionSec"} <= set(re.findall(r"^(\w+)=", journald, re.MULTILINE))
    assert "rsyslog" not in (IMAGE / "packages.root").read_text()


def test_nothing_listens_to_strangers_but_by_key() -> None:
    """SSH knows no passwords, and is off without a key."""
    assert "PasswordAuthentication no" in (IMAGE / "root/etc/ssh/sshd_config.d/nightbell.conf").read_text()
    assert (
        "ConditionFileNotEmpty=/data/system/ssh/authorized_keys" in (UNITS / "ssh.service.d/nightbell.conf").read_text()
    )
