"""Settings of the box, from `nightbell.toml`, read at start. Every path is relative to `directory`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from appliance.foundation.config import Section
from appliance.foundation.values import Language

Port = Field(ge=0, le=65535)


class Listen(Section):
    """Where the panel listens."""

    address: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)


class Exchange(Section):
    """Asterisk. `root` is the directory its package was unpacked into, empty where it is installed in the system."""

    root: str = ""
    sip_address: str = "127.0.0.1"
    sip_port: int = Field(default=5060, ge=1, le=65535)
    rtp_first: int = Field(default=12000, ge=1024, le=65534)
    rtp_last: int = Field(default=12999, ge=1025, le=65535)
    ari_port: int = Field(default=8088, ge=1, le=65535)


class Carrier(Section):
    """The simulated carrier and phones: a second Asterisk. One SIP port a trunk, then one for the phones."""

    address: str = "127.0.0.1"
    sip_port: int = Field(default=5080, ge=1, le=65535)
    rtp_first: int = Field(default=13000, ge=1024, le=65534)
    rtp_last: int = Field(default=13999, ge=1025, le=65535)
    ari_port: int = Field(default=8089, ge=1, le=65535)


class Settings(Section):
    """The whole of `nightbell.toml`."""

    directory: Path = Path("var")
    database: str = Field(default="", description="SQLAlchemy URL; empty for SQLite in `directory`")
    language: Language = "zh"
    panel: Listen = Listen()
    exchange: Exchange = Exchange()
    simulator: Carrier | None = None

    @property
    def database_url(self) -> str:
        """Where records are kept."""
        return self.database or f"sqlite:///{self.directory.absolute() / 'nightbell.sqlite'}"

    @property
    def devices(self) -> Path:
        """Relative serial devices of the plan are found here."""
        return self.directory.absolute() / "devices"

    @property
    def sockets(self) -> Path:
        """Unix sockets of speech, simulator and supervisor."""
        return self.directory.absolute() / "run"

    @property
    def sounds(self) -> Path:
        """Rendered speech."""
        return self.directory.absolute() / "speech"

    @property
    def asterisk(self) -> Path:
        """Asterisk's generated configuration, state and call records."""
        return self.directory.absolute() / "asterisk"
