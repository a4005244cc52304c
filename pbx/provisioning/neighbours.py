"""Whose MAC an address has in the networks that the box is part of, as Linux knows it."""

from __future__ import annotations

from pathlib import Path

TABLE = Path("/proc/net/arp")


class Neighbours:
    """Reads Linux' table of neighbours each time it is asked: it is small, and true only now."""

    def __init__(self, table: Path = TABLE) -> None:
        self.table = table

    def mac(self, address: str) -> str:
        """12 hexadecimal digits; empty where Linux does not know, as for what lies behind a router."""
        return self._macs().get(address, "")

    def denies(self, address: str, mac: str) -> bool:
        """Whether somebody else is at `address` than `mac`.

        A MAC that has several addresses is a router that answers for others: it tells nothing of who is behind it.
        """
        known = self._macs()
        there = known.get(address, "")
        return bool(there) and there != mac and list(known.values()).count(there) == 1

    def _macs(self) -> dict[str, str]:
        try:
            return macs(self.table.read_text("ascii", "replace"))
        except OSError:
            return {}


def macs(table: str) -> dict[str, str]:
    """Linux' table as address to MAC (12 hexadecimal digits); entries without one are left out."""
    rows = [line.split() for line in table.splitlines()[1:]]
    found = {row[0]: row[3].replace(":", "").lower() for row in rows if len(row) >= 4}
    return {address: mac for address, mac in found.items() if len(mac) == 12 and mac != "0" * 12}
