"""Who asks, by real user agents and file names."""

from __future__ import annotations

import pytest

from pbx.provisioning.makers import Told, told, wanted

AGENTS = [
    # HTTP
    ("Yealink SIP-T46S 66.85.0.5 00:15:65:a1:b2:c3", Told("yealink", "T46S", "66.85.0.5", "001565a1b2c3")),
    ("Yealink SIP-T19P_E2 53.80.0.3 00:15:65:4c:4c:26", Told("yealink", "T19P_E2", "53.80.0.3", "0015654c4c26")),
    ("yealink SIP-T18 18.0.0.80 00:15:65:27:3e:05", Told("yealink", "T18", "18.0.0.80", "001565273e05")),
    ("Yealink SIP-T38G  38.70.0.125 00:15:65:2f:c3:5e", Told("yealink", "T38G", "38.70.0.125", "0015652fc35e")),
    ("Yealink SIP VP-T49G 51.80.0.10 00:15:65:9b:5a:44", Told("yealink", "T49G", "51.80.0.10", "0015659b5a44")),
    ("Yealink SIP-T34W 124.86.0.75 24:9a:d8:88:d0:f4", Told("yealink", "T34W", "124.86.0.75", "249ad888d0f4")),
    ("Yealink CP860 37.72.0.5 00:15:65:8a:37:86", Told("yealink", "CP860", "37.72.0.5", "0015658a3786")),
    ("W52P 25.30.0.2 00:15:65:44:b3:7c", Told("yealink", "W52P", "25.30.0.2", "00156544b37c")),
    ("Yealink-T46G 28.71.0.81 28.1.0.128.0.0.0", Told("yealink", "T46G", "28.71.0.81")),
    ("Grandstream Model HW GXP1405 SW 1.0.4.23 DevId 000b8240d55c",
     Told("grandstream", "GXP1405", "1.0.4.23", "000b8240d55c")),
    ("Grandstream Model HW GXV3350  V1.3A SW 1.0.1.8 DevId c074ad150b88",
     Told("grandstream", "GXV3350", "1.0.1.8", "c074ad150b88")),
    ("Grandstream Model HW HT801 V1.1A SW 1.0.17.5 DevId c074ad273a10",
     Told("grandstream", "HT801", "1.0.17.5", "c074ad273a10")),
    ("Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/boot55e.bin:1.1.6.9) DevId 000b822726c8",
     Told("grandstream", "GXP2000", "1.1.6.9", "000b822726c8")),
    ("Fanvil X4 2.10.2.6887 0c383e07e16c", Told("fanvil", "X4", "2.10.2.6887", "0c383e07e16c")),
    ("Fanvil X6U Pro 0.0.10 0c383e2cd782", Told("fanvil", "X6U Pro", "0.0.10", "0c383e2cd782")),
    ("Fanvil X5U-V2 2.12.16.17 0c383e557eb1", Told("fanvil", "X5U-V2", "2.12.16.17", "0c383e557eb1")),
    ("Mozilla/4.0 (compatible; snom320-SIP 8.4.18 1.1.3-s)", Told("snom", "320", "8.4.18")),
    ("Mozilla/4.0 (compatible; snom710-SIP 8.7.5.35 1.1.5-IFX-05.01.12 000413741767)",
     Told("snom", "710", "8.7.5.35", "000413741767")),
    ("Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0 UXM:0)",
     Told("snom", "D785", "10.1.33.33", "000413922d24")),
    # SIP
    ("Yealink SIP-T21P 34.72.14.6", Told("yealink", "T21P", "34.72.14.6")),
    ("Yealink SIP-T53W 96.87.0.16 805e0c4d796d", Told("yealink", "T53W", "96.87.0.16", "805e0c4d796d")),
    ("Grandstream GRP2612W 1.0.5.67", Told("grandstream", "GRP2612W", "1.0.5.67")),
    ("LinphoneAndroid/5.2.5 (Pixel 7) LinphoneSDK/5.3.72", Told("linphone", "LinphoneAndroid", "5.2.5")),
    # Anything else
    ("baresip v3.16.0", Told("other", "baresip")),
    ("curl/8.5.0", Told("other", "curl")),
    ("", Told("other")),
]  # fmt: skip


@pytest.mark.parametrize(("agent", "expected"), AGENTS)
def test_what_it_says_of_itself(agent: str, expected: Told) -> None:
    """Maker, model, firmware, MAC."""
    assert told(agent) == expected


@pytest.mark.parametrize(
    ("name", "agent", "mac", "form", "kind"),
    [
        ("001565a1b2c3.cfg", "", "001565a1b2c3", "yealink", "own"),
        ("001565a1b2c3.boot", "", "001565a1b2c3", "yealink", "other"),
        ("0c383e07e16c.cfg", "", "0c383e07e16c", "fanvil", "own"),
        ("aabbccddeeff.cfg", "Fanvil X4 2.10 aabbccddeeff", "aabbccddeeff", "fanvil", "own"),
        ("aabbccddeeff.cfg", "", "aabbccddeeff", "yealink", "own"),
        ("cfg000b8240d55c.xml", "", "000b8240d55c", "grandstream", "own"),
        ("cfg000b8240d55c", "", "000b8240d55c", "grandstream", "other"),
        ("snom320-000413741767.xml", "", "000413741767", "snom", "own"),
        ("snom-000413741767.xml", "", "000413741767", "snom", "own"),
        ("AABBCCDDEEFF.txt", "", "aabbccddeeff", "other", "own"),
        ("y000000000000.cfg", "", "", "yealink", "common"),
        ("y000000000028.boot", "", "", "yealink", "other"),
        ("cfg.xml", "", "", "grandstream", "other"),
        ("cfggrp2612w.xml", "", "", "grandstream", "other"),
        ("F0V0X4000000.cfg", "", "", "fanvil", "other"),
    ],
)
def test_which_file_it_wants(name: str, agent: str, mac: str, form: str, kind: str) -> None:
    """By the makers' naming."""
    found = wanted(name, told(agent))
    assert found is not None
    assert (found.mac, found.form, found.kind) == (mac, form, kind)


@pytest.mark.parametrize("name", ["", "index.html", "001565a1b2c.cfg", "001565a1b2cg.cfg", "x001565a1b2c3.cfg", ".."])
def test_what_no_telephone_wants(name: str) -> None:
    """Passed over."""
    assert wanted(name, told("")) is None
