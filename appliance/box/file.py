"""`nightbell.toml` on the boot partition: what hospital IT says of the box on a laptop, before it is first started."""

from __future__ import annotations

from pydantic import Field, model_validator

from appliance.foundation.config import Fault, Faulty, PlanError, Section, parse
from appliance.foundation.values import Language
from appliance.foundation.zones import ZoneName
from appliance.network.table import NetworkTable

LARGEST = 64 * 1024
"""Bytes. A longer file is not ours."""


class AdminTable(Section):
    """The first log-in of the panel, `admin`.

    secret_hash: of its password, argon2id as `nightbell user hash` prints it; empty: a one-time code on the console.
    """

    secret_hash: str = Field(default="", pattern=r"^(\$argon2id\$[A-Za-z0-9$=,+/]{40,200})?$")


class SshTable(Section):
    """Log-in over the network for whoever has the key; without a key there is none. key: one line, `ssh-ed25519 …`."""

    key: str = Field(default="", pattern=r"^((ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/=]+( [^\n]*)?)?$")  # fmt: skip  # noqa: E501


class UpsTable(Section):
    """The UPS that feeds the box. driver, port: as NUT names them, of one at a USB or serial port of this box.

    server: `NAME@HOST` or `NAME@HOST:PORT`, where another machine has it; user, password: of its upsd.users. Without a
    driver and without a server the box has none.
    """

    driver: str = Field(default="", pattern=r"^[a-z0-9_-]{0,40}$")
    port: str = Field(default="auto", pattern=r"^[A-Za-z0-9/_.:@-]{1,100}$")
    server: str = Field(default="", pattern=r"^([A-Za-z0-9_-]{1,40}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}(:[0-9]{1,5})?)?$")
    user: str = Field(default="", pattern=r"^[A-Za-z0-9_.-]{0,40}$")
    password: str = Field(default="", pattern=r'^[^\s"\\#]{0,100}$')

    @model_validator(mode="after")
    def _one_way(self) -> UpsTable:
        if self.driver and self.server:
            raise PlanError(("server",), "is there besides a driver: the UPS is either here or there")
        if self.server and not (self.user and self.password):
            raise PlanError(("server",), "needs user and password, as the other machine's upsd.users has them")
        return self


class BoxFile(Section):
    """The whole file. simulated_hospital: start with the sample hospital and its simulators, for training."""

    language: Language = "zh"
    time_zone: ZoneName = "Asia/Shanghai"
    simulated_hospital: bool = False
    network: NetworkTable = NetworkTable()
    admin: AdminTable = AdminTable()
    ssh: SshTable = SshTable()
    ups: UpsTable = UpsTable()


def read(content: bytes) -> BoxFile:
    """The file's bytes, from whatever editor. Raises Faulty."""
    if len(content) > LARGEST:
        raise Faulty([Fault("", None, "is longer than {most} bytes", {"most": LARGEST})])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        raise Faulty([Fault("", None, "is not UTF-8 text (byte {byte})", {"byte": why.start})]) from why
    return parse(text.replace("\r\n", "\n").replace("\r", "\n"), BoxFile)
