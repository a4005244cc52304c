"""Settings of the box, from `nightbell.toml`, read at start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from appliance.foundation.config import PlanError, Section, parse
from appliance.foundation.secret import Secret
from appliance.foundation.values import Language
from pbx.engine.program import taken
from pbx.recording.places import Places

CLOSED_TO_BROWSERS = frozenset(
    (1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
     111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
     540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
     6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080)
)  # fmt: skip
"""Ports that no browser opens, whatever listens there: WHATWG Fetch, section 2.9, port blocking."""

GIGA = 1e9


class Acme(Section):
    """The hospital's authority, of which the box gets certificates by itself by ACME (RFC 8555).

    directory: its ACME directory, an https URL. root: its root certificate, PEM. names: names and addresses to ask for;
    empty for `names` of the panel, else the box's own. key_id, hmac_key: external account binding, where it wants one.
    """

    directory: str = Field(pattern=r"^https://")
    root: str = Field(pattern=r"-----BEGIN CERTIFICATE-----")
    contact: str = ""
    names: tuple[str, ...] = ()
    key_id: str = ""
    hmac_key: Secret | None = None


class Listen(Section):
    """Where the panel listens.

    tls_port: where it does by HTTPS; without one only by HTTP. With one, HTTP sends browsers there. names: what the box
    is called in the hospital besides its own name and addresses, such as `nightbell.hospital.example`; its certificate
    is for them, too. acme: what is said here cannot be changed at the panel.
    """

    address: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    tls_port: int | None = Field(default=None, ge=1, le=65535)
    names: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$")], ...] = ()
    acme: Acme | None = None

    @field_validator("port", "tls_port")
    @classmethod
    def _browsers_open_it(cls, port: int | None) -> int | None:
        if port in CLOSED_TO_BROWSERS:
            raise PlanError((), "no browser opens a page at port {port}: choose another", port=port)
        return port

    @model_validator(mode="after")
    def _apart(self) -> Listen:
        if self.port == self.tls_port:
            raise PlanError(("tls_port",), "is the port of HTTP already")
        return self


class Exchange(Section):
    """Asterisk. `root` is the directory its package was unpacked into, empty where it is installed in the system.

    tls_port, wss_port: for phones over TLS and in browsers; opened only where the plan has such phones. tls_certificate
    and tls_key: PEM files; where there are none the box makes its own. tls_authorities: PEM file of those by whom
    carriers prove themselves; empty for the system's.
    """

    root: str = ""
    sip_address: str = "127.0.0.1"
    sip_port: int = Field(default=5060, ge=1, le=65535)
    tls_port: int = Field(default=5061, ge=1, le=65535)
    wss_port: int = Field(default=7443, ge=1, le=65535)
    tls_certificate: str = ""
    tls_key: str = ""
    tls_authorities: str = ""
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


class Provisioning(Section):
    """Where telephones fetch their configuration; without this table none can.

    host: this box as telephones see it, in the addresses they are told; empty where `address` is that.
    plug_and_play: answer telephones that ask their network by multicast (SIP PnP), so that DHCP need say nothing;
        only one box of a network should.
    """

    address: str = "127.0.0.1"
    port: int = Field(default=8085, ge=1, le=65535)
    host: str = Field(default="", pattern=r"^[A-Za-z0-9.-]{0,253}$")
    plug_and_play: bool = False

    @property
    def seen_as(self) -> str:
        """The address telephones are told."""
        return self.host or self.address


class Recordings(Section):
    """Where recordings go when `directory` has little room, and when none is made any more. Free space in GB.

    delete_below: the oldest that nobody has marked are deleted, so that records, which never are, can still be written.
    """

    second: str = Field(default="", description="a directory, of another disk or a network drive; empty for none")
    move_below: float = Field(default=5, ge=0)
    stop_below: float = Field(default=1, ge=0)
    delete_below: float = Field(default=0.5, ge=0)


class UpsServer(Section):
    """The UPS that feeds the box, as NUT's upsd tells of it. name: as upsd calls it."""

    host: str = Field(default="127.0.0.1", pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$")
    port: int = Field(default=3493, ge=1, le=65535)
    name: str = Field(default="ups", pattern=r"^[A-Za-z0-9_-]{1,40}$")


class Settings(Section):
    """The whole of `nightbell.toml`."""

    directory: Path = Field(default=Path(), description="where all else lies; relative to this file")
    database: str = Field(default="", description="SQLAlchemy URL; empty for SQLite in `directory`")
    language: Language = "zh"
    voice: str = Field(default="", description="where the good voice is; empty for the image's own, if there is one")
    panel: Listen = Listen()
    exchange: Exchange = Exchange()
    recordings: Recordings = Recordings()
    simulator: Carrier | None = None
    provisioning: Provisioning | None = None
    ups: UpsServer | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Settings:
        if self.provisioning is not None and self.provisioning.seen_as in ("0.0.0.0", "::", ""):  # noqa: S104 - compared
            raise PlanError(("provisioning", "host"), "say the address of this box as telephones see it")
        return self

    @property
    def database_url(self) -> str:
        """Where records are kept."""
        return self.database or f"sqlite:///{self.directory / 'nightbell.sqlite'}"

    @property
    def plan_copy(self) -> Path:
        """The plan in force, kept beside the records for when they cannot be opened."""
        return self.directory / "plan-in-force.toml"

    @property
    def devices(self) -> Path:
        """Relative serial devices of the plan are found here."""
        return self.directory / "devices"

    @property
    def sockets(self) -> Path:
        """Unix sockets of speech, simulator and supervisor."""
        return self.directory / "run"

    @property
    def speech_socket(self) -> Path:
        """Where the speech worker listens."""
        return self.sockets / "speech.sock"

    @property
    def simulator_socket(self) -> Path:
        """Where the simulator listens."""
        return self.sockets / "simulator.sock"

    @property
    def supervisor_socket(self) -> Path:
        """Where supervisord listens."""
        return self.sockets / "supervisor.sock"

    @property
    def health_file(self) -> Path:
        """What the daemon last said of its parts."""
        return self.sockets / "health.json"

    @property
    def sounds(self) -> Path:
        """Rendered speech."""
        return self.directory / "speech"

    @property
    def card_secret(self) -> Path:
        """By what requests to the card system are signed, where the plan names no other secret."""
        return self.directory / "card.secret"

    @property
    def tls(self) -> Path:
        """Keys and certificates by which browsers know the box."""
        return self.directory / "tls"

    @property
    def prompts(self) -> Path:
        """Recordings that voice menus play, as they were uploaded."""
        return self.directory / "prompts"

    @property
    def tones(self) -> Path:
        """Sounds that are made by code, for the exchange to play."""
        return self.directory / "tones"

    @property
    def voicemail(self) -> Path:
        """What callers left in mailboxes."""
        return self.directory / "voicemail"

    @property
    def faxes(self) -> Path:
        """Pages that fax machines sent, and are sent."""
        return self.directory / "faxes"

    @property
    def secrets(self) -> Path:
        """Passwords that were typed at the panel."""
        return self.directory / "secrets"

    @property
    def scratch(self) -> Path:
        """What programs may forget."""
        return self.directory / "scratch"

    @property
    def asterisk(self) -> Path:
        """Asterisk's generated configuration, state and call records."""
        return self.directory / "asterisk"

    @property
    def carrier(self) -> Path:
        """The same of the simulated carrier."""
        return self.directory / "carrier"

    @property
    def recording_places(self) -> Places:
        """Where recordings are taken, kept and moved to."""
        kept = self.recordings
        return Places(
            spool=taken(self.asterisk),
            main=self.directory / "recordings",
            second=self.directory / kept.second if kept.second else None,
            key=self.directory / "recordings.key",
            move_below=int(kept.move_below * GIGA),
            stop_below=int(kept.stop_below * GIGA),
            delete_below=int(kept.delete_below * GIGA),
        )

    @property
    def logs(self) -> Path:
        """What every process prints."""
        return self.directory / "log"


def load(path: Path) -> Settings:
    """The settings in the file `path`. Raises FileNotFoundError, Faulty."""
    settings = parse(path.read_text("utf-8"), Settings)
    return settings.model_copy(update={"directory": (path.absolute().parent / settings.directory).resolve()})
