"""Who is kept out of the exchange, and other boxes of the hospital that are reached over a trunk of our own."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.values import Language
from pbx.plan_branches import Branch
from pbx.plan_guard import GuardPlan
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import called

GUARD = Layout(
    name="guard",
    path=("pbx", "guard"),
    home="/exchange/security",
    title="Who is refused",
    help="Whoever tries secrets or numbers that are not there is refused unread, whatever comes from that address. "
    "A carrier that a trunk names by its address never is.",
    item=Shape(
        GuardPlan,
        (
            Group(
                "When somebody is refused",
                (
                    Field("failures", "Refused after so many failures …"),
                    Field("minutes", "… within (minutes)"),
                    Field(
                        "ban_minutes",
                        "For how long (minutes)",
                        "The first time, the second, and so on; the last counts from then on. A week without forgives.",
                        hint="10, 60, 1440",
                        wrong="Whole numbers that grow: 10, 60, 1440.",
                    ),
                ),
            ),
            Group(
                "Never refused",
                (
                    Field(
                        "allow",
                        "Networks and addresses",
                        "Of wards and gateways, so that a telephone with a wrong secret does not lock out its "
                        "neighbours.",
                        hint="10.8.0.0/16, 192.168.10.5",
                        wide=True,
                    ),
                ),
            ),
        ),
    ),
)


def cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    """The trunk, what is dialled, and how they call back."""
    numbers = ", ".join(map(str, doc.get("numbers", [])))
    prefix = str(doc.get("prefix") or "")
    return called(names["trunks"], str(doc.get("trunk", ""))), prefix or "–", numbers, str(doc.get("ours") or "–")


BRANCHES = Layout(
    name="branches",
    path=("pbx", "branches"),
    home="/exchange/edit/branches",
    title="Branches",
    one="branch",
    help="Boxes of ours at other sites, each at the end of a trunk that carries nothing else. Calls to their numbers "
    "are inside calls. Make the trunk first; at the other site the same is said the other way round.",
    item=Shape(
        Branch,
        (
            Group(
                "The other site",
                (
                    Field("trunk", "Trunk to it", "It carries no other calls.", ref="trunks"),
                    Field(
                        "numbers",
                        "Extensions there",
                        hint="8001-8100",
                        wrong="Numbers, or runs of them such as 8001-8010.",
                    ),
                    Field(
                        "prefix",
                        "Dialled here before them",
                        "Needed where the same numbers are here too.",
                        hint="71",
                        usual="nothing",
                        wrong="Digits only, six at most.",
                    ),
                    Field(
                        "ours",
                        "Dialled there before ours",
                        "With it, whoever is called there sees the number that calls back.",
                        hint="72",
                        usual="nothing",
                        wrong="Digits only, six at most.",
                    ),
                ),
            ),
        ),
    ),
    columns=("Trunk to it", "Dialled here before them", "Extensions there", "Dialled there before ours"),
    cells=cells,
    dialled=True,
)
