"""A local daemon that turns corrections given to coding assistants into skills."""

__version__ = "0.1.0"
