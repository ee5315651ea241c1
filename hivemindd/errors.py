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
    The tokens and `usd` are what the attempt took all the same, as far as that was told.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        permanent: bool = False,
        input_tokens: int = 0,
        output_tokens: int = 0,
        usd: float = 0.0,
    ) -> None:
        """Keep what the caller needs to book this attempt and to plan the next."""
        super().__init__(message)
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens
        self.usd = usd
        self.retry_after = retry_after
        self.permanent = permanent
        self.needs_person = permanent


class EncoderError(JudgeUnavailableError):
    """The small model on this machine cannot be read or run."""


class PublishError(HivemindError):
    """A skill could not be written where it belongs."""

    needs_person = True
