"""What a process that runs for weeks needs: signals, health, lines, upgrades."""
