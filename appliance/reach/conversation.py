"""Carries out a talk of `nursecall.voice_call` on a telephone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from appliance.foundation.values import Language
from appliance.reach.ports import Party, Prompts
from nursecall.voice_call import Act, Answer, Answered, Ask, Connect, Talk
from pbx.accepting import put

SPOKEN = "spoken"


class Conversation:
    """With one person, in one language. Goes on without sound while speech is down.

    note: told what the person does about the call. connect: connects them with the bed; whether they spoke.
    """

    def __init__(
        self,
        party: Party,
        prompts: Prompts,
        language: Language,
        note: Callable[[Answer], Awaitable[object]],
        connect: Callable[[], Awaitable[bool]],
    ) -> None:
        self._party, self._prompts, self._language = party, prompts, language
        self._note, self._connect = note, connect

    async def hold(self, talk: Talk) -> None:
        """The whole talk. Raises HungUp."""
        act = next(talk)
        while True:
            came = await self.do(act)
            try:
                act = talk.send(came)
            except StopIteration:
                return

    async def do(self, act: Act) -> str:
        """One act, and what came of it. Raises HungUp."""
        match act:
            case Ask():
                return await put(act, self._party, self._prompts, self._language)
            case Answered(answer):
                await self._note(answer)
            case Connect():
                return SPOKEN if await self._connect() else ""
        return ""
