"""These tests need what `make voice` installs, and a judge: run them by `make test-voice`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.foundation.clock import ReactorClock
from appliance.foundation.health import State
from appliance.foundation.values import Language
from tests import real_reactor
from tests.speech import HOUSE, WorkerProcess
from tts.kokoro_model import Model
from tts.voice_link import WorkerVoice
from tts.voice_parts import good

VOICES: dict[Language, str] = {"zh": "zf_xiaobei", "en": "af_heart"}


@pytest.fixture(scope="session")
def model() -> Model:
    """As `make voice` put it together."""
    model = Model(HOUSE / "build" / "voice")
    assert model.installed, "make voice first"
    return model


@pytest.fixture(scope="session")
def kokoro(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerVoice]:
    """The good voice, its worker up."""
    states = real_reactor.Heard[State]()
    reactor = real_reactor.start()
    worker = WorkerProcess(tmp_path_factory.mktemp("good"), model.directory)
    worker.start()
    voice = WorkerVoice(
        good(VOICES),
        worker.socket,
        reactor=reactor,
        clock=ReactorClock(reactor),
        told=lambda state, _="", /, **facts: states.append(state),
    )
    real_reactor.call(voice.start)
    real_reactor.run(states.until(lambda heard: State.UP in heard), timeout=400)
    yield voice
    real_reactor.call(voice.stop)
    worker.stop()


def kept(name: str) -> Path:
    """Where a test leaves figures for docs/speech.md."""
    place = HOUSE / "build" / "voice-figures"
    place.mkdir(parents=True, exist_ok=True)
    return place / name
