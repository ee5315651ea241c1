"""A meter that lets everything pass and writes it down."""

from hivemindd.work import Call


class Book:
    """Keeps the calls; satisfies `judge_model.Meter`."""

    def __init__(self) -> None:
        """Begin with none."""
        self.calls: list[Call] = []
        self.admitted: list[float] = []

    def admit(self, most_usd: float) -> None:
        """Let a call begin."""
        self.admitted.append(most_usd)

    def settle(self, most_usd: float, call: Call) -> None:
        """Keep a call."""
        assert most_usd in self.admitted
        self.calls.append(call)
