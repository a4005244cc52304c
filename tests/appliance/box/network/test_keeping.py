"""What was confirmed, in the file that hospital IT edits on a laptop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.box.file import read
from appliance.box.network.keeping import keep, rewritten
from appliance.foundation import durable
from appliance.foundation.config import Faulty
from appliance.network.table import NetworkTable
from tests.appliance.network.box_in_a_directory import FILE, NEW, directory_box

SHIPPED = Path(__file__).parents[4] / "image-build" / "disk" / "nightbell.toml"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_an_editors_way_of_writing_stays(mark: bytes, ending: str) -> None:
    """Line ends, the mark before the text, comments, everything that is not the network."""
    content = mark + FILE.replace("\n", ending).encode()
    after = rewritten(content, NEW)
    assert after.startswith(mark)
    assert after.count(b"\r\n") == (after.count(b"\n") if ending == "\r\n" else 0)
    text = after.removeprefix(mark).decode()
    assert f'address = "10.9.0.3/24"   # by Wu, 2026{ending}' in text
    assert '# dns = ["10.1.2.53"]' in text
    assert read(after).network == NEW


def test_the_shipped_file_takes_any_network() -> None:
    """There and back, and nothing else in it is touched."""
    shipped = SHIPPED.read_bytes()
    wanted = NetworkTable(
        interface="eno1", address="10.1.2.3/24", gateway="10.1.2.1", dns=("10.1.2.53",), ntp=("a.example", "10.1.2.9")
    )
    there = rewritten(shipped, wanted)
    assert read(there).network == wanted
    assert rewritten(there, NetworkTable()) == shipped
    lost = set(shipped.splitlines()) - set(there.splitlines())
    assert [line.split()[0] for line in lost] == [b"address"]


@pytest.mark.parametrize("text", ["", 'network = { address = "dhcp" }\n', '[network]\ndns = ["10.1.2.53"]\n'])
def test_however_it_is_written_it_says_what_was_confirmed(text: str) -> None:
    """TOML knows many ways."""
    after = rewritten(text.encode(), NEW)
    assert read(after).network.model_copy(update={"hostname": NEW.hostname}) == NEW


def test_a_file_with_a_mistake_is_not_written_over() -> None:
    """Somebody is at it."""
    with pytest.raises(Faulty):
        rewritten(b"language = english\n", NEW)


def test_a_power_cut_leaves_one_or_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the step at which it comes, the next start reads a sound file: as it was, or as it will be."""
    real, cuts = durable.write, 3
    for survived in range(cuts):
        box = directory_box(tmp_path / str(survived))
        written: list[Path] = []

        def write(
            file: Path, content: bytes, mode: int = 0o600, most: int = survived, seen: list[Path] = written
        ) -> None:
            if len(seen) == most:
                raise KeyboardInterrupt
            seen.append(file)
            real(file, content, mode)

        monkeypatch.setattr(durable, "write", write)
        with pytest.raises(KeyboardInterrupt):
            keep(NEW, box.boot_file.parent, box.places)
        assert read(box.boot_file.read_bytes()).network.address == ("10.9.0.3/24" if survived > 1 else "10.9.0.2/24")
        monkeypatch.setattr(durable, "write", real)
        keep(NEW, box.boot_file.parent, box.places)
        assert read(box.boot_file.read_bytes()).network == NEW


def test_what_the_box_goes_by_is_the_new_one_at_once(tmp_path: Path) -> None:
    """Who may read it stays, as does what else stands there."""
    box = directory_box(tmp_path)
    box.places.box.chmod(0o640)
    keep(NEW, box.boot_file.parent, box.places)
    said = json.loads(box.places.box.read_text())
    assert (said["language"], said["network"]["address"]) == ("en", "10.9.0.3/24")
    assert box.places.box.stat().st_mode & 0o777 == 0o640
