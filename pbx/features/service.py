"""Star codes: each is served, and confirmed by a sentence."""

from __future__ import annotations

from collections.abc import Callable

from pbx.features.codes import KEPT, Asked, asked
from pbx.features.parking import Parking
from pbx.features.picking_up import PickUp
from pbx.features.speaking import Speaking
from pbx.features.wishes import WishBook
from pbx.incoming import IncomingCall
from pbx.plan_features import FeaturesPlan
from pbx.seating.reception import Reception

NO_SUCH_CODE = "This code does not exist."
NOT_THERE = "Calls cannot be forwarded to this number."
NOT_YOURS = "The calls of this telephone may not be taken over."
DONE = {
    ("forward_always", True): "All calls are forwarded to {digits}.",
    ("forward_always", False): "Calls are no longer forwarded.",
    ("forward_busy", True): "Calls are forwarded to {digits} when this telephone is busy.",
    ("forward_busy", False): "Calls are no longer forwarded when this telephone is busy.",
    ("forward_no_answer", True): "Calls are forwarded to {digits} when nobody answers.",
    ("forward_no_answer", False): "Calls are no longer forwarded when nobody answers.",
    ("follow_me", True): "Your calls ring at {digits}.",
    ("follow_me", False): "Your calls ring here again.",
    ("take_over", True): "The calls of {digits} ring here.",
    ("take_over", False): "Here ring only calls to this telephone.",
    ("do_not_disturb", True): "This telephone does not ring any more.",
    ("do_not_disturb", False): "This telephone rings again.",
    ("call_waiting", True): "A second call is let through.",
    ("call_waiting", False): "While you talk, callers hear that you are busy.",
}


class StarService:
    """may_forward: whether an extension may have its calls go to a number. extensions: all there are."""

    def __init__(
        self,
        plan: FeaturesPlan,
        extensions: frozenset[str],
        group: Callable[[str], frozenset[str]],
        wishes: WishBook,
        pick_up: PickUp,
        parking: Parking,
        speaking: Speaking,
        may_forward: Callable[[str, str], bool],
        reception: Reception,
    ) -> None:
        self._plan, self._extensions, self._group = plan, extensions, group
        self._wishes, self._pick_up, self._parking, self._speaking = wishes, pick_up, parking, speaking
        self._may_forward, self._reception = may_forward, reception

    async def serve(self, caller: IncomingCall) -> None:
        """Do what was dialled. Raises HungUp."""
        wanted = asked(caller.dialled, self._plan.used())
        if wanted is None:
            await self._speaking.say(caller, NO_SUCH_CODE, refused=True)
        elif wanted.feature == "pick_up":
            await self._pick_up.serve(caller, wanted.number)
        elif wanted.feature == "park":
            await self._parking.serve(caller)
        elif wanted.feature == "seat":
            await (self._reception.come(caller, wanted.number) if wanted.on else self._reception.go(caller))
        else:
            await self._set(caller, wanted)

    async def _set(self, caller: IncomingCall, wanted: Asked) -> None:
        who = caller.extension
        if wanted.feature == "take_over":
            refused = await self._take_over(who, wanted)
        elif wanted.feature in KEPT:
            refused = await self._forward(who, wanted)
        else:
            await self._wishes.change(who, who, **{wanted.feature: wanted.on})
            refused = ""
        said = refused or DONE[wanted.feature, wanted.on]
        await self._speaking.say(caller, said, refused=bool(refused), digits=" ".join(wanted.number))

    async def _forward(self, who: str, wanted: Asked) -> str:
        inside_only = wanted.feature == "follow_me"
        if wanted.on and (
            wanted.number == who
            or (inside_only and wanted.number not in self._extensions)
            or not self._may_forward(who, wanted.number)
        ):
            return NOT_THERE
        await self._wishes.change(who, who, **{KEPT[wanted.feature]: wanted.number})
        return ""

    async def _take_over(self, who: str, wanted: Asked) -> str:
        """Calls of another ring here: the same as if he had said that he is here."""
        if not wanted.on:
            for extension in self._extensions:
                if self._wishes.of(extension).follow_me == who:
                    await self._wishes.change(extension, who, follow_me="")
            return ""
        allowed = self._plan.take_over == "anyone" or (
            self._plan.take_over == "group" and wanted.number in self._group(who)
        )
        if not allowed or wanted.number not in self._extensions or wanted.number == who:
            return NOT_YOURS
        await self._wishes.change(wanted.number, who, follow_me=who)
        return ""
