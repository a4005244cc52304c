"""Sentences to sound files for the rest of the house: from the cache, the worker's voices, or the espeak-ng command."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.health import State
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Language
from tts import wav
from tts.cache import LIMIT, Cache
from tts.chime import chime
from tts.pinyin import Pinyin
from tts.plan import SpeechPlan
from tts.preparation import Preparation
from tts.voice import Spoken, Voice, VoiceFailed, speakable
from tts.voices import Health, Voices, real

FORMAT = 1
"""Raised whenever the same words would be finished differently, so that old files are not heard any more."""

LONGEST_FOR_LATER = 60
"""Syllables. The good voice may take as long to make a sentence as to say it; longer ones are the telephone's."""

MOST_FOR_LATER = 50
"""So many sentences that were just said by another voice wait for the good one; more is a box that is overrun."""

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

    Nobody waits for the good voice: what it has not said yet, another says at once, and it says it for the next time.

    socket: the worker's. cache: directory of rendered sentences. limit: bytes of them.
    voices: for tests; by default those of the worker at `socket`, as the plan chooses, and the espeak-ng command.
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
        self._voices = voices or real(socket, _chosen(plan), self._health, reactor=reactor, clock=clock)
        self._cache = Cache(cache, self._cache_became, limit)
        self._tasks = Tasks()
        self._underway: dict[str, list[Deferred[None]]] = {}
        self._for_later = 0
        self._preparation = Preparation(
            clock, self._health, self._is_prepared, self._prepare, lambda: self._voices.good.well and self._cache.roomy
        )
        self.replan(plan)

    def replan(self, plan: SpeechPlan) -> None:
        """Speak by another plan from now on."""
        self._plan = plan
        self._voices.good.choose(_chosen(plan))
        self._pinyin = Pinyin(plan.pinyin)
        for word in self._pinyin.faults:
            self.log.warn("the plan's reading of {word} is no pinyin and is not used", word=word)

    def start(self) -> None:
        """Find the worker and prove the fallback."""
        self._cache.start()
        self._voices.start()

    def stop(self) -> None:
        """Say no more."""
        self._preparation.stop()
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

    def prepare(self, sentences: Sequence[tuple[str, Language]]) -> None:
        """Have the good voice make these in advance, in this order, whenever it has nothing else to say."""
        self._preparation.begin(sentences)

    def clip_path(self, key: str) -> Path | None:
        """The file of a clip that was said; None when there is none."""
        kept = self._cache.find(key)
        return kept[0] if kept is not None else None

    def chime_path(self) -> Path | None:
        """The chime, a file that needs no voice; None only where no file can be written at all."""
        return self._cache.fixed("chime.wav", _chime())

    def telephone_chime(self) -> Path | None:
        """The same for the telephone, 8 kHz: heard where a voice should be."""
        return self._cache.fixed("chime-telephone.wav", _telephone_chime())

    def _speakable(self, text: str, language: Language) -> Spoken:
        return speakable(text, language, self._plan.speed, self._pinyin, self._plan.one)

    async def _say(self, spoken: Spoken) -> Clip | None:
        voices = self._voices
        for voice in (voices.good, voices.worker, voices.fallback):
            if (kept := self._find(spoken, voice)) is not None:
                self._next_time(spoken, voice)
                return kept
        for voice in (voices.worker, voices.fallback):
            await self._rendered(spoken, voice, urgent=True)
            if (clip := self._find(spoken, voice)) is not None:
                self._next_time(spoken, voice)
                return clip
        return None

    def _next_time(self, spoken: Spoken, heard: Voice) -> None:
        """It was heard at once; a better voice than `heard` says it the next time."""
        voices = self._voices
        if heard is voices.good or self._for_later >= MOST_FOR_LATER:
            return
        if voices.good.well and spoken.syllables <= LONGEST_FOR_LATER:
            self._tasks.start(self._later(spoken, voices.good), "a sentence for the next time")
        elif heard is voices.fallback:
            self._tasks.start(self._later(spoken, voices.worker), "a sentence for the next time")

    async def _later(self, spoken: Spoken, voice: Voice) -> None:
        self._for_later += 1
        try:
            # Before the good voice's preparations; nobody waits for it, but somebody has called.
            await self._rendered(spoken, voice, urgent=voice is self._voices.good)
        finally:
            self._for_later -= 1

    def _is_prepared(self, sentence: tuple[str, Language]) -> bool:
        spoken = self._speakable(*sentence)
        return not spoken.words or self._find(spoken, self._voices.good) is not None

    async def _prepare(self, sentence: tuple[str, Language]) -> None:
        await self._rendered(self._speakable(*sentence), self._voices.good, urgent=False)

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
            sound = await self._voices.say(voice, spoken, urgent=urgent)
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


def _chosen(plan: SpeechPlan) -> Mapping[Language, str]:
    return {"zh": plan.voice.zh, "en": plan.voice.en}


def _key(spoken: Spoken, voice: Voice) -> str:
    return _hash(voice.name, spoken.language, str(spoken.speed), spoken.words)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join((str(FORMAT), *parts)).encode()).hexdigest()[:32]


@cache
def _chime() -> bytes:
    return wav.write(chime())


@cache
def _telephone_chime() -> bytes:
    return wav.write(wav.for_telephone(chime()))
