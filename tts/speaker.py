"""Sentences to sound files for the rest of the house: from the cache, the worker, or the espeak-ng command."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, sleep
from appliance.foundation.health import State
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Language
from tts import wav
from tts.cache import LIMIT, Cache
from tts.chime import chime
from tts.pinyin import Pinyin
from tts.plan import SpeechPlan
from tts.voice import Spoken, Voice, VoiceFailed, speakable
from tts.voices import Health, Voices, real

FORMAT = 1
"""Raised whenever the same words would be finished differently, so that old files are not heard any more."""

BREATH = timedelta(milliseconds=50)
"""Between two sentences made in advance, for everything else the box has to do."""

_NO_CACHE = "Spoken sentences cannot be kept: {why}. They are made anew each time."


@dataclass(frozen=True)
class Clip:
    """A sentence as a WAV file, 22 050 Hz, mono, 16 bit. engine: who said it."""

    key: str
    path: Path
    seconds: float
    engine: str


class Speaker:
    """Says sentences, whatever has failed, or says nothing: never an exception, never more than five seconds.

    socket: the worker's. cache: directory of rendered sentences. limit: bytes of them.
    voices: for tests; by default the worker at `socket` and the espeak-ng command.
    """

    log = Logger()

    def __init__(
        self,
        socket: Path,
        cache: Path,
        plan: SpeechPlan,
        *,
        reactor: ReactorBase,
        clock: Clock,
        bus: Bus,
        limit: int = LIMIT,
        voices: Voices | None = None,
    ) -> None:
        self._clock = clock
        self._health = Health(clock, bus)
        self._voices = voices or real(socket, self._health, reactor=reactor, clock=clock)
        self._cache = Cache(cache, self._cache_became, limit)
        self._tasks = Tasks()
        self._underway: dict[str, list[Deferred[None]]] = {}
        self.replan(plan)

    def replan(self, plan: SpeechPlan) -> None:
        """Speak by another plan from now on."""
        self._plan = plan
        self._pinyin = Pinyin(plan.pinyin)
        for word in self._pinyin.faults:
            self.log.warn("the plan's reading of {word} is no pinyin and is not used", word=word)

    def start(self) -> None:
        """Find the worker and prove the fallback."""
        self._cache.start()
        self._voices.start()

    def stop(self) -> None:
        """Say no more."""
        self._tasks.stop()
        self._voices.stop()
        self._cache.stop()

    async def say(self, text: str, language: Language) -> Clip | None:
        """`text` as a file; None when no voice is left, or there is nothing to say. The chime remains."""
        try:
            spoken = self._speakable(text, language)
            return await self._say(spoken) if spoken.words else None
        except Exception:
            # A fault of ours in here must not keep the chime and the screen from calling.
            self.log.failure("a sentence was not said")
            return None

    async def prompt(self, text: str, language: Language) -> Path | None:
        """`text` for the telephone, 8 kHz mono 16-bit WAV; None when speech is down."""
        clip = await self.say(text, language)
        if clip is None:
            return None
        key = _hash(clip.key, "telephone")
        if (kept := self._cache.find(key)) is not None:
            return kept[0]
        try:
            sound = wav.parse(clip.path.read_bytes())
        except (OSError, ValueError) as why:
            self.log.warn("a sentence could not be read back: {why}", why=why)
            return None
        return self._cache.keep(key, wav.write(wav.for_telephone(sound)))

    async def prepare(self, sentences: Iterable[tuple[str, Language]]) -> int:
        """Render sentences in advance, whenever nobody waits for the worker; returns how many it now has."""
        ready = 0
        for text, language in sentences:
            spoken = self._speakable(text, language)
            if not spoken.words:
                continue
            if self._find(spoken, self._voices.worker) is None:
                await sleep(self._clock, BREATH)
                await self._rendered(spoken, self._voices.worker, urgent=False)
            ready += self._find(spoken, self._voices.worker) is not None
        return ready

    def clip_path(self, key: str) -> Path | None:
        """The file of a clip that was said; None when there is none."""
        kept = self._cache.find(key)
        return kept[0] if kept is not None else None

    def chime_path(self) -> Path | None:
        """The chime, a file that needs no voice; None only where no file can be written at all."""
        return self._cache.fixed("chime.wav", _chime())

    def _speakable(self, text: str, language: Language) -> Spoken:
        return speakable(text, language, self._plan.speed, self._pinyin, self._plan.one)

    async def _say(self, spoken: Spoken) -> Clip | None:
        worker, fallback = self._voices.worker, self._voices.fallback
        if (kept := self._find(spoken, worker)) is not None:
            return kept
        if (kept := self._find(spoken, fallback)) is not None:
            # Heard at once; the worker says it the next time.
            self._tasks.start(self._rendered(spoken, worker, urgent=False), "a sentence for the next time")
            return kept
        for voice in (worker, fallback):
            await self._rendered(spoken, voice, urgent=True)
            if (clip := self._find(spoken, voice)) is not None:
                return clip
        return None

    def _find(self, spoken: Spoken, voice: Voice) -> Clip | None:
        key = _key(spoken, voice)
        kept = self._cache.find(key)
        return Clip(key, *kept, voice.name) if kept is not None else None

    async def _rendered(self, spoken: Spoken, voice: Voice, *, urgent: bool) -> None:
        """Have `voice` say it into the cache if it can; once, however many ask at the same time."""
        key = _key(spoken, voice)
        waiting: Deferred[None] = Deferred()
        if key in self._underway:
            self._underway[key].append(waiting)
        else:
            self._underway[key] = [waiting]
            self._tasks.start(self._render(key, spoken, voice, urgent=urgent), "a sentence")
        await waiting

    async def _render(self, key: str, spoken: Spoken, voice: Voice, *, urgent: bool) -> None:
        try:
            if voice is self._voices.worker:
                sound = await self._voices.by_worker(spoken, urgent=urgent)
            else:
                sound = await self._voices.by_fallback(spoken)
            self._cache.keep(key, wav.write(wav.finish(sound)))
        except VoiceFailed as why:
            self.log.debug("{voice} did not speak: {why}", voice=voice.name, why=why)
        finally:
            for waiting in self._underway.pop(key):
                if not waiting.called:
                    waiting.callback(None)

    def _cache_became(self, fault: str | None) -> None:
        if fault is None:
            self._health.tell("speech:cache", State.UP)
        else:
            self._health.tell("speech:cache", State.DEGRADED, _NO_CACHE, why=fault)


def _key(spoken: Spoken, voice: Voice) -> str:
    return _hash(voice.name, spoken.language, str(spoken.speed), spoken.words)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join((str(FORMAT), *parts)).encode()).hexdigest()[:32]


@cache
def _chime() -> bytes:
    return wav.write(chime())
