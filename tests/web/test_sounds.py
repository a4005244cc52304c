"""Sounds of the hospital at the panel, over HTTP."""

from __future__ import annotations

import io
import wave

import pytest

from tests.web.browser import Hospital, hospital
from web.pages.sounds import uses


@pytest.fixture
def house() -> Hospital:
    return hospital()


def test_a_sound_is_checked_kept_and_listened_to(house: Hospital) -> None:
    """What is no sound is refused in words; the other is 8 kHz, one channel."""
    it = house.browser("it")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
        file.writeframes(b"\1\2\3\4" * 44100)
    csrf = it.get("/exchange/sounds").csrf
    for content, status in ((b"no sound", 422), (out.getvalue(), 303)):
        edge = b"--x\r\ncontent-disposition: form-data; name="
        body = edge + b'"csrf"\r\n\r\n' + csrf.encode() + b"\r\n" + edge + b'"name"\r\n\r\nspring\r\n'
        body += edge + b'"file"; filename="a.wav"\r\n\r\n' + content + b"\r\n--x--\r\n"
        reply = it.post_bytes("/exchange/sounds", "multipart/form-data; boundary=x", body)
        assert reply.status == status
    page = it.get("/exchange/sounds").text
    assert "Kept as spring-" in page
    assert "nowhere yet" in page
    [kept] = house.cardboard.house.menus.sounds.every()
    with wave.open(io.BytesIO(it.get(f"/exchange/sounds/{kept.file}").body)) as heard:
        assert (heard.getframerate(), heard.getnchannels()) == (8000, 1)
    assert it.get("/exchange/sounds/bell.wav").body[:4] == b"RIFF"
    assert it.get("/exchange/sounds/none.wav").status == 404
    assert f"Kept as {kept.file}" in it.get(f"/exchange/sounds?new={kept.file}").text
    assert house.browser("nurse").get("/exchange/sounds").status == 403


def test_where_each_is_used(house: Hospital) -> None:
    """Ring-back, hold music, menus."""
    plan = house.cardboard.house.pbx()
    inbound = plan.inbound.model_copy(
        update={"ring_back": "bell", "rules": (plan.inbound.rules[0].model_copy(update={"ring_back": "a-1.wav"}),)}
    )
    features = plan.features.model_copy(update={"hold_music": ("a-1.wav",)})
    found = uses(plan.model_copy(update={"inbound": inbound, "features": features}), "en")
    assert found["bell"] == ["Ring-back of all calls from outside"]
    assert found["a-1.wav"] == ["Ring-back of rule “By day”", "Hold music"]
