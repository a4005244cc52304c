"""The box's network changed for real: systemd-networkd in a network namespace, and a browser in another one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.box.file import read
from tests.appliance.network.box_in_a_directory import FILE, OLD
from tests.integration.network_box import PORT, places
from tests.web.browser import PASSWORD

HOUSE = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds until a test gives up; nothing is judged by how long it took."""

BROWSER = """
import http.cookiejar, json, re, sys, urllib.error, urllib.parse, urllib.request
at, path, form = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
ask = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)
def post(where, fields, csrf):
    data = urllib.parse.urlencode({**fields, "csrf": csrf}).encode()
    return ask.open(urllib.request.Request(at + where, data, {"x-csrf": csrf} if where != "/login" else {}), timeout=20)
def csrf(text):
    return re.search(r'data-csrf="([0-9a-f]{64})"', text)[1]
try:
    door = csrf(ask.open(at + "/login", timeout=20).read().decode())
    post("/login", {"name": "admin", "password": sys.argv[4]}, door)
    text = ask.open(at + "/network", timeout=20).read().decode()
    answer = post(path, form, csrf(text)) if form is not None else None
    said = [answer.status, answer.read().decode()] if answer else [200, text]
except urllib.error.HTTPError as why:
    said = [why.code, why.read().decode()]
except OSError as why:
    said = [0, str(why)]
print(json.dumps(said))
"""


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def until(what: Callable[[], Any]) -> Any:
    """Whatever it says once it says something."""
    for _ in range(PATIENCE * 10):
        found = what()
        if found:
            return found
        threading.Event().wait(0.1)
    raise AssertionError("it did not come to it")


