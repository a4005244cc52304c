"""600 billing: accounts, tariffs, leases of credit and an append-only ledger."""
