"""What every billing test needs."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from appliance.foundation import pins


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hash at its least cost: thousands of accounts are opened here."""
    monkeypatch.setattr(pins, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
