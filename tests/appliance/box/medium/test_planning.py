"""What is offered, what is refused and why, before anything is touched."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from appliance.backup.trouble import Trouble
from appliance.box.medium import disks, planning
from appliance.box.medium.disks import Disk
from appliance.box.medium.planning import DATA, MEMORY, SLOT, Part, Table
from tests.appliance.box.medium.a_medium import IMAGE

GIGA = 10**9
GOOD = Disk("sda", "/dev/sda", 480 * GIGA, "ACME SSD", "sata", 512, False, False, ())
LSBLK = {
    "blockdevices": [
        {"name": "loop0", "path": "/dev/loop0", "type": "loop", "size": 4096, "model": None, "tran": None, "ro": True,
         "log-sec": 512, "partlabel": None, "fstype": "squashfs", "mountpoints": ["/"]},
        {"name": "sda", "path": "/dev/sda", "type": "disk", "size": 480103981056, "model": "ACME  SSD 480 ",
         "tran": "sata", "ro": False, "log-sec": 512, "partlabel": None, "fstype": None, "mountpoints": [None],
         "children": [
             {"name": "sda1", "path": "/dev/sda1", "type": "part", "size": 1, "model": None, "tran": None, "ro": False,
              "log-sec": 512, "partlabel": "nightbell-data", "fstype": "ext4", "mountpoints": [None]}]},
        {"name": "sdb", "path": "/dev/sdb", "type": "disk", "size": 0, "model": "Card Reader", "tran": "usb",
         "ro": False, "log-sec": 512, "partlabel": None, "fstype": None, "mountpoints": [None]},
        {"name": "sdc", "path": "/dev/sdc", "type": "disk", "size": 10**12, "model": None, "tran": None, "ro": False,
         "log-sec": 512, "partlabel": None, "fstype": None, "mountpoints": [None],
         "children": [
             {"name": "sdc1", "path": "/dev/sdc1", "type": "part", "size": 1, "model": None, "tran": None, "ro": False,
              "log-sec": 512, "partlabel": None, "fstype": "linux_raid_member", "mountpoints": [None],
              "children": [
                  {"name": "md0", "path": "/dev/md0", "type": "raid1", "size": 1, "model": None, "tran": None,
                   "ro": False, "log-sec": 512, "partlabel": None, "fstype": None, "mountpoints": [None]}]}]},
        {"name": "sr0", "path": "/dev/sr0", "type": "rom", "size": 1, "model": "DVD", "tran": "sata", "ro": False,
         "log-sec": 2048, "partlabel": None, "fstype": None, "mountpoints": [None]},
    ]
}  # fmt: skip


def source() -> Table:
    """The rows of the image, as its table for sfdisk has them."""
    found = {}
    for line in (IMAGE / "disk" / "table.sfdisk").read_text().splitlines():
        if line.startswith("start="):
            words = dict(word.strip().split("=", 1) for word in line.split(","))
            name = words["name"].strip('"')
            attrs = words.get("attrs", "").strip('"')
            found[name] = Part(name, int(words["start"]), int(words["size"]), words["type"], attrs)
    return found


def test_disks_are_known_by_size_and_model() -> None:
    """What is no disk, or has no medium in it, is not among them; one that belongs to a RAID is in use."""
    first, second = disks.read(json.dumps(LSBLK))
    assert (first.name, first.about, first.in_use) == ("sda", "480.1 GB, ACME SSD 480, sata", False)
    assert [volume.label for volume in first.volumes] == ["", "nightbell-data"]
    assert (second.name, second.about, second.in_use) == ("sdc", "1000.0 GB", True)


@pytest.mark.parametrize(
    ("disk", "why"),
    [
        (replace(GOOD, path="/dev/sdz"), planning.ITSELF),
        (replace(GOOD, is_locked=True), planning.LOCKED),
        (replace(GOOD, in_use=True), planning.IN_USE),
        (replace(GOOD, sector=4096), planning.SECTORS),
        (replace(GOOD, size=5 * GIGA), planning.SMALL),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_reason(disk: Disk, why: str) -> None:
    """One sentence that names the disk."""
    refused = planning.refusal(disk, "/dev/sdz", source())
    assert refused is not None
    assert (refused.message, refused.facts["disk"]) == (why, "sda")


def test_a_disk_of_eight_gigabytes_is_enough() -> None:
    """Sold as such, it has a little less."""
    assert planning.refusal(replace(GOOD, size=7_800_000_000), "/dev/sdz", source()) is None


def test_the_disk_it_runs_from_is_never_offered() -> None:
    """Nor spoken of."""
    own = replace(GOOD, name="sdz", path="/dev/sdz")
    good, bad = planning.offers(
        [own, GOOD, replace(GOOD, name="sdb", path="/dev/sdb", in_use=True)], "/dev/sdz", source()
    )
    assert ([disk.name for disk in good], [why.facts["disk"] for why in bad]) == (["sda"], ["sdb"])


def test_a_new_disk_is_told_no_ids() -> None:
    """sfdisk makes fresh ones; the places are the image's, and data get the rest."""
    told = planning.script(source())
    assert "uuid" not in told
    assert "label-id" not in told
    assert "start=151552, size=4194304" in told
    assert told.splitlines()[-1] == f'start=8540160, type={planning.LINUX}, name="{DATA}"'
    assert told.count("GUID:63") == 2


def test_data_are_kept_only_where_the_system_fits() -> None:
    """And where there are any."""
    ours = {**source(), DATA: Part(DATA, 8540160, 100, planning.LINUX)}
    assert planning.can_keep(ours, 1 << 30)
    assert not planning.can_keep(ours, 3 << 30)
    assert not planning.can_keep(source(), 1 << 30)
    assert not planning.can_keep({name: part for name, part in ours.items() if name != MEMORY}, 1 << 30)


def test_grubs_memory_of_a_new_disk() -> None:
    """As grub-editenv writes it: 1024 octets."""
    said = planning.memory()
    assert len(said) == 1024
    assert said.startswith(b"# GRUB Environment Block\nORDER=A B\nA_OK=1\nA_TRY=0\nB_OK=0\nB_TRY=0\n#")


def test_what_is_no_squashfs_is_not_installed() -> None:
    """The system's length stands in its first octets."""
    assert planning.squashed(b"hsqs" + bytes(36) + (5000).to_bytes(8, "little")) == 8192
    with pytest.raises(ValueError, match="no squashfs"):
        planning.squashed(bytes(48))


def test_the_slot_is_part_of_every_table() -> None:
    """Else nothing could be started."""
    assert SLOT in source()
    assert isinstance(planning.refusal(replace(GOOD, size=0), "", source()), Trouble)
