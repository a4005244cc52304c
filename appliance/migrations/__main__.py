"""`python -m appliance.migrations "What changes"`: write the next step, from what the tables have become."""

import sys

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.pool import StaticPool

from appliance import compose  # noqa: F401 - brings every package's tables
from appliance.foundation.migrate import configured

with sa.create_engine("sqlite://", poolclass=StaticPool).begin() as connection:
    config = configured(connection)
    command.upgrade(config, "head")
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    command.revision(config, message=sys.argv[1], autogenerate=True, rev_id=f"{number:04}")
