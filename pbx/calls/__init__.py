"""Every call on record: who called whom, each decision with its reason, how it ended."""
