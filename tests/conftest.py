"""What every test goes by."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no fault of the code: no example is judged by the clock.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
