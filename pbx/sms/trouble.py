"""What can go wrong with a short message, in words for the person who reads them."""

from __future__ import annotations

from typing import ClassVar

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.sms.at import Verdict


class Unsendable(ValueError):
    """The message was not accepted: nothing is stored, nothing will be sent. `facts` fill the message's fields."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(translate(message, "en", **facts))
        self.message = message
        self.facts = facts

    def text(self, language: Language) -> str:
        """The reason in `language`."""
        return translate(self.message, language, **self.facts)


class GatewayError(Exception):
    """A message did not go out this time. Its text is an English message id, ` (detail)` may follow: see `told`."""

    words: ClassVar[str] = "the gateway is not ready"

    def __init__(self, words: str = "") -> None:
        super().__init__(words or self.words)

    @property
    def hopeless(self) -> bool:
        """Trying again would change nothing, also elsewhere."""
        return False


class NotReady(GatewayError):
    """Nothing was tried: the gateway is not there, or its network is not."""


class Silent(GatewayError):
    """No answer in time. What it was given may or may not have been done."""

    words = "the modem does not answer"


class Gone(GatewayError):
    """It went away in the middle. What it was given may or may not have been done."""

    words = "the modem was unplugged"


class Declined(GatewayError):
    """A message centre or service said no, in so many words."""

    def __init__(self, words: str, *, hopeless: bool = False) -> None:
        super().__init__(words)
        self._hopeless = hopeless

    @property
    def hopeless(self) -> bool:
        return self._hopeless


class Refused(GatewayError):
    """The modem or the network said no."""

    def __init__(self, verdict: Verdict, code: int | None) -> None:
        Exception.__init__(self, _meaning(verdict, code))
        self.verdict = verdict
        self.code = code

    @property
    def hopeless(self) -> bool:
        return self.verdict is Verdict.CMS and self.code in _HOPELESS


_HOPELESS = (1, 28, 304)
"""Kept short on purpose: what a network calls permanent often passes, and tries are bounded anyway."""

_CMS = {
    1: "the number does not exist",
    8: "the operator bars messages from this SIM",
    10: "messages from this SIM are barred",
    21: "the network rejected the message; the SIM may be out of credit",
    27: "the number cannot be reached",
    28: "the network does not know the number",
    29: "the network rejected the message; the SIM may be out of credit",
    30: "the network does not know this SIM",
    38: "the network is out of order",
    41: "the network has a passing fault",
    42: "the network is congested",
    47: "the network is congested",
    50: "this SIM may not send messages",
    69: "this SIM may not send messages",
    302: "the modem does not allow sending",
    304: "the modem does not understand the message",
    310: "there is no SIM in the modem",
    311: "the SIM wants its PIN: take the PIN off the SIM in a telephone",
    313: "the SIM is broken",
    314: "the SIM is busy",
    316: "the SIM is blocked and wants its PUK",
    322: "the modem's memory is full",
    330: "the SIM knows no service centre",
    331: "the modem is not registered with a network",
    332: "the network did not answer in time",
}
"""3GPP TS 27.005, 3.2.5; below 128 TS 24.011, annex E-2."""

_CME = {
    10: "there is no SIM in the modem",
    11: "the SIM wants its PIN: take the PIN off the SIM in a telephone",
    12: "the SIM is blocked and wants its PUK",
    13: "the SIM is broken",
    14: "the SIM is busy",
    30: "the modem is not registered with a network",
    31: "the network did not answer in time",
}
"""3GPP TS 27.007, 9.2."""


def told(why: str, language: Language) -> str:
    """Why a message did not go, as it was stored, in `language`; what stands in parentheses stays as it is."""
    words, opened, detail = why.partition(" (")
    return translate(words, language) + opened + detail


def _meaning(verdict: Verdict, code: int | None) -> str:
    known = {Verdict.CMS: _CMS, Verdict.CME: _CME}.get(verdict, {})
    if code is None:
        return "the modem reports an error"
    return known.get(code, f"the modem reports an error ({verdict.value} {code})")