@dataclass
class Wire:
    """A box in one namespace, a colleague of hospital IT in the other, a cable between them."""

    directory: Path
    box: str
    desk: str

    def browse(self, address: str, path: str = "", form: dict[str, str] | None = None) -> tuple[int, str]:
        """Log in at `address` from the other end and post `form` to `path`, or read the page. Status 0: no answer."""
        command = ["ip", "netns", "exec", self.desk, sys.executable, "-c", BROWSER]
        arguments = [f"http://{address}:{PORT}", path, json.dumps(form), PASSWORD]
        done = subprocess.run([*command, *arguments], check=True, capture_output=True, text=True)
        status, text = json.loads(done.stdout)
        return status, text

    def addresses(self) -> list[str]:
        """Of the box's card, as the kernel has them."""
        told = subprocess.run(
            ["ip", "-j", "-n", self.box, "-4", "addr", "show", "eth0"], check=True, capture_output=True
        )
        return [f"{row['local']}/{row['prefixlen']}" for card in json.loads(told.stdout) for row in card["addr_info"]]

    def record(self) -> dict[str, Any]:
        """What root has put down."""
        file = places(self.directory).record
        found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {"phase": ""}
        return found

    def boot_file(self) -> bytes:
        """IT's file."""
        return (self.directory / "boot" / "nightbell.toml").read_bytes()


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    """The box has 10.9.0.2, the other end 10.9.0.1 and 10.9.0.9."""
    names = [f"nb{os.getpid()}{end}" for end in ("box", "desk")]
    for one in ("run", "kept", "boot"):
        (tmp_path / one).mkdir()
    (tmp_path / "boot" / "nightbell.toml").write_text(FILE)
    (tmp_path / "kept" / "nightbell.toml").write_text(FILE)
    (tmp_path / "run" / "source").write_text("disk")
    (tmp_path / "run" / "box.json").write_text(json.dumps({"network": OLD.model_dump(mode="json")}))
    (tmp_path / "first.json").write_text(OLD.model_dump_json())
    (tmp_path / "ahead").write_text("0")
    for name in names:
        run("ip", "netns", "add", name)
    started: subprocess.Popen[str] | None = None
    try:
        run("ip", "link", "add", "eth0", "netns", names[0], "type", "veth", "peer", "name", "eth0", "netns", names[1])
        for address in ("10.9.0.1/24", "10.9.0.9/24"):
            run("ip", "-n", names[1], "addr", "add", address, "dev", "eth0")
        run("ip", "-n", names[1], "link", "set", "eth0", "up")
        started = subprocess.Popen(
            ["ip", "netns", "exec", names[0], "unshare", "--mount", sys.executable, "-m",
             "tests.integration.network_box", "start", str(tmp_path)],
            cwd=HOUSE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        made = Wire(tmp_path, *names)
        assert started.stdout is not None
        assert started.stdout.readline() == "READY\n"
        until(lambda: made.addresses() == ["10.9.0.2/24"])
        yield made
    finally:
        if started is not None:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
        for name in names:
            run("ip", "netns", "del", name)


NEW = {"mode": "fixed", "address": "10.9.0.3/24", "gateway": "10.9.0.1"}


def test_it_is_confirmed_from_where_it_leads(wire: Wire) -> None:
    """Tried at the old address, out of reach there, confirmed at the new one, and written into IT's own file."""
    status, page = wire.browse("10.9.0.2", "/network/try", NEW)
    assert (status, f"http://10.9.0.3:{PORT}/network" in page) == (200, True)
    until(lambda: wire.addresses() == ["10.9.0.3/24"])
    until(lambda: wire.browse("10.9.0.3")[0] == 200)
    assert wire.browse("10.9.0.2")[0] == 0
    assert wire.boot_file().decode() == FILE
    assert wire.browse("10.9.0.3", "/network/confirm", {})[0] == 200
    until(lambda: wire.record()["phase"] == "confirmed")
    assert wire.record()["ended_by"] == "admin"
    assert read(wire.boot_file()).network.address == "10.9.0.3/24"
    assert "# by Wu, 2026" in wire.boot_file().decode()
    assert wire.addresses() == ["10.9.0.3/24"]
    assert until((wire.directory / "settled").exists)


def test_nobody_confirms_it_and_it_goes_back(wire: Wire) -> None:
    """Even though root's process is killed in the middle; the old address answers again."""
    assert wire.browse("10.9.0.2", "/network/try", NEW)[0] == 200
    until(lambda: wire.addresses() == ["10.9.0.3/24"])
    first = (wire.directory / "root.pid").read_text()
    os.kill(int(first), signal.SIGKILL)
    until(lambda: (wire.directory / "root.pid").read_text() not in ("", first))
    (wire.directory / "ahead").write_text("121")
    until(lambda: wire.record()["phase"] == "back")
    until(lambda: wire.addresses() == ["10.9.0.2/24"])
    assert wire.boot_file().decode() == FILE
    _, page = until(lambda: answer if (answer := wire.browse("10.9.0.2"))[0] else None)
    assert "已退回" in page
    assert "2 分钟内没有人" in page


def test_the_page_at_the_wrong_address_confirms_nothing(wire: Wire) -> None:
    """A box with both addresses on its wire: only the one that was asked for proves something."""
    assert wire.browse("10.9.0.2", "/network/try", NEW)[0] == 200
    until(lambda: wire.addresses() == ["10.9.0.3/24"])
    run("ip", "-n", wire.box, "addr", "add", "10.9.0.44/24", "dev", "eth0")
    status, said = until(lambda: answer if (answer := wire.browse("10.9.0.44", "/network/confirm", {}))[0] else None)
    assert (status, "10.9.0.44" in said and "10.9.0.3" in said) == (409, True)
    assert wire.browse("10.9.0.44", "/network/back", {})[0] == 200
    until(lambda: wire.record()["phase"] == "back")
    until(lambda: "10.9.0.2/24" in wire.addresses())


def test_an_address_that_somebody_has_is_refused(wire: Wire) -> None:
    """Asked over the wire; nothing changes, and it says whose it is."""
    assert wire.browse("10.9.0.2", "/network/try", NEW | {"address": "10.9.0.9/24"})[0] == 200
    until(lambda: wire.record()["phase"] == "refused")
    assert wire.addresses() == ["10.9.0.2/24"]
    _, page = wire.browse("10.9.0.2")
    assert "10.9.0.9 已被另一台机器使用" in page
