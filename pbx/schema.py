"""Tables of the telephone edge."""

from __future__ import annotations

import sqlalchemy as sa

from appliance.foundation.database import Moment, metadata
from pbx.conference.schema import conference_pins as conference_pins
from pbx.fax.schema import faxes as faxes
from pbx.features.schema import extension_wishes as extension_wishes
from pbx.voicemail.schema import mailbox_pins as mailbox_pins
from pbx.voicemail.schema import voicemails as voicemails

sip_secrets = sa.Table(
    "sip_secrets",
    metadata,
    sa.Column("extension", sa.String(12), primary_key=True),
    sa.Column("secret", sa.String(64), nullable=False),
)
"""Made by the box, one an extension: there is no default password."""

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("to", sa.String(20), nullable=False),
    sa.Column("name", sa.String(64), nullable=False, default="", server_default=""),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("about", sa.String(64), nullable=False, default="", index=True),
    sa.Column("bulk", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("only", sa.String(32), nullable=False, default="", server_default=""),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("accepted_at", Moment, nullable=False, index=True),
    sa.Column("gateway", sa.String(32), nullable=False, default="", server_default=""),
    sa.Column("tried", sa.String(400), nullable=False, default="", server_default=""),
    sa.Column("tries", sa.Integer, nullable=False, default=0),
    sa.Column("next_try_at", Moment),
    sa.Column("sent_at", Moment),
    sa.Column("delivered_at", Moment),
    sa.Column("why", sa.String(200), nullable=False, default=""),
)
"""state: waiting, sent, delivered, failed. name: of who gets it, where known. `about` names what it is for, e.g. a
nurse call's id, or `broadcast:ID`. bulk: may wait for every other. only: the one gateway it may use, empty for any.
gateway: the one that began it. tried: gateways that could not send it in this round."""

message_parts = sa.Table(
    "message_parts",
    metadata,
    sa.Column("message", sa.String(32), sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("gateway", sa.String(32), primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("reference", sa.String(80)),
    sa.Column("sent_at", Moment),
    sa.Column("delivered_at", Moment),
    sa.Index("ix_message_parts_gateway_reference", "gateway", "reference"),
)
"""In how many pieces each gateway that began a message sends it; made when it begins. `reference` is the network's
(TP-MR, message_id), so that a delivery report finds its part."""

received_messages = sa.Table(
    "received_messages",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("sender", sa.String(20), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    sa.Column("gateway", sa.String(32), nullable=False),
)

received_parts = sa.Table(
    "received_parts",
    metadata,
    sa.Column("gateway", sa.String(32), primary_key=True),
    sa.Column("sender", sa.String(20), primary_key=True),
    sa.Column("reference", sa.Integer, primary_key=True),
    sa.Column("parts", sa.Integer, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("text", sa.LargeBinary, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
)
"""Parts of messages whose other parts have not come yet, from gateways that forget a part as soon as we have it. text:
UTF-16, since a part may end in the middle of a character."""

broadcasts = sa.Table(
    "broadcasts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("made_by", sa.String(32), nullable=False),
    sa.Column("made_at", Moment, nullable=False, index=True),
)
"""One text to many; its messages have `about` = `broadcast:ID`. The text may have the field {name}."""

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("channel", sa.String(48), nullable=False),
    sa.Column("to", sa.String(254), nullable=False, default=""),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("accepted_at", Moment, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, default=0),
    sa.Column("next_try_at", Moment),
    sa.Column("sent_at", Moment),
    sa.Column("why", sa.String(200), nullable=False, default=""),
    sa.Column("attached", sa.String(400), nullable=False, default="", server_default=""),
    sa.Column("named", sa.String(100), nullable=False, default="", server_default=""),
)
"""Alarms on their way out by e-mail and webhook, one row a recipient. channel: `mail:ID`, `webhook:ID`. to: an
address, empty for a webhook. state: waiting, sent, failed. attached: a file that goes with it by mail; empty for
none. named: what it is called there."""

mailings = sa.Table(
    "mailings",
    metadata,
    sa.Column("mail", sa.String(32), primary_key=True),
    sa.Column("last", sa.String(10), primary_key=True),
    sa.Column("first", sa.String(10), nullable=False),
    sa.Column("report", sa.String(32), nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("why", sa.String(200), nullable=False),
    sa.Column("notices", sa.Text, nullable=False),
)
"""Reports by e-mail, one row a mail of the plan and period of `first` to `last`: a report is sent once. state: handed
to the notices whose ids stand in `notices`; failed, where it could not be made; passed, where it was over before."""
