"""Claude Code: the transcripts of 1.0.37 to 2.1.329."""
