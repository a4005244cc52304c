"""The plan's section about the hospital's card system."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from appliance.foundation.config import Section
from appliance.foundation.i18n import Text
from appliance.foundation.secret import Secret
from appliance.foundation.values import Money, yuan
from pbx.plan_messages import Url

NAME = Text(zh="\u4e00\u5361\u901a", en="Card system")


class CardPlan(Section):
    """The hospital's card system, asked over HTTP (docs/one-card.md).

    secret: by which requests are signed; none for the one that the box makes itself (`card.secret`).
    timeout: seconds for one request. patience: seconds that a caller waits while the card system does not answer.
    smallest: the least part of a yuan that cards know; charges are rounded down to it.
    """

    name: Text = NAME
    url: Url
    secret: Secret | None = None
    ca_file: str = ""
    timeout: int = Field(default=4, ge=1, le=60)
    patience: int = Field(default=10, ge=1, le=60)
    smallest: Literal["0.01", "0.0001"] = "0.01"

    @property
    def is_simulated(self) -> bool:
        """Whether it is at this very box, where `nightbell simulate` puts one."""
        return self.url.startswith("http://127.0.0.1:")

    @property
    def unit(self) -> Money:
        """`smallest` as money."""
        return yuan(self.smallest)
