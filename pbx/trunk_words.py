"""Why a call over a trunk failed, in words, and whether that is the carrier's trouble or only that number's."""

from __future__ import annotations

from dataclasses import dataclass

from pbx.causes import Cause
from pbx.trunk_lines import LineCall

_SAID: dict[int, str] = {
    401: "The carrier does not take our user or password ({code}).",
    403: "The carrier refused the call ({code}).",
    404: "The carrier does not know the number ({code}).",
    407: "The carrier does not take our user or password ({code}).",
    408: "The carrier did not answer in time ({code}).",
    480: "The carrier reached nobody ({code}).",
    484: "The carrier finds the number incomplete ({code}).",
    488: "The carrier takes none of our codecs ({code}).",
    503: "The carrier had no free line ({code}).",
}
"""By SIP status."""
_CAUSED: dict[int, str] = {
    Cause.UNALLOCATED: "The carrier does not know the number (cause {code}).",
    Cause.NO_ROUTE: "The carrier has no way to the number (cause {code}).",
    Cause.NO_USER_RESPONSE: "The carrier did not answer in time (cause {code}).",
    Cause.OUT_OF_ORDER: "The carrier could not be reached (cause {code}).",
    Cause.INCOMPLETE: "The carrier finds the number incomplete (cause {code}).",
    Cause.NO_CIRCUIT: "The carrier had no free line (cause {code}).",
    Cause.NETWORK_OUT_OF_ORDER: "The carrier's network is out of order (cause {code}).",
    Cause.TEMPORARY_FAILURE: "The carrier had a passing fault (cause {code}).",
    Cause.CONGESTION: "The carrier had no free line (cause {code}).",
}
"""By Q.850 cause."""
_OURS = {"silent": "The carrier said nothing to a call.", "slow": "The carrier took a call and did not ring in time."}
_FAULT = "The carrier has a fault of its own ({code})."
_TROUBLED = frozenset((401, 407, 408))
_TROUBLE = frozenset(
    (
        Cause.NO_USER_RESPONSE,
        Cause.OUT_OF_ORDER,
        Cause.NO_CIRCUIT,
        Cause.NETWORK_OUT_OF_ORDER,
        Cause.TEMPORARY_FAILURE,
        Cause.CONGESTION,
        Cause.CIRCUIT_NOT_AVAILABLE,
        Cause.RESOURCE_UNAVAILABLE,
        Cause.NOT_AVAILABLE,
    )
)


@dataclass(frozen=True)
class Failure:
    """message: an English message id, its `{code}` is `code`. trouble: the next call would fail as well."""

    message: str
    code: int
    trouble: bool


def failure(call: LineCall) -> Failure | None:
    """What was wrong with the carrier; None where nothing was, or nobody can say."""
    match call.outcome:
        case "silent" | "slow":
            return Failure(_OURS[call.outcome], 0, trouble=True)
        case "congestion" | "unreachable" | "no-such-number":
            return Failure(*_words(call), trouble=_is_troubled(call))
    return None


def _words(call: LineCall) -> tuple[str, int]:
    if call.reply >= 400:
        return _SAID.get(call.reply, _FAULT if 500 <= call.reply < 600 else _SAID[403]), call.reply
    return _CAUSED.get(call.cause, "The carrier ended the call (cause {code})."), call.cause


def _is_troubled(call: LineCall) -> bool:
    if call.reply >= 400:
        return call.reply in _TROUBLED or 500 <= call.reply < 600
    return call.cause in _TROUBLE
