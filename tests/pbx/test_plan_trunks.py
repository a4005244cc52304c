"""What a plan may say of lines to carriers."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.foundation.config import Faulty, parse
from pbx.plan import PbxPlan
from pbx.plan_trunks import AnalogueTrunk, PriTrunk, SipTrunk

NAME = {"zh": "名", "en": "name"}


def plan(*trunks: str) -> PbxPlan:
    """The plan with these trunks, in TOML; their ids are t0, t1, …"""
    head = 'id = "t{}"\nname = {{ zh = "名", en = "name" }}\ntariff = "t"\n'
    return parse("".join(f"[[trunks]]\n{head.format(n)}{trunk}\n" for n, trunk in enumerate(trunks)), PbxPlan)


def test_what_does_not_say_its_kind_is_sip_by_address() -> None:
    """As plans were before there were kinds."""
    (trunk,) = plan('host = "192.0.2.1"').trunks
    assert isinstance(trunk, SipTrunk)
    assert (trunk.addresses, trunk.transport, trunk.registered) == (("192.0.2.1:5060",), "udp", False)


def test_further_hosts_use_the_same_port_unless_they_say_so() -> None:
    """Several hosts of one carrier."""
    (trunk,) = plan('host = "a.example"\nport = 5080\nhosts = ["b.example", "c.example:5090"]').trunks
    assert isinstance(trunk, SipTrunk)
    assert trunk.addresses == ("a.example:5080", "b.example:5080", "c.example:5090")


def test_an_e1_has_thirty_lines() -> None:
    """Two have sixty; the plan may say fewer."""
    (trunk,) = plan('kind = "pri"\nspans = [1, 2]').trunks
    assert isinstance(trunk, PriTrunk)
    assert trunk.channels == 60
    assert plan('kind = "pri"\nchannels = 12').trunks[0].channels == 12


def test_ports_are_counted() -> None:
    """Of a card with analogue lines."""
    (trunk,) = plan('kind = "fxo"\nports = "1-4"').trunks
    assert isinstance(trunk, AnalogueTrunk)
    assert trunk.numbers == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("trunks", "fault"),
    [
        (['host = "a"\nregistered = true'], "trunks[0].user: a registered trunk needs the user"),
        (['host = "a"\nuser = "u"'], "trunks[0].password: user and password go together"),
        (['host = "a"\nsrtp = "required"'], 'trunks[0].srtp: SRTP needs transport = "tls"'),
        (['host = "a b"'], "trunks[0].host"),
        (['host = "a\\nx"'], "trunks[0].host"),
        (['host = "a"\nuser = "u;x"\npassword = "env:X"'], "trunks[0].user"),
        (['kind = "pri"\nchannels = 31'], "trunks[0].channels: an E1 has 30 lines"),
        (['kind = "pri"', 'kind = "r2"'], "trunks[1].spans: span 1 is used twice"),
        (['kind = "fxo"\nports = "1-4"', 'kind = "fxs"\nports = "4"'], "trunks[1].ports: port 4 is used twice"),
        (['kind = "pri"', 'kind = "fxo"\nports = "31-34"'], "trunks[1].ports: port 31 is used twice"),
        (['kind = "fxo"\nports = "4-1"'], "trunks[0].ports: runs from a smaller to a larger number"),
        (['kind = "pri"\nhost = "a"'], "trunks[0].host: is not permitted"),
        (['kind = "isdn"'], "trunks[0]"),
    ],
)
def test_each_fault_names_its_place(trunks: list[str], fault: str) -> None:
    """One clear sentence."""
    with pytest.raises(Faulty) as why:
        plan(*trunks)
    assert fault in str(why.value)


@pytest.mark.parametrize(
    ("group", "fault"),
    [
        ({"srtp": "required"}, "SRTP needs transport"),
        ({"transport": "webrtc", "srtp": "no"}, "a browser always encrypts"),
    ],
)
def test_extensions_do_not_send_keys_in_the_clear(group: dict[str, Any], fault: str) -> None:
    """SRTP by keys in the signalling needs TLS."""
    with pytest.raises(ValueError, match=fault):
        PbxPlan.model_validate({"extensions": [{"numbers": "8001", "name": NAME, **group}]})
