"""Questions of voice menus to other systems' databases."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.foundation.values import Language
from pbx.ivr.plan import Query
from web.forms.layout import Doc, Field, Group, Layout, Shape
from web.forms.names import Names
from web.layouts.common import ID, SECONDS_FOR_ANSWER


def cells(doc: Doc, names: Names, language: Language) -> Sequence[str]:
    """Its name, and what it asks."""
    return str(doc.get("id", "")), " ".join(str(doc.get("sql", "")).split())


LAYOUT = Layout(
    name="queries",
    path=("pbx", "queries"),
    home="/exchange/menus",
    title="Database queries",
    one="query",
    help="Questions to another system's database, for menus with a node “database look-up”. They only read.",
    item=Shape(
        Query,
        (
            Group(
                "",
                (
                    ID,
                    SECONDS_FOR_ANSWER,
                    Field(
                        "url",
                        "The database's address, with its password",
                        "As SQLAlchemy writes it: postgresql://user:password@host/name. It is never shown again.",
                        secret=True,
                        wide=True,
                    ),
                    Field(
                        "sql",
                        "Question (SQL)",
                        "One SELECT; :name stands for a parameter, which the menu's node gives.",
                        hint="SELECT state FROM orders WHERE no = :no",
                        tall=True,
                    ),
                ),
            ),
        ),
    ),
    columns=("Short name", "Question (SQL)"),
    cells=cells,
    identity="id",
)
