"""What every test goes by."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings

from tests import sharing_out

# A busy machine is no fault of the code: no example is judged by the clock.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Whole files to one process, what waits first."""
    return sharing_out.scheduler(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In the order in which they are shared out, where they are."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: sharing_out.turn(item.nodeid))
