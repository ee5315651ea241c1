"""Codex: the rollouts of all dialects since 0.47."""
