"""What nurses answer with their thumbs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sms.replies import Meaning, meaning


@pytest.mark.parametrize("text", ["1", "１", "1.", " 1 ", "1。", "收到", "收到！", "ok", "OK.", "Ok", "好的", "\n1\n"])
def test_yes(text: str) -> None:
    """However it is typed."""
    assert meaning(text) == "accept"


@pytest.mark.parametrize(("text", "meant"), [("2", "pass"), ("２.", "pass"), ("11", None), ("", None), ("1号床?", None),
                                              ("not ok", None), ("退订", None)])  # fmt: skip
def test_anything_else(text: str, meant: Meaning | None) -> None:
    """Only a plain answer is an answer."""
    assert meaning(text) == meant


@given(st.text())
def test_whatever_is_written_is_read(text: str) -> None:
    """No exception."""
    assert meaning(text) in ("accept", "pass", None)
