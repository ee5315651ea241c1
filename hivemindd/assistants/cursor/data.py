"""Where Cursor keeps its data."""

from pathlib import Path

from hivemindd.assistants.base import Places


def data_folder(places: Places) -> Path:
    """Return the folder where Cursor keeps its data."""
    named = places.env.get("CURSOR_DATA_DIR")
    return Path(named) if named else places.home / ".cursor"
