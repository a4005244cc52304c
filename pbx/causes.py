"""Why a call ends, as Q.850 numbers it: told to telephones and carriers, and by them."""

from __future__ import annotations

from enum import IntEnum


class Cause(IntEnum):
    """Those that we tell, or go by; any other number may come from outside. UNKNOWN is Asterisk's, not Q.850's."""

    UNKNOWN = 0
    UNALLOCATED = 1
    NO_ROUTE = 3
    NORMAL = 16
    BUSY = 17
    NO_USER_RESPONSE = 18
    NO_ANSWER = 19
    ABSENT = 20
    REJECTED = 21
    NUMBER_CHANGED = 22
    ANSWERED_ELSEWHERE = 26
    OUT_OF_ORDER = 27
    INCOMPLETE = 28
    NO_CIRCUIT = 34
    NETWORK_OUT_OF_ORDER = 38
    TEMPORARY_FAILURE = 41
    CONGESTION = 42
    CIRCUIT_NOT_AVAILABLE = 44
    RESOURCE_UNAVAILABLE = 47
    NOT_SUBSCRIBED = 50
    BARRED = 52
    NOT_AUTHORIZED = 57
    NOT_AVAILABLE = 58
    TIMER_EXPIRED = 102


NO_SUCH_NUMBER = frozenset((Cause.UNALLOCATED, Cause.NUMBER_CHANGED))
"""What a network says of a number that is nobody's, whichever line asks for it."""
