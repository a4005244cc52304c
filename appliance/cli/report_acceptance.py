"""The acceptance report, of `nightbell report`: what was set up and tried, to be signed."""

from __future__ import annotations

from appliance.cli.report_desk import Desk, prints


@prints("acceptance", "pdf")
def acceptance(desk: Desk) -> bytes:
    """What was set up, the state of every part and the tests that were made, with room for signatures."""
    from appliance import revisions
    from appliance.foundation import journal
    from appliance.health_file import read_health
    from appliance.versions import versions
    from web.acceptance_report import Box, acceptance_pdf
    from web.bringing_up import proofs

    with desk.database.engine.begin() as connection:
        tried, revision, head = proofs(connection), revisions.active(connection), journal.head(connection)
        known = versions(desk.settings, connection)
    box = Box(known, read_health(desk.settings.health_file), revision.id if revision else 0, (head.id, head.hash))
    return acceptance_pdf(desk.plan, box, tried, desk.language, printed_at=desk.now)
