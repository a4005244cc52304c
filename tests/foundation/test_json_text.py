"""JSON from a wire: a value, or a ValueError."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.foundation import json_text


@given(st.one_of(st.binary(max_size=80), st.text(max_size=80)))
@example(b"[" * 100_000)
@example('{"a":' * 100_000)
@example(b"1" * 10_000)
def test_whatever_comes_is_a_value_or_a_value_error(sent: bytes | str) -> None:
    """Nothing else is ever raised, however deep the brackets."""
    try:
        json_text.loads(sent)
    except ValueError:
        return


def test_what_is_sound_is_read() -> None:
    """As the standard library does."""
    assert json_text.loads('{"a": [1, "床"]}') == {"a": [1, "床"]}
    with pytest.raises(ValueError, match="nested too deeply"):
        json_text.loads("[" * 100_000)
