"""From changed files to committed events: the single writer of the event log."""
