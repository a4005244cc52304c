"""Two boxes, each in a network of its own, joined by one trunk: telephones of one call telephones of the other."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appliance.demo import settings_text
from appliance.taken import Taken
from tests.e2e.house import ASTERISK, House
from tests.e2e.patience import until

FIRST, SECOND = "10.93.0.1", "10.93.0.2"
BRANCH = """
[[pbx.trunks]]
id = "branch"
name = {{ zh = "分院", en = "Branch" }}
host = "{peer}"
port = {port}
tariff = "none"

[[pbx.branches]]
trunk = "branch"
prefix = "{there}"
numbers = ["8001-8100"]
ours = "{here}"
"""


class Box(House):
    """A house in a network namespace."""

    def __init__(self, directory: Path, namespace: str, address: str) -> None:
        super().__init__(directory)
        self.namespace, self.address = namespace, address
        text = settings_text(self.shift, ASTERISK, "en")
        self.settings_file.write_text(text.replace('sip_address = "127.0.0.1"', f'sip_address = "{address}"'), "utf-8")

    @property
    def sip_port(self) -> int:
        """Where its exchange listens."""
        return self.settings().exchange.sip_port

    def argv(self, *arguments: str) -> list[str]:
        return ["ip", "netns", "exec", self.namespace, *super().argv(*arguments)]

    def taken(self) -> list[Taken]:
        """Unknown from outside its network, which goes with it."""
        return []

    def join(self, peer: Box, *, here: str, there: str) -> None:
        """Put the trunk to `peer` into its plan."""
        more = BRANCH.format(peer=peer.address, port=peer.sip_port, here=here, there=there)
        file = self.directory / "branch.toml"
        file.write_text(self.cli("plan", "show").stdout + more, "utf-8")
        self.cli("plan", "load", str(file), "--activate")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _at_once(*acts: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(act) for act in acts]:
            done.result()


@pytest.fixture
def boxes() -> Iterator[tuple[Box, Box]]:
    """Both up, each knowing the other, and nothing left afterwards."""
    mark = tempfile.mkdtemp(prefix="nb", dir="/tmp")
    names = [f"{Path(mark).name}-{which}" for which in "ab"]
    made: list[Box] = []
    try:
        for name in names:
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("link", "add", "wire", "netns", names[0], "type", "veth", "peer", "name", "wire", "netns", names[1])
        for name, address in zip(names, (FIRST, SECOND), strict=True):
            _ip("-n", name, "address", "add", f"{address}/24", "dev", "wire")
            _ip("-n", name, "link", "set", "wire", "up")
            directory = Path(mark) / name[-1]
            directory.mkdir()
            made.append(Box(directory, name, address))
        first, second = made
        _at_once(first.start, second.start)
        _at_once(
            lambda: first.join(second, here="6", there="7"),
            lambda: second.join(first, here="7", there="6"),
        )
        for box in made:
            box.until_part("trunk:branch")
        yield first, second
        _at_once(first.stop, second.stop)
    except BaseException:
        for log in (log for box in made for log in box.logs()):
            print(log, *log.read_text("utf-8", "replace").splitlines()[-25:], sep="\n")
        raise
    finally:
        for box in made:
            box.give_up()
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        shutil.rmtree(mark, ignore_errors=True)


def test_a_number_of_the_other_box_is_reached_by_its_prefix(boxes: tuple[Box, Box]) -> None:
    """7 and the number rings over there, who sees a number that calls back; the trunk leads to nothing else."""
    first, second = boxes
    story = first.simulate("dial", extension="8003", digits="78001", talk=1)
    assert story["outcome"] == "answered", story
    there = until(lambda: _ended(second, "in"), "the call on record over there")
    assert (there["caller"], there["called"], there["outcome"]) == ("68003", "8001", "answered")
    here = until(lambda: _ended(first, "out"), "the call on record here")
    assert (here["caller"], here["called"], here["trunk"]) == ("8003", "78001", "branch")
    back = second.simulate("dial", extension="8001", digits="68002", talk=1)
    assert back["outcome"] == "answered", back


def _ended(box: Box, direction: str) -> dict[str, object] | None:
    rows = box.rows("SELECT * FROM telephone_calls WHERE direction = ? AND ended_at IS NOT NULL", direction)
    return rows[0] if rows else None
