"""What hospital IT may write on a laptop, and what it is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.box.file import BoxFile, read
from appliance.box.network.files import network_file
from appliance.foundation.config import Faulty

SHIPPED = Path(__file__).parents[3] / "image-build" / "disk" / "nightbell.toml"

STATIC = """\
language = "en"
time_zone = "Europe/Berlin"
[network]
hostname = "bell-3"
address = "10.1.2.3/24"
gateway = "10.1.2.1"
dns = ["10.1.2.53"]
ntp = ["10.1.2.123"]
"""


def test_the_shipped_file_says_what_is_meant_without_it() -> None:
    """Every key in it is at its default."""
    assert read(SHIPPED.read_bytes()) == BoxFile()


def test_every_line_that_is_commented_out_would_do() -> None:
    """Whoever takes the # away gets what the comment says."""
    text = SHIPPED.read_text("utf-8").replace("# gateway", "gateway").replace("# dns", "dns").replace("# ntp", "ntp")
    text = text.replace('address = "dhcp"', 'address = "10.1.2.3/24"').replace("# interface", "interface")
    found = read(text.encode())
    assert found.network.gateway == "10.1.2.1"
    assert found.network.interface == "eno1"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_any_editors_file_is_read(ending: str, mark: bytes) -> None:
    """Windows' editors end lines otherwise and put a mark before the text."""
    found = read(mark + STATIC.replace("\n", ending).encode())
    assert (found.language, found.time_zone, found.network.address) == ("en", "Europe/Berlin", "10.1.2.3/24")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[network]\naddress = "10.1.2.3"\n', "line 2: network.address: '10.1.2.3' is neither"),
        ('[network]\naddress = "10.1.2.0/24"\n', "line 2: network.address: 10.1.2.0/24 is the network itself"),
        (
            '[network]\naddress = "10.1.2.3/24"\ngateway = "10.1.3.1"\n',
            "network.gateway: 10.1.3.1 is not in the network",
        ),
        ('[network]\ngateway = "10.1.3.1"\n', "line 2: network.gateway: with DHCP the network says the gateway"),
        ('[network]\naddress = "10.1.2.255/24"\n', "10.1.2.255/24 is the broadcast address of its network"),
        ('[network]\naddress = "127.0.0.2/8"\n', "no machine can have the address 127.0.0.2/8"),
        ('[network]\naddress = "10.1.2.3/24"\ngateway = "10.1.2.3"\n', "the box cannot be its own gateway"),
        ('[network]\naddress = "10.1.2.3/24"\ngateway = "10.1.2.255"\n', "no machine can have the address 10.1.2.255"),
        ('[network]\ndns = ["10.1.2.53", "dns"]\n', "network.dns[1]: 'dns' is no IPv4 address"),
        ('[network]\nntp = ["a b"]\n', "network.ntp[0]: 'a b' is no name of a server"),
        ('[network]\nhostname = "Bell 3"\n', "line 2: network.hostname"),
        ('time_zone = "Asia/Peking"\n', "line 1: time_zone: there is no time zone 'Asia/Peking'"),
        ('langauge = "en"\n', "line 1: langauge"),
        ('[admin]\nsecret_hash = "secret"\n', "line 2: admin.secret_hash"),
        ('[ssh]\nkey = "secret"\n', "line 2: ssh.key"),
        ("language = zh\n", "line 1: is not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, said: str) -> None:
    """One sentence a fault, where and what."""
    with pytest.raises(Faulty) as refused:
        read(text.encode())
    assert said in str(refused.value)


def test_a_file_that_is_no_text_is_refused() -> None:
    """A Chinese Windows may write GB18030; a stick may hold anything."""
    with pytest.raises(Faulty, match="is not UTF-8 text"):
        read('[network]\nhostname = "bell" # 三病区\n'.encode("gb18030"))
    with pytest.raises(Faulty, match="is longer than 65536 bytes"):
        read(b"#" * 70_000)


def test_a_static_address_is_there_without_a_cable() -> None:
    """Phones may be plugged in later."""
    text = network_file(read(STATIC.encode()).network)
    assert "Name=en* eth*\n" in text
    assert "Address=10.1.2.3/24\nConfigureWithoutCarrier=yes\nGateway=10.1.2.1\n" in text
    assert "DNS=10.1.2.53\nNTP=10.1.2.123\n" in text
    assert "DHCP" not in text


def test_without_a_word_the_network_gives_the_address() -> None:
    """The card's own address is its name, so that a reservation holds."""
    text = network_file(BoxFile().network)
    assert "DHCP=ipv4\n" in text
    assert "ClientIdentifier=mac\n" in text
