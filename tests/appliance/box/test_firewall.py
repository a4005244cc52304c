"""Every port on which something is to be reached is open, and no other."""

from __future__ import annotations

import re
import socket
import subprocess
from pathlib import Path

import pytest

from appliance.box.firewall import Open, in_force, is_outside, opened, ruleset
from appliance.demo import HOSPITAL, wanted_ports
from appliance.foundation.config import Faulty, parse
from appliance.plan import Plan
from appliance.settings import Settings

SITE = '[site]\nname = { zh = "院", en = "H" }\n[nursecall]\n'
WARD = SITE + '[[nursecall.wards]]\nid = "a"\nname = { zh = "一", en = "A" }\nbeds = ["1"]\n'
BOX = """
[panel]
address = "0.0.0.0"
port = 80
tls_port = 443
[exchange]
sip_address = "0.0.0.0"
[provisioning]
address = "0.0.0.0"
host = "10.1.2.3"
"""


def of(plan: str, box: str = BOX, *, ssh: bool = False) -> Open:
    """What is open."""
    return opened(parse(box, Settings), parse(plan, Plan), ssh=ssh)


def test_a_new_box_has_the_panel_telephones_and_their_configuration(tmp_path: Path) -> None:
    """Also before its first start has made any file; SSH only with a key."""
    settings, plan = in_force(tmp_path)
    expected = Open(frozenset({80, 443, 8085}), frozenset({5060}), (12000, 12999), frozenset({5060}))
    assert opened(settings, plan, ssh=False) == of(SITE) == expected
    assert of(SITE, ssh=True).tcp == {22, 80, 443, 8085}


@pytest.mark.parametrize(
    ("plan", "tcp"),
    [
        (WARD + '[[nursecall.lines]]\nid = "x"\nprotocol = "espax"\nward = "a"\nlisten = "0.0.0.0:2023"\n', {2023}),
        (WARD + '[[nursecall.lines]]\nid = "x"\nprotocol = "espax"\nward = "a"\n', set()),
        (WARD + '[[nursecall.adt]]\nid = "his"\nlisten = "10.1.2.3:2575"\nwards = { A = "a" }\n', {2575}),
        (SITE + '[[pbx.extensions]]\nnumbers = "8001"\nname = { zh = "a", en = "a" }\ntransport = "tls"\n', {5061}),
        (SITE + '[[pbx.extensions]]\nnumbers = "8001"\nname = { zh = "a", en = "a" }\ntransport = "webrtc"\n', {7443}),
        (
            SITE
            + '[[pbx.trunks]]\nid = "t"\nname = { zh = "a", en = "a" }\nhost = "10.0.0.1"\n'
            + 'tariff = "t"\ntransport = "tcp"\n',
            {5060},
        ),
    ],
)
def test_each_thing_in_the_plan_that_is_called_opens_its_port(plan: str, tcp: set[int]) -> None:
    """What listens at the loopback opens none."""
    assert of(plan).tcp - of(SITE).tcp == tcp


def test_a_box_that_keeps_to_itself_opens_nothing() -> None:
    """As the simulated hospital does, whose wires all end on the box."""
    plan = (HOSPITAL / "plan.toml").read_text("utf-8")
    assert of(plan, "[provisioning]\n") == Open(frozenset(), frozenset(), None, frozenset())


def test_whatever_the_sample_hospital_listens_on_is_open_and_nothing_else() -> None:
    """Its own list of ports, were it to listen to the network."""
    plan = re.sub(r'listen = "127\.0\.0\.1:', 'listen = "0.0.0.0:', (HOSPITAL / "plan.toml").read_text("utf-8"))
    settings = parse(BOX, Settings)
    found = opened(settings, parse(plan, Plan), ssh=False)
    wanted = [one for one in wanted_ports(settings, parse(plan, Plan)) if is_outside(one.address)]
    tcp = {one.port for one in wanted if one.kind is not socket.SOCK_DGRAM}
    assert found.udp == {one.port for one in wanted if one.kind is socket.SOCK_DGRAM}
    assert found.tcp - {443, 5060, 5061, 7443} == tcp


def test_what_root_reads_is_the_daemons_and_may_be_broken(tmp_path: Path) -> None:
    """Then nothing changes."""
    (tmp_path / "nightbell.toml").write_text(BOX)
    (tmp_path / "plan-in-force.toml").write_text(
        WARD + '[[nursecall.adt]]\nid = "his"\nlisten = "0.0.0.0:2575"\nwards = { A = "a" }\n'
    )
    settings, plan = in_force(tmp_path)
    assert 2575 in opened(settings, plan, ssh=False).tcp
    (tmp_path / "plan-in-force.toml").write_text("listen = { }; flush ruleset")
    with pytest.raises(Faulty):
        in_force(tmp_path)


@pytest.mark.parametrize("open_", [of(SITE, ssh=True), of(SITE, "[provisioning]\n"), of(WARD)])
def test_nft_takes_the_rules_twice(open_: Open, tmp_path: Path) -> None:
    """In a network of its own; the second time they take the place of the first."""
    rules = tmp_path / "rules.nft"
    rules.write_text(ruleset(open_))
    command = f"nft -c -f {rules} && nft -f {rules} && nft -f {rules} && nft list ruleset"
    done = subprocess.run(["unshare", "-rn", "sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("chain input") == 1
    assert "policy drop" in done.stdout
    assert ("limit rate over 200/second" in done.stdout) == bool(open_.sip)
    for port in open_.tcp:
        assert re.search(rf"tcp dport [^a-z]*\b{port}\b[^a-z]*accept", done.stdout) or port in (22, 80, 443)


def test_until_then_nobody_comes_in_but_by_key() -> None:
    """The image's own file, which nft must take as well."""
    file = Path(__file__).parents[3] / "image-build/root/etc/nftables.conf"
    done = subprocess.run(["unshare", "-rn", "nft", "-c", "-f", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"dport (\d+)", file.read_text()) == ["68", "22"]
