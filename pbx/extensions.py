"""Extensions: each one's secret, made by the box, and which phones are there."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence

import sqlalchemy as sa

from appliance.foundation.database import Transactions
from pbx.ari.messages import EndpointChanged, Event
from pbx.schema import sip_secrets

SECRET_BYTES = 15


class Extensions:
    """Secrets of the plan's extensions. There is no default password."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def secrets(self, numbers: Sequence[str]) -> dict[str, str]:
        """Each number's secret; made, once, for those that have none yet."""

        def look(connection: sa.Connection) -> dict[str, str]:
            known = {row.extension: row.secret for row in connection.execute(sa.select(sip_secrets))}
            fresh = {number: secrets.token_urlsafe(SECRET_BYTES) for number in numbers if number not in known}
            if fresh:
                rows = [{"extension": number, "secret": secret} for number, secret in fresh.items()]
                connection.execute(sip_secrets.insert(), rows)
            return {number: (known | fresh)[number] for number in numbers}

        return await self._database.transact(look)


class Phones:
    """Which extensions have a phone registered now. `changed` is told when one comes or goes."""

    def __init__(self, numbers: Iterable[str]) -> None:
        self.changed: Callable[[], None] = lambda: None
        self._numbers = frozenset(numbers)
        self._there: set[str] = set()

    def registered(self) -> frozenset[str]:
        """The extensions whose phone is there."""
        return frozenset(self._there)

    def hear(self, event: Event) -> None:
        """A phone came or went."""
        match event:
            case EndpointChanged(endpoint=number, online=online):
                self.seen(number, online=online)

    def seen(self, number: str, *, online: bool) -> None:
        """What the exchange says of an endpoint; others than extensions are passed over."""
        if number in self._numbers and online != (number in self._there):
            (self._there.add if online else self._there.discard)(number)
            self.changed()

    def out_of_touch(self) -> None:
        """Nobody knows."""
        self._there.clear()
        self.changed()
