"""Small things every test needs."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


def now(coroutine: Coroutine[Deferred[Any], Any, T]) -> T:
    """What `coroutine` returns; it must not wait for anything. Raises what it raises."""
    results: list[T | Failure] = []
    Deferred.fromCoroutine(coroutine).addBoth(results.append)
    if not results:
        raise AssertionError("the coroutine is still waiting")
    result = results[0]
    if isinstance(result, Failure):
        result.raiseException()
    return result
