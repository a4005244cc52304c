"""Telephone numbers as networks write them."""

from __future__ import annotations


def same_number(one: str, other: str) -> bool:
    """With or without country code: networks report 8613800138000 for 13800138000."""
    first, second = (number.lstrip("+0") for number in (one, other))
    return bool(first and second) and (first.endswith(second) or second.endswith(first))


def masked_number(number: str) -> str:
    """`13800138000` as `138****8000`."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 9 else f"{number[:1]}****"
