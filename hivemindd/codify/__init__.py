"""From a session that has gone quiet to the skills it changes: the wiring of lessons and skills."""
