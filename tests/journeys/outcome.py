"""What a user sees of one command."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What a user sees of one command."""

    code: int
    out: str
    err: str

    @property
    def message(self) -> str:
        """The error, which must be the only line of its kind, and no traceback."""
        lines = [line for line in self.err.splitlines() if line.startswith("musiclm: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0].removeprefix("musiclm: ")


Run = Callable[..., Outcome]
