"""Run by Alembic: hands it the connection that `appliance.foundation.migrate` opened."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from appliance.foundation.database import Moment, metadata


def render(kind: str, thing: object, _context: AutogenContext) -> str | Literal[False]:
    """A migration is frozen: it names SQLAlchemy's own types, not ours, which may move on."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render,
)
context.run_migrations()
