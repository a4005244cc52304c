"""What the plan says of a ward, of a kind of call, and of who is told next."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from appliance.foundation.i18n import Text
from nursecall.board import LINE
from nursecall.calls import CallFacts, Telling
from nursecall.duties import PlanDuties
from nursecall.escalation import Due, due, reached, telling, tree_of
from nursecall.plan import NurseCallPlan
from nursecall.plan_escalation import Tree
from nursecall.plan_types import EMERGENCY, Cancel
from nursecall.plan_wards import Ward
from nursecall.ports import Duties

MOST_URGENT = 1


class Rules:
    """The plan in force, asked in the words of the ward. duties: None for the rosters of the plan."""

    def __init__(self, plan: NurseCallPlan, zone: ZoneInfo, duties: Duties | None = None) -> None:
        self.plan = plan
        self.duties: Duties = duties or PlanDuties(lambda: self.plan, zone)

    def ward(self, identity: str) -> Ward:
        """That ward; one that left the plan while calls were open there keeps them, with the usual patience."""
        return self.plan.ward(identity) or Ward(id=identity, name=Text(zh=identity, en=identity), beds=("-",))

    def in_plan(self, facts: CallFacts) -> bool:
        """Whether its bed is one of the ward's."""
        return facts.bed == LINE or facts.bed in self.ward(facts.ward).beds

    def priority(self, call_type: str) -> int:
        """1 is the most urgent. Nobody knows how urgent a kind is that the plan does not name: so it is that."""
        kind = self.plan.call_type(call_type)
        return MOST_URGENT if kind is None else kind.priority

    def speakable(self, call_type: str) -> bool:
        """Whether such calls are spoken."""
        kind = self.plan.call_type(call_type)
        return kind is None or kind.speakable

    def cancel(self, facts: CallFacts) -> Cancel:
        """Who may end it. An emergency that was once a call of another type is one all the same."""
        kind = self.plan.call_type(facts.call_type)
        return "bedside" if kind is None else kind.cancel

    def becomes_emergency(self, call_type: str) -> bool:
        """Whether such a call, pressed while a nurse is present, is more urgent than it says."""
        kind = self.plan.call_type(call_type)
        return kind is not None and kind.presses_are_emergency and kind.priority > self.priority(EMERGENCY)

    def assigned(self, facts: CallFacts, now: datetime) -> tuple[str, ...]:
        """Names of those to whom its bed is assigned."""
        return tuple(person.name for person in self.duties.assigned(facts.ward, facts.bed, now))

    def lines_of(self, ward: str) -> list[str]:
        """The lines whose messages may mean that ward."""
        return [line.id for line in self.plan.lines if ward in {named for _, named in line.wards_named()}]

    def wards_of(self, line: str) -> list[str]:
        """The wards that a line's messages may mean, each once, its own first."""
        named = (named for known in self.plan.lines if known.id == line for _, named in known.wards_named())
        return list(dict.fromkeys(named))

    def due(self, facts: CallFacts, now: datetime) -> Due | None:
        """What comes next for a call that nobody has answered."""
        return due(self._tree(facts), facts, now)

    def telling(self, facts: CallFacts, now: datetime) -> Telling | None:
        """The next turn of its tree, and those whom that reaches now."""
        tree = self._tree(facts)
        next_ = due(tree, facts, now)
        if next_ is None:
            return None
        to = reached(next_.turn.step, self.ward(facts.ward), facts, now, self.duties)
        return telling(tree, next_.turn, to)

    def _tree(self, facts: CallFacts) -> Tree:
        return tree_of(self.plan, self.ward(facts.ward), facts, self.duties)
