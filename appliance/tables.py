"""Every package's tables, for who works on all of them: one whose package is not imported is not in `metadata`."""

from __future__ import annotations

from importlib import import_module

from appliance.foundation.database import metadata

SCHEMAS = (
    "appliance.backup.schema", "appliance.foundation.journal", "appliance.foundation.pins", "appliance.revisions",
    "billing.card.schema",
    "billing.guard.schema", "billing.schema", "nursecall.schema", "pbx.addresses.schema", "pbx.calls.schema",
    "pbx.conference.schema", "pbx.fax.schema", "pbx.features.schema", "pbx.guard.schema", "pbx.inbound.schema",
    "pbx.ivr.schema", "pbx.provisioning.schema", "pbx.recording.schema", "pbx.regions.schema", "pbx.schema",
    "pbx.seating.schema", "pbx.traffic.schema", "pbx.voicemail.schema", "web.schema",
)  # fmt: skip

for _name in SCHEMAS:
    import_module(_name)

TABLES = metadata.sorted_tables
"""All, each after those that it refers to."""
