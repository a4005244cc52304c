"""Which serial ports a machine has of its own, read from a tree like Linux's."""

from __future__ import annotations

from pathlib import Path

from appliance.hardware.board_ports import board_ports

UARTS = {"ttyS0": "4", "ttyS1": "4", "ttyS2": "0", "ttyS10": "4", "ttyS9": "4", "ttyUSB0": "4"}


def machine(directory: Path, consoles: str = "tty0 ttyS0\n") -> tuple[Path, Path]:
    """Its /sys/class/tty and /dev."""
    tty, dev = directory / "tty", directory / "dev"
    dev.mkdir()
    for name, kind in UARTS.items():
        (tty / name).mkdir(parents=True)
        (tty / name / "type").write_text(f"{kind}\n")
        (dev / name).touch()
    (tty / "console").mkdir()
    (tty / "console" / "active").write_text(consoles)
    return tty, dev


def test_ports_with_a_uart_are_there_in_their_order(tmp_path: Path) -> None:
    """But for the console; adapters have names of their own."""
    tty, dev = machine(tmp_path)
    assert [one.name for one in board_ports(tty, dev)] == ["ttyS1", "ttyS9", "ttyS10"]


def test_a_port_that_cannot_be_opened_is_none(tmp_path: Path) -> None:
    """And a machine without any, or without such a tree, has none."""
    tty, dev = machine(tmp_path, "tty0\n")
    (dev / "ttyS1").unlink()
    assert [one.name for one in board_ports(tty, dev)] == ["ttyS0", "ttyS9", "ttyS10"]
    assert board_ports(tmp_path / "nowhere", dev) == []
