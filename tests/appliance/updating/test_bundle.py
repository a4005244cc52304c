"""What the installer prints, of the versions of Debian 12 and 13."""

from __future__ import annotations

import json

import pytest

from appliance.updating import trouble
from appliance.updating.bundle import described, failure, progress, refusal
from appliance.updating.release import COMPATIBLE
from tests.appliance.updating.boxes import NEWER

PRINTED = json.dumps({"compatible": COMPATIBLE, "version": NEWER.version, "build": NEWER.build})


@pytest.mark.parametrize(
    "said",
    [
        "rauc-Message: 21:55:48.465: Verified inline signature by 'CN = Hospital IT'\n",
        "Verified inline signature by CN=Hospital IT\n",
        "Verified inline signature by O = Renhe, CN = Hospital IT\n",
    ],
)
def test_the_signer_is_named(said: str) -> None:
    """With quotes or without, whatever else the certificate says."""
    assert described(PRINTED, said, 5).signed_by == "Hospital IT"


def test_progress_is_read_line_by_line() -> None:
    """Other lines are none."""
    assert progress(" 40% Verifying signature done.\n") == (40, "Verifying signature done.")
    assert progress("LastError: Failed mounting bundle\n") is None


def test_why_it_failed_is_the_installers_last_word() -> None:
    """Or whatever it said last; words that nobody foresaw are handed on, not swallowed."""
    assert failure(" 60% Checking\nLastError: Failed mounting bundle\nidle\n").facts == {
        "why": "Failed mounting bundle"
    }
    assert failure("").facts == {"why": "?"}
    assert refusal("something new\n").why == trouble.REFUSED
    assert refusal("Bundle format 'plain' not allowed\n").why == trouble.NOT_A_BUNDLE
