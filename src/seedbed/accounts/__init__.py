"""Who may draw and what it costs: applications, credentials, the ledger, rate limits."""
