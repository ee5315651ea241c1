"""What these tests share with those of ingest: a log, a project, a transcript in a scratch home."""

from tests.ingest.conftest import _claude, _log, _project

__all__ = ["_claude", "_log", "_project"]
