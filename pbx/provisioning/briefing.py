"""What one telephone is told, from the plan, the site and its own row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from appliance.foundation.clock import Clock
from appliance.foundation.values import Language
from pbx.plan import PbxPlan
from pbx.provisioning.configuring import Key, Setup
from pbx.provisioning.phone import Phone


class Site(Protocol):
    """What of the hospital a telephone is told."""

    @property
    def language(self) -> Language: ...
    @property
    def zone(self) -> ZoneInfo: ...


@dataclass(frozen=True)
class Where:
    """Addresses as telephones see them.

    url: where they ask, ends with a slash. server, port, tls_port: of the exchange.
    """

    url: str
    server: str
    port: int
    tls_port: int = 5061


@dataclass
class Briefing:
    """Knows what telephones are told now. where: another once the box has another address."""

    plan: Callable[[], PbxPlan]
    site: Callable[[], Site]
    where: Where
    clock: Clock

    def setup(self, phone: Phone, secret: str, token: str = "") -> Setup:
        """For an accepted telephone; token: what it asks with from now on, empty where it never asks."""
        pbx, site, extension = self.plan(), self.site(), phone.extension or ""
        plan, group = pbx.phones, pbx.group(extension)
        safe = group is not None and group.transport == "tls"
        srtp = (group.srtp or "required") if group is not None and safe else "no"
        language = plan.language or site.language
        return Setup(
            mac=phone.id,
            extension=extension,
            label=f"{extension} {phone.place}".strip(),
            secret=secret,
            admin_password=phone.admin_password,
            url=f"{self.where.url}p/{token}/",
            server=self.where.server,
            port=self.where.tls_port if safe else self.where.port,
            transport="tls" if safe else "udp",
            srtp=srtp,
            offset=self.clock.now().astimezone(site.zone).utcoffset() or timedelta(),
            language=language,
            ntp=plan.ntp,
            voicemail=pbx.voicemail.number if pbx.voicemail.box(extension) else "",
            keys=[Key(key.name[language], key.number, key.watch) for key in plan.keys if key.number != extension],
        )
