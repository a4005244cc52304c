"""After everything that the other files did in a house: no PIN was written down anywhere, and the journal is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import HOUSE, House

HOSPITAL = (HOUSE / "hospital" / "plan.toml", HOUSE / "hospital" / "staff.csv", HOUSE / "hospital" / "patients.csv")
"""What of the simulated hospital anybody may read."""

TOLD = ("demo.json", "demo.out")
"""Where PINs stand on purpose: what was made for the first look, and the screen that shows it."""


@pytest.fixture(params=["people", "money"])
def each(house: House) -> House:
    """Each of the two: see `sharing_out`."""
    return house


@pytest.fixture
def used(each: House) -> House:
    """The house after at least one call with each PIN of demo.json, one of them wrong."""
    for account in each.told["accounts"]:
        number = account["number"]
        each.simulate("dial", extension="8030", digits=each.dialled(number, "13800130000"), talk=1)
    wrong = f"{(int(each.pins[number]) + 1) % 10_000:04}"
    each.simulate("dial", extension="8030", digits=each.dialled(number, "13800138000", wrong), talk=1)
    return each


def test_no_pin_was_written_down(used: House) -> None:
    """Not in a log, not in the journal, not in any column, not in a page that SQLite has freed."""
    looked_at = 0
    for file in written(used):
        content = file.read_bytes()
        looked_at += len(content)
        for secret in told_apart(used.secrets):
            account, pin = secret[:-4].encode(), secret[-4:].encode()
            # Together as they were dialled, or as any log would set them side by side.
            found = re.search(rb"%s\D{0,12}%s(?!\d)|%s%s" % (account, pin, account, pin), content)
            assert found is None, f"{file} holds a PIN: {found and found[0]!r}"
    assert looked_at > 100_000
    assert len(used.secrets) >= 4
    assert told_apart(used.secrets), "by chance every PIN is a number of the hospital"


def test_no_column_holds_a_dialled_string(used: House) -> None:
    """The same, cell by cell, with the PIN alone where a text is nothing else, unless it is by chance an extension's or
    a nurse's number too: those stand where they belong.
    """
    cells, secrets = 0, used.secrets
    alone = {secret[-4:] for secret in told_apart(secrets)}
    assert alone, "by chance every PIN is a number of the hospital"
    for table in used.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in used.rows(f'SELECT * FROM "{table["name"]}"'):
            for column, cell in row.items():
                cells += 1
                text, where = str(cell), f"{table['name']}.{column}"
                assert not any(secret in text for secret in secrets), f"{where} holds a PIN behind its account"
                assert not isinstance(cell, str) or text not in alone, f"{where} is a PIN"
    assert cells > 1000


def test_the_journal_is_whole(each: House) -> None:
    """Whatever was killed, every line follows from the one before it."""
    assert each.cli("journal", "verify").stdout.endswith("the books add up\n")


def told_apart(secrets: set[str]) -> set[str]:
    """Those whose PIN is not by chance a number of the hospital: an extension stands beside its caller's account."""
    public = {word for file in HOSPITAL for word in re.findall(r"(?<!\d)\d{4}(?!\d)", file.read_text("utf-8"))}
    public |= {str(number) for number in range(8001, 8101)}
    return {secret for secret in secrets if secret[-4:] not in public}


def written(house: House) -> Iterator[Path]:
    """Every file that any process of the house wrote."""
    for file in sorted(house.directory.rglob("*")):
        if file.is_file() and not file.is_symlink() and file.name not in TOLD and file.suffix != ".wav":
            yield file
