"""The daemon's settings on a box from the image, made at its first start and IT's from then on."""

from __future__ import annotations

from appliance.box.file import BoxFile
from appliance.foundation.config import parse
from appliance.settings import Settings

PANEL_PORT, TLS_PORT = 80, 443
SIMULATOR = """
[simulator]                 # take this table away on a real box
address = "127.0.0.1"
sip_port = 5080
ari_port = 8089
rtp_first = 13000
rtp_last = 13999
"""


def settings_text(file: BoxFile, address: str) -> str:
    """A first `nightbell.toml` of the daemon. address: the box's own in the network, empty where it has none yet."""
    here = "127.0.0.1" if file.simulated_hospital else "0.0.0.0"  # noqa: S104 - phones are in the network
    text = f"""\
# Settings of this box's daemon. Language, network and time zone stand in nightbell.toml on the boot partition.
language = "{file.language}"

[panel]
address = "0.0.0.0"
port = {PANEL_PORT}
tls_port = {TLS_PORT}
names = []                  # what the box is called in the hospital besides: ["nightbell.hospital.example"]

[exchange]
root = ""                   # Asterisk is the system's own
sip_address = "{here}"
sip_port = 5060
ari_port = 8088
rtp_first = 12000
rtp_last = 12999
{_provisioning(address)}{SIMULATOR if file.simulated_hospital else ""}"""
    parse(text, Settings)
    return text


def _provisioning(address: str) -> str:
    if not address:
        return ""
    return f"""
[provisioning]              # where telephones fetch their configuration
address = "0.0.0.0"
port = 8085
host = "{address}"          # this box as telephones see it
"""
