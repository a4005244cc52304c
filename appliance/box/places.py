"""Where things lie on a box that was started from the image (image-build/)."""

from __future__ import annotations

from pathlib import Path

DATA = Path("/data")
"""The data partition: all that outlives an update."""
KEPT = DATA / "system"
"""Of the box itself: its last good file, its keys, its machine id."""
HOME = DATA / "nightbell"
"""Of the daemon: settings, records, recordings."""
SETTINGS = HOME / "nightbell.toml"
LAST_GOOD = KEPT / "nightbell.toml"
MACHINE_ID = KEPT / "machine-id"

RUN = Path("/run/nightbell")
COMPLAINT = RUN / "complaint"
"""What is wrong with the file on the boot partition, one fault a line; absent when nothing is."""
LANGUAGE = RUN / "language"
FIRST_CODE = HOME / "first-code"
"""The administrator's one-time code, until they have changed it."""
BROUGHT_PLAN = RUN / "plan.toml"
"""The plan that lay beside the box's file on the boot partition, if one did."""
FROM_STICK = RUN / "from-stick"
"""There where the box was started from a USB stick."""
WAS_RESET = HOME / "was-reset"
"""Which factory reset was done at the console, until the new journal has it."""
NAME_ON_DISK = "nightbell.toml"
ADMIN = "admin"
"""The first log-in."""
