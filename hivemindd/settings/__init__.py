"""The settings as a person meets them: a file, its mistakes, its default."""
