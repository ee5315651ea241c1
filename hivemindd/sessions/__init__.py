"""The life of a session, folded from its events."""
