"""The plan's sections about backups: when, what, where to, how many are kept."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.secret import Secret

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Backup(Section):
    """at: time of day at the site; empty: by hand only. days: empty for every day. keep: so many stay there.

    recordings: recorded talk too. passphrase: opens the file again, wherever it is restored.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    at: str = Field(default="", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")
    days: tuple[Weekday, ...] = ()
    keep: int = Field(default=7, ge=1, le=1000)
    recordings: bool = False
    passphrase: Secret


class ToDirectory(_Backup):
    """To a directory: of a USB disk or a share that is mounted there.

    own_disk: it may be on the disk that the records are on, which saves from mistakes, not from a disk that dies.
    """

    kind: Literal["directory"]
    directory: str = Field(pattern=r"^/.+$")
    own_disk: bool = False


class ToUsb(_Backup):
    """To the USB stick or disk that is in the box, whichever that is; only a box from the image knows one."""

    kind: Literal["usb"]


class ToSftp(_Backup):
    """To another machine over SSH. host_key: the machine's, `SHA256:…` as `ssh-keygen -l` prints it.

    key_file: a private key in OpenSSH's form, on this box; else the password.
    """

    kind: Literal["sftp"]
    host: str = Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")
    port: int = Field(default=22, ge=1, le=65535)
    user: str = Field(min_length=1, max_length=64)
    password: Secret | None = None
    key_file: str = Field(default="", pattern=r"^(/.+)?$")
    host_key: str
    directory: str = "."

    @field_validator("host_key")
    @classmethod
    def _fingerprint(cls, text: str) -> str:
        if not re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", text):
            raise PlanError((), "is no fingerprint: SHA256: and 43 letters, as 'ssh-keygen -l' prints it")
        return text


Destination = ToDirectory | ToUsb | ToSftp
Backup = Annotated[Destination, Field(discriminator="kind")]
