"""Which number the next telephone gets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import takewhile

from pbx.spans import each


def numbers_of(span: str, skip: str) -> tuple[str, ...]:
    """The numbers of a run that have none of the digits of `skip`, in order.

    What all numbers of the run begin with is not looked at: 7000-7999 has lucky numbers too.

    >>> numbers_of("8083-8088", "457")
    ('8083', '8086', '8088')
    """
    numbers = each(span)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(numbers[0], numbers[-1], strict=True)))
    return tuple(number for number in numbers if not set(number[shared:]) & set(skip))


def free(spans: Iterable[str], skip: str, taken: Collection[str]) -> Iterator[str]:
    """Numbers to give out, the next one first."""
    for span in spans:
        yield from (number for number in numbers_of(span, skip) if number not in taken)
