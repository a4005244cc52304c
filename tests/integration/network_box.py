"""A box from the image in a network namespace: the real systemd-networkd, root's real process, the panel's real site.

python -m tests.integration.network_box start DIRECTORY     in the namespace; says READY when the panel is there
python -m tests.integration.network_box root DIRECTORY      as systemd starts root's process, when something was asked

In a mount namespace of its own, so that networkd finds nothing of this machine's.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from twisted.internet.selectreactor import SelectReactor

from appliance.box.network.files import NAME, network_file
from appliance.box.network.job import Job, owner
from appliance.box.network.keeping import keep
from appliance.box.network.networkd import Networkd
from appliance.foundation import addresses
from appliance.foundation.clock import ReactorClock
from appliance.foundation.config import Faulty
from appliance.network.box import steady
from appliance.network.desk import NetworkDesk
from appliance.network.places import Places
from appliance.network.table import NetworkTable
from tests.web.browser import hospital
from web.live import Live
from web.site import site

PORT = 8080
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/>
<allow send_type="method_call"/><allow receive_sender="*"/></policy></busconfig>
"""
SETUP = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mount -o remount,bind,ro /sys
mkdir -p /run/dbus /run/systemd/network /run/systemd/netif /run/udev
chown -R systemd-network /run/systemd/netif
"""


def places(directory: Path) -> Places:
    """Its files; the cards are the namespace's."""
    return Places(directory / "run", directory / "kept", directory / "home" / "network")


def root(directory: Path) -> None:
    """What was asked for; the steady clock is ahead by as many seconds as the test has put into a file."""
    where = places(directory)

    def keep_it(wanted: NetworkTable) -> None:
        try:
            keep(wanted, directory / "boot", where)
        except Faulty as why:
            raise OSError(str(why)) from why

    def ahead() -> float:
        return steady() + float((directory / "ahead").read_text())

    Job(where, Networkd().apply, keep_it, lambda wanted: owner(wanted, where.cards), steady=ahead).run()


def start(directory: Path) -> None:
    """Everything, and a stand-in for systemd that starts root's process when it is asked for, or has died."""
    subprocess.run(["sh", "-c", SETUP], check=True)
    (directory / "bus.conf").write_text(BUS)
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={directory}/bus.conf", "--nofork", "--nopidfile", "--print-address"],
        stdout=subprocess.PIPE,
    )
    assert bus.stdout is not None
    bus.stdout.readline()
    first = NetworkTable.model_validate_json((directory / "first.json").read_text())
    (Path("/run/systemd/network") / NAME).write_text(network_file(first))
    log = (directory / "networkd.log").open("wb")
    networkd = subprocess.Popen(["/lib/systemd/systemd-networkd"], stdout=log, stderr=log)
    threading.Thread(target=_systemd, args=(directory,), daemon=True).start()
    try:
        _panel(directory)
    finally:
        networkd.terminate()
        bus.terminate()


def _systemd(directory: Path) -> None:
    command = [sys.executable, "-m", "tests.integration.network_box", "root", str(directory)]
    while True:
        if places(directory).request.exists():
            while True:
                started = subprocess.Popen(command)
                (directory / "root.pid").write_text(str(started.pid))
                if started.wait() == 0:
                    break
        threading.Event().wait(0.1)


def _panel(directory: Path) -> None:
    loop: Any = SelectReactor()
    cardboard = hospital().cardboard
    clock = ReactorClock(loop)
    desk = NetworkDesk(places(directory), "0.0.0.0", cardboard.database, clock)
    house = replace(cardboard.house, networking=desk)
    live = Live(cardboard.database, clock, cardboard.bus)
    desk.changed = live.network_changed
    desk.settled = lambda change: (directory / "settled").write_text(" ".join(addresses.every()))
    desk.start()
    loop.listenTCP(PORT, site(house, live, loop))
    loop.callWhenRunning(lambda: print("READY", flush=True))
    loop.run()


if __name__ == "__main__":
    {"start": start, "root": root}[sys.argv[1]](Path(sys.argv[2]))
