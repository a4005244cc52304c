"""Recordings of made-up talk in a house of cardboard."""

from __future__ import annotations

import os
from datetime import timedelta

import numpy as np

from pbx.leg import Leg
from pbx.plan_recording import Format
from pbx.recording import store
from pbx.recording.formats import RATE, Sound
from pbx.recording.rule import Ends
from pbx.recording.talk import Talk
from pbx.recording.workshop import Workshop
from tests.fakes.clock import FakeClock
from tests.fakes.house import CardboardHouse


def speech(seconds: float, left: int = 440, right: int = 1000) -> Sound:
    """One says a tone for a second or so, then the other says theirs; louder and softer, as people are."""
    at = np.arange(round(RATE * seconds)) / RATE
    turns = np.sin(2 * np.pi * at / 7) > 0
    loud = 4000 + 3500 * np.sin(2 * np.pi * at * 0.7) * np.sin(2 * np.pi * at * 3.1)
    sides = [loud * np.sin(2 * np.pi * tone * at) * ours for tone, ours in ((left, turns), (right, ~turns))]
    return np.stack(sides, axis=1).astype("<i2")


def talked(
    house: CardboardHouse, identity: str, seconds: float = 20, form: Format = "alaw", *, called: str = "13800138000",
    ago: timedelta = timedelta(hours=1),
) -> Sound:  # fmt: skip
    """8001 spoke with somebody outside, and it is kept."""
    heard, places = speech(seconds), house.house.recordings._places
    ended = house.clock.now() - ago
    talk = Talk("c1", Leg("l1"), Leg("l2"), "b1", "8001", called, Ends("out", ("8001",)), "telecom")
    with house.database.engine.begin() as connection:
        begun = ended - timedelta(seconds=seconds)
        store.begin(connection, identity, talk, "wards", form, begun, timedelta(days=180))
        store.end(connection, identity, ended)
    raw = places.raw(identity)
    raw.write_bytes(heard.tobytes())
    os.utime(raw, (ended.timestamp(),) * 2)
    Workshop(house.database.engine, places, FakeClock(house.clock.now() + timedelta(minutes=1))).work()
    return heard
