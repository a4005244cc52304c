"""What is wrong with a plan of calls out is said in one sentence that names the place, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.foundation.config import Faulty, parse
from appliance.plan import Plan

SAMPLE = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "path", "english"),
    [
        ('rights = "ward" ', 'rights = "wards" ', "pbx.extensions[0].rights", "there is no class of service 'wards'"),
        ('rights = "ward" ', 'may_dial = []\nrights = "ward" ', "pbx.extensions[0].may_dial",
         "the class of service says already what may be dialled"),
        ('schedule = "office"', 'schedule = "night"', "pbx.outgoing.classes[2].times[0].schedule",
         "there is no schedule 'night'"),
        ('id = "administration"', 'id = "ward"', "pbx.outgoing.classes[2].id", "'ward' is used twice"),
        ('trunks = ["mobile"]', 'trunks = ["broadnet"]', "pbx.outgoing.routes[0].trunks[0]",
         "there is no trunk 'broadnet'"),
        ("seconds = 600, warning = 30", "seconds = 20, warning = 30", "pbx.outgoing.classes[1].limits[0].warning",
         "the warning would come before the call begins"),
        ('access = "9" ', 'always_access = true #', "pbx.outgoing.always_access",
         "there is no access code that could be dialled"),
        ('access = "9" ', 'hide_code = "*82" #', "pbx.outgoing.show_code", "is the code that hides the number"),
        ('access = "9" ', 'codes = ["17"] #', "pbx.outgoing.codes[0]",
         "'17' is not a prefix code of 3 to 8 digits, such as 17909"),
        ('id = "administration"', 'id = "administration"\nareas = ["0571"]', "pbx.outgoing.classes[2].areas[0]",
         "'0571' is not a code without its leading 0, such as 571"),
        ('carriers = ["China Mobile"]', 'prefixes = ["+86"]', "pbx.outgoing.routes[0].prefixes[0]",
         "'+86' is not E.164 digits, such as 86571"),
        ('numbers = "8091-8100"', 'numbers = "9110"', "pbx.emergency[0]", "9110 is an extension too"),
    ],
)  # fmt: skip
def test_a_fault_names_its_place(old: str, new: str, path: str, english: str) -> None:
    """The line it stands on, and the Chinese of it."""
    assert old in SAMPLE
    with pytest.raises(Faulty) as faulty:
        parse(SAMPLE.replace(old, new, 1), Plan)
    (fault,) = faulty.value.faults
    assert (fault.path, fault.message) == (path, english)
    assert fault.line is not None
    assert not re.search(r"[a-z]{4} [a-z]", fault.reason("zh"))
