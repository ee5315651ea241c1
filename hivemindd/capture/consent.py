"""What the environment of a session's own process says about capturing it.

Only a process that the session itself names is looked at, and of its environment only
the `HIVEMIND_*` variables are kept.
"""

PREFIX = "HIVEMIND_"


def read_environment(pid: int | None) -> dict[str, str]:
    """Return the `HIVEMIND_*` variables of a process, none where it cannot be asked."""
    if pid is None:
        return {}
    import psutil  # noqa: PLC0415  46 ms that only a new session has to pay

    try:
        variables = psutil.Process(pid).environ()
    except (psutil.Error, OSError):
        return {}
    return {name: value for name, value in variables.items() if name.startswith(PREFIX)}
