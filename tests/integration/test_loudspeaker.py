"""A loudspeaker by ALSA's own aplay, and by programs that misbehave in its place."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from twisted.internet.defer import Deferred

from tests import real_reactor
from tests.speech import alive
from tts.chime import chime
from tts.loudspeaker import Loudspeaker
from tts.places import Unheard, mixed
from tts.wav import parse


def play(device: str, command: str = "aplay") -> None:
    real_reactor.run(Loudspeaker(device, reactor=real_reactor.start(), command=command).play(mixed("call", chime(), 1)))


def test_a_sound_is_played() -> None:
    """To ALSA's null device: aplay takes the whole of it and ends well."""
    play("null")


def test_a_card_that_is_not_there_says_so() -> None:
    """In aplay's own words."""
    with pytest.raises(Unheard, match=r"audio open error|No such"):
        play("plughw:77,0")


def test_the_whole_sound_goes_in(tmp_path: Path) -> None:
    """The device and nothing else is an argument; the sound comes by standard input, whole."""
    command = _script(tmp_path, f'echo "$@" >{tmp_path}/arguments\ncat >{tmp_path}/heard.wav')
    play("plughw:1,0", command)
    assert (tmp_path / "arguments").read_text().strip() == "-q -t wav -D plughw:1,0 -"
    assert parse((tmp_path / "heard.wav").read_bytes()).seconds == mixed("call", chime(), 1).seconds


def test_one_that_fails_without_a_word(tmp_path: Path) -> None:
    """Its exit code is what is known."""
    with pytest.raises(Unheard, match="exit code 3"):
        play("null", _script(tmp_path, "cat >/dev/null; exit 3"))


def test_one_that_ends_before_it_has_taken_the_sound(tmp_path: Path) -> None:
    """A broken pipe harms nobody."""
    with pytest.raises(Unheard, match="exit code 1"):
        play("null", _script(tmp_path, "exit 1"))


def test_one_that_hangs_is_killed_when_it_is_given_up(tmp_path: Path) -> None:
    """No process is left."""
    command = _script(tmp_path, f"echo $$ >{tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exec sleep 600")
    speaker = Loudspeaker("null", reactor=real_reactor.start(), command=command)

    async def give_up() -> None:
        playing = Deferred.fromCoroutine(speaker.play(chime()))
        playing.addErrback(lambda _: None)
        while not (tmp_path / "pid").exists():
            await _turn()
        playing.cancel()

    real_reactor.run(give_up())
    pid = int((tmp_path / "pid").read_text())
    if alive(pid):
        psutil.wait_procs([psutil.Process(pid)], timeout=30)
    assert not alive(pid)


def test_without_aplay() -> None:
    """Said, not crashed."""
    with pytest.raises(Unheard, match="not installed"):
        play("null", "aplay-that-is-not-there")


def _turn() -> Deferred[None]:
    turn: Deferred[None] = Deferred()
    real_reactor.start().callLater(0, turn.callback, None)
    return turn


def _script(directory: Path, text: str) -> str:
    path = directory / "aplay"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)
