"""What of the daemon's settings names the box's old address, after a new one was confirmed."""

from __future__ import annotations

import stat
from collections.abc import Collection
from pathlib import Path

from appliance.foundation import durable
from appliance.foundation.config import parse
from appliance.foundation.toml_edit import with_value
from appliance.network.record import Change
from appliance.settings import Settings


def follow(settings_file: Path, change: Change, own: Collection[str]) -> str:
    """Have telephones told the new address, where they were told one that the box had before and has no more.

    own: the box's addresses now. The new one; empty where nothing follows. Raises OSError, Faulty; then the settings
    are as they were.
    """
    text = settings_file.read_text("utf-8")
    asked = parse(text, Settings).provisioning
    told = str(change.wanted.fixed.ip) if change.wanted.fixed else next(iter(own), "")
    if asked is None or asked.host not in change.was_at or asked.host in own or not told:
        return ""
    after = with_value(text, ("provisioning", "host"), told)
    parse(after, Settings)
    durable.write(settings_file, after.encode(), stat.S_IMODE(settings_file.stat().st_mode))
    return told
