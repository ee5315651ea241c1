"""From promoted lessons to SKILL.md files."""
