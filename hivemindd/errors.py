"""Errors whose text is the sentence that the user reads."""


class HivemindError(Exception):
    """Base of every error of ours; `str()` says what to do, `exit_code` how to leave.

    `needs_person` says that waiting does not help: somebody has to mend something.
    """

    exit_code = 1
    needs_person = False


class UsageError(HivemindError):
    """The request itself is wrong."""

    exit_code = 2


class UnconfirmedError(HivemindError):
    """Nothing was done yet: what it would do has been said, and a person has to say yes."""

    exit_code = 3


class NotRunningError(HivemindError):
    """The daemon was needed and does not answer."""

    exit_code = 69


class ConfigError(HivemindError):
    """The configuration, the state folder or the log cannot be used as they are."""

    exit_code = 78


class JudgeUnavailableError(HivemindError):
    """The judge gave no usable answer; the work is parked, never counted as done.

    `retry_after` is the pause in seconds that the service asked for, if it did.
    `permanent` means that only a change of configuration will help (a refused key).
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, permanent: bool = False
    ) -> None:
        """Keep what the caller needs to plan the next attempt."""
        super().__init__(message)
        self.retry_after = retry_after
        self.permanent = permanent
        self.needs_person = permanent


class EncoderError(JudgeUnavailableError):
    """The small model on this machine cannot be read or run."""


class PublishError(HivemindError):
    """A skill could not be written where it belongs."""

    needs_person = True
