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


@dataclass(frozen=True, kw_only=True)
class EnrolmentSet(Event):
    """From now on the box asks that authority for its certificates by itself. names: those to ask for."""

    directory: str
    names: tuple[str, ...]
    by: str


@dataclass(frozen=True, kw_only=True)
class EnrolmentEnded(Event):
    """It asks nobody by itself any more; the certificate that is there stays."""

    by: str


@dataclass(frozen=True, kw_only=True)
class RenewalWanted(Event):
    """Somebody wants a new certificate now."""

    by: str


@dataclass(frozen=True, kw_only=True)
class CertificateObtained(Event):
    """The authority gave one, which fits."""

    directory: str
    names: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, kw_only=True)
class CertificateNotObtained(Event):
    """It did not; said once as long as the reason is the same. why: a message id for `facts`."""

    directory: str
    names: tuple[str, ...]
    why: str
    facts: tuple[tuple[str, str], ...] = ()
