"""Files for E1 and analogue cards, read by the chan_dahdi of a real Asterisk. There is no card to open."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from appliance.settings import Exchange
from pbx.engine.configuration import Secrets, configuration
from pbx.engine.files import write
from pbx.engine.program import Engine
from pbx.plan import PbxPlan
from tests.integration.asterisk import ROOT
from tests.ports import free_ports, free_range

NAME = {"zh": "名", "en": "name"}
KINDS: dict[str, dict[str, object]] = {
    "pri": {"kind": "pri", "spans": [1, 2]},
    "net": {"kind": "pri", "side": "network"},
    "r2": {"kind": "r2"},
    "ss7": {"kind": "ss7", "spans": [1, 2], "own": 100, "peer": 200},
    "fxo": {"kind": "fxo", "ports": "1-4"},
    "dtmf": {"kind": "fxo", "ports": "1-4", "caller_shown": "dtmf", "reversal": False},
    "fxs": {"kind": "fxs", "ports": "1-4"},
}
NO_CARD = (
    "/dev/dahdi/",
    "Unable to open channel",
    "Unable to register channel",
    "failure ignored",
    "Unable to open SS7 sigchan",
    "Unable to open master device",
    "declined to load",
    "Some non-required modules failed to load",
)
"""What chan_dahdi says of any file where no card is."""


def complaints(directory: Path, trunk: dict[str, object], old: str = "", new: str = "") -> list[str]:
    """What Asterisk says of the files for that trunk; chan_dahdi must have read them."""
    plan = PbxPlan.model_validate({"trunks": [{"id": "t", "name": NAME, "tariff": "t", **trunk}]})
    sip, ari = free_ports(2)
    first, last = free_range(20)
    settings = Exchange(root=str(ROOT), sip_port=sip, ari_port=ari, rtp_first=first, rtp_last=last)
    engine = Engine.at(settings.root)
    files = configuration(plan, Secrets("not-guessed", {}), settings, engine, directory)
    if old:
        files["chan_dahdi.conf"] = files["chan_dahdi.conf"].replace(old, new)
    write(directory, files)
    with subprocess.Popen(
        engine.argv(directory), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as asterisk:
        assert asterisk.stdout is not None
        said: list[str] = []
        for line in asterisk.stdout:
            said.append(line.decode("utf-8", "replace").strip())
            if "Asterisk Ready" in said[-1]:
                asterisk.kill()
    assert any("chan_dahdi" in line for line in said), said
    # What else this Asterisk has to say is no matter of cards.
    faults = [line for line in said if re.search("WARNING|ERROR", line) and re.search("dahdi|sig_", line)]
    return [line for line in faults if not any(known in line for known in NO_CARD)]


@pytest.mark.parametrize("kind", KINDS)
def test_asterisk_finds_no_fault_in_the_file(tmp_path: Path, kind: str) -> None:
    """But that there is no card."""
    assert complaints(tmp_path, KINDS[kind]) == []


def test_asterisk_would_say_so(tmp_path: Path) -> None:
    """A variant that openr2 does not know is a fault."""
    assert any("xx" in line for line in complaints(tmp_path, KINDS["r2"], "mfcr2_variant = cn", "mfcr2_variant = xx"))
