"""One module per assistant: its records in, events out."""
