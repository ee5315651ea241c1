"""Processes of our own that work for the one that started them: how they start, talk and end."""
