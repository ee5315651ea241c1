"""A small language model that reads what was said beside what was done, on this machine."""
