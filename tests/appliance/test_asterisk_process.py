"""Asterisk seen from outside: whose calls are whose, when one was killed in mid-talk and the next began at once."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from appliance.asterisk_process import AsteriskProcess
from appliance.settings import Settings
from pbx.engine.program import call_records
from tests.real_reactor import reactor, run


@pytest.mark.parametrize(("after", "calls"), [(-2.0, 0), (0.5, 0), (3.0, 1)])
def test_a_call_that_was_killed_just_before_is_not_this_ones(tmp_path: Path, after: float, calls: int) -> None:
    """The system tells when a process began only to about a second: a call that long after it was the last one's."""
    settings = Settings(directory=tmp_path)
    file = call_records(settings.asterisk)
    file.parent.mkdir(parents=True)
    began = datetime.fromtimestamp(psutil.Process(os.getpid()).create_time(), UTC)
    at = f"{(began + timedelta(seconds=after)).timestamp():.6f}"
    answers = [{"eventtype": "ANSWER", "eventtime": at, "uniqueid": leg, "linkedid": "1.0"} for leg in ("1.0", "1.1")]
    file.write_text("".join(f"{json.dumps(answer)}\n" for answer in answers))
    assert run(AsteriskProcess(settings, reactor).talking(os.getpid())) == calls
