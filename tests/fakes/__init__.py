"""Stand-ins for unit tests; each satisfies the same contract tests as the real thing."""
