"""The plan's places as things that sound."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from twisted.internet.base import ReactorBase

from appliance.foundation.config import Faulty, parse
from appliance.loudspeakers import Loudspeakers
from appliance.plan import Plan
from pbx.paging import Unreachable
from tests.fakes.clock import FakeClock
from tests.support import now
from tts.chime import chime
from tts.places import Placed, Unheard
from tts.wav import TELEPHONE_RATE
from tts.wav import parse as parse_wav

SAMPLE = (Path(__file__).parents[2] / "hospital" / "plan.toml").read_text("utf-8")


def plan(rows: str) -> Plan:
    """The sample hospital with one more place."""
    return parse(f'{SAMPLE}\n[[nursecall.places]]\nid = "p1"\nward = "ward-a"\n{rows}', Plan)


class Phones:
    """Remembers what was announced; `away` answers nobody."""

    def __init__(self) -> None:
        self.announced: list[tuple[str, int, float]] = []
        self.away = False

    async def announce(self, extension: str, prompt: Path) -> None:
        if self.away:
            raise Unreachable("the phone does not answer")
        sound = parse_wav(prompt.read_bytes())
        self.announced.append((extension, sound.rate, sound.seconds))


def placed(rows: str, directory: Path, phones: Phones | None = None, clock: FakeClock | None = None) -> Placed:
    reactor = ReactorBase.__new__(ReactorBase)
    made = Loudspeakers(lambda: phones or Phones(), directory, reactor=reactor, clock=clock or FakeClock())
    [place] = made.of(plan(rows))
    return place


def test_a_place_is_softer_by_night_but_not_for_an_emergency(tmp_path: Path) -> None:
    """By the ward's night hours, at the site's time."""
    clock = FakeClock()
    place = placed('kind = "alsa"\ndevice = "null"\nvolume = 80\nnight_volume = 30\n', tmp_path, clock=clock)
    assert (place.volume(5), place.volume(1)) == (0.8, 0.8)
    clock.advance(timedelta(hours=14))
    assert (place.volume(5), place.volume(2), place.volume(1)) == (0.3, 0.3, 0.8)


def test_a_phone_hears_it_in_the_telephone_s_band(tmp_path: Path) -> None:
    """From a file that is gone afterwards."""
    phones = Phones()
    place = placed('kind = "phone"\nextension = "8001"\n', tmp_path / "scratch", phones)
    now(place.outlet.play(chime()))
    [(extension, rate, seconds)] = phones.announced
    assert (extension, rate) == ("8001", TELEPHONE_RATE)
    assert seconds == pytest.approx(chime().seconds, abs=0.01)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_phone_that_does_not_answer_is_told(tmp_path: Path) -> None:
    """And no file is left."""
    phones = Phones()
    phones.away = True
    place = placed('kind = "phone"\nextension = "8001"\n', tmp_path / "scratch", phones)
    with pytest.raises(Unheard, match="does not answer"):
        now(place.outlet.play(chime()))
    assert not list(tmp_path.rglob("*.wav"))


def test_a_zone_whose_network_card_is_gone_is_told(tmp_path: Path) -> None:
    """In the words of the plan."""
    place = placed('kind = "multicast"\naddress = "239.1.1.1"\ninterface = "eth77"\n', tmp_path)
    with pytest.raises(Unheard, match="eth77"):
        now(place.outlet.play(chime()))


def test_a_phone_of_the_plan_is_an_extension() -> None:
    """The fault names the place."""
    with pytest.raises(Faulty) as why:
        plan('kind = "phone"\nextension = "777"\n')
    [fault] = why.value.faults
    assert fault.path == "nursecall.places[0].extension"
