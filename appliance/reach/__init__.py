"""Reaching a nurse: steps of an escalation by telephone, pager, loudspeaker, neighbours and mail; speech with a bed."""
