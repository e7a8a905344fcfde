"""First error of each part of a measurement that goes on without that part."""

from __future__ import annotations

from collections.abc import Callable

from common.errors import one_line


class FirstErrors:
    """Runs the steps of named parts; after its first error a part is not run again.

    Args:
        fatal: kinds of errors that end the measurement: they are raised, not kept.

    Attributes:
        reasons: the first error of each part that has failed, in one line.
    """

    def __init__(self, *fatal: type[Exception]) -> None:
        self.fatal = fatal
        self.reasons: dict[str, str] = {}

    def attempt(self, part: str, action: Callable[[], object]) -> None:
        """Run a step of a part unless the part has failed; keep its error."""
        if part in self.reasons:
            return
        try:
            action()
        except self.fatal:
            raise
        except Exception as error:
            self.reasons[part] = one_line(error)

    def give_up(self, part: str, reason: str) -> None:
        """Count a part as failed for this reason, unless it has failed before."""
        self.reasons.setdefault(part, reason)

    def check(self, part: str) -> None:
        """Raise ValueError with the first error of a part, if it has failed."""
        if part in self.reasons:
            raise ValueError(self.reasons[part])
