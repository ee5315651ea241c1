"""How the daemon is kept running: systemd, launchd, or a detached process."""
