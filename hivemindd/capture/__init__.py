"""Read what assistants append to their transcripts."""
