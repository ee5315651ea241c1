"""The event log in LMDB."""
