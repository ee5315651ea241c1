"""The command line of hivemindd."""
