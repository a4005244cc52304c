"""Numbers as carriers want them."""

from __future__ import annotations

import pytest

from pbx.numbers import Form, carrier_form


@pytest.mark.parametrize(
    ("number", "form", "country", "dialled"),
    [
        ("8613800138000", "e164", "CN", "8613800138000"),
        ("8613800138000", "plus", "CN", "+8613800138000"),
        ("8613800138000", "national", "CN", "013800138000"),
        ("8657188880000", "national", "CN", "057188880000"),
        ("8610086", "national", "CN", "10086"),
        ("8610086", "e164", "CN", "10086"),
        ("8695588", "plus", "CN", "95588"),
        ("85223456789", "e164", "HK", "85223456789"),
        ("864008001234", "national", "CN", "4008001234"),
        ("12125550123", "national", "CN", "0012125550123"),
        ("12125550123", "national", "US", "12125550123"),
        ("85223456789", "national", "HK", "23456789"),
    ],
)
def test_a_number_in_a_carriers_form(number: str, form: Form, country: str, dialled: str) -> None:
    """E.164 in, what is dialled out."""
    assert carrier_form(number, form, country) == dialled
