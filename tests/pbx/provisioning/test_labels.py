"""Labels to stick on telephones."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pbx.provisioning.labels import label_sheet
from tests.pbx.provisioning.a_desk import ADesk
from tests.support import now


def test_one_a_telephone_in_the_order_of_numbers(tmp_path: Path) -> None:
    """Number, place, MAC, twenty-four on a page; who waits has none."""
    house = ADesk()
    for number in range(26):
        mac = f"0015650000{number:02x}"
        house.ask(f"/{mac}.cfg", f"10.0.1.{number}")
        if number < 25:
            house.accept(mac, str(8100 - number), f"{number + 1}床 <west>")
    (tmp_path / "labels.pdf").write_bytes(label_sheet(now(house.desk.every()), "zh", "仁和医院"))
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "labels.pdf"), "-"], capture_output=True, check=True
    ).stdout.decode()
    first, second, _ = text.split("\f")
    assert first.split()[:3] == ["8076", "8077", "8078"]
    assert (first.count("仁和医院"), second.count("仁和医院")) == (24, 1)
    assert "8100" in second
    assert "1床 <west>" in second
    assert "00:15:65:00:00:19" not in text


def test_an_empty_sheet_says_so() -> None:
    """Nobody was accepted yet."""
    assert label_sheet([], "en", "Renhe").startswith(b"%PDF")
