"""From corrections to promoted lessons."""
