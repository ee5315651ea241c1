"""Cursor: JSONL and the older text, nested and flat."""
