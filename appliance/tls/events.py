"""What the journal hears of the box's certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class CertificateShownFrom(Event):
    """Browsers see this one from now on. own: the box made it. names: whom it is for, and addresses."""

    own: bool
    names: tuple[str, ...]
    issuer: str
    ends_at: datetime
    sha256: str


@dataclass(frozen=True, kw_only=True)
class CertificateRequested(Event):
    """A request (CSR) was made for the hospital's authority to sign."""

    names: tuple[str, ...]
    by: str


@dataclass(frozen=True, kw_only=True)
class CertificateTaken(Event):
    """One of the hospital's was brought and fits."""

    sha256: str
    by: str


@dataclass(frozen=True, kw_only=True)
class CertificateWithdrawn(Event):
    """The hospital's was taken away; the box's own counts."""

    by: str
