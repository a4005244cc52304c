"""A request to root lies there whole, is taken once, and whatever else lies there is nothing, and gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.foundation import request_file


def test_it_is_left_and_taken_once(tmp_path: Path) -> None:
    """For nobody's eyes but the two."""
    file = tmp_path / "home" / "request"
    request_file.leave(file, {"what": "install", "by": "王"})
    assert file.stat().st_mode & 0o777 == 0o600
    assert request_file.read(file) == {"what": "install", "by": "王"}
    assert request_file.take(file) == {"what": "install", "by": "王"}
    assert request_file.take(file) is None


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe{", b"[1]", b"null", b"7", b'{"a": ' + b" " * 20_000 + b"1}", b"[" * 16_000]
)
def test_whatever_lies_there_is_gone_once_it_was_looked_at(tmp_path: Path, content: bytes) -> None:
    """Or systemd would start the reader for it for ever."""
    file = tmp_path / "request"
    file.write_bytes(content)
    assert request_file.read(file) is None
    assert request_file.take(file) is None
    assert not file.exists()
