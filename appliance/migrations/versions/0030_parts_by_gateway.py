"""What each gateway took of a message is kept when another goes on with it, so that none is given a part twice."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("message_parts") as batch_op:
        batch_op.drop_constraint("pk_message_parts", type_="primary")
        batch_op.create_primary_key("pk_message_parts", ["message", "gateway", "part"])
