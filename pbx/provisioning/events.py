"""What happens to telephones that set themselves up. Never a secret, never a token."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.foundation.journal import Event


@dataclass(frozen=True, kw_only=True)
class PhoneEvent(Event):
    """phone: its MAC, or `soft…`."""

    phone: str


@dataclass(frozen=True, kw_only=True)
class PhoneFound(PhoneEvent):
    """One that nobody knew asked for its configuration; it got nothing and waits."""

    maker: str
    model: str
    address: str


@dataclass(frozen=True, kw_only=True)
class PhoneAccepted(PhoneEvent):
    """It has a number now. instead_of: the one whose number it took over, empty for none."""

    extension: str
    place: str
    by: str
    instead_of: str = ""


@dataclass(frozen=True, kw_only=True)
class PhoneRefused(PhoneEvent):
    """It is none of ours."""

    by: str


@dataclass(frozen=True, kw_only=True)
class PhoneRemoved(PhoneEvent):
    """Its number is free again, its secret worth nothing. by: empty where the box forgot one that waited too long."""

    extension: str
    by: str


@dataclass(frozen=True, kw_only=True)
class PhoneOpened(PhoneEvent):
    """It may fetch a first configuration once more."""

    address: str
    by: str


@dataclass(frozen=True, kw_only=True)
class PhoneConfigured(PhoneEvent):
    """It fetched its first configuration, with its secret and the address it asks from now on."""

    extension: str
    address: str


@dataclass(frozen=True, kw_only=True)
class PhoneSecretsShown(PhoneEvent):
    """Somebody looked at its passwords."""

    by: str


@dataclass(frozen=True, kw_only=True)
class PhonesProbed(Event):
    """An address asks for what is not its own; it gets no answer for a while. what: `macs`, `tokens` or `requests`."""

    address: str
    what: str


@dataclass(frozen=True)
class PhonesChanged:
    """Something about some telephone is different: for screens, not for the journal."""
