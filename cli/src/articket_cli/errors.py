"""What can go wrong for a person at the command line.

ArticketError                  shown as one line, never with a traceback; `exit_status` is what the shell sees
├── BadInputError         (2)  what was asked for cannot work; asking the same again cannot help
└── BoothError            (1)  a booth did not come up, or was lost on the way; asking again may help
    └── GatewayError      (1)  the gateway answered with a problem
"""

from __future__ import annotations

SUCCESS = 0
SOMETHING_FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT, what shells expect after Ctrl-C
TERMINATED = 143  # 128 + SIGTERM


class ArticketError(Exception):
    """An error that is told in one line: `message` says what is wrong, `hint` what to do next."""

    exit_status = SOMETHING_FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def one_line(self) -> str:
        """The message and the hint."""
        return f"{self.message.rstrip('.')}. Hint: {self.hint}" if self.hint else self.message


class BadInputError(ArticketError):
    """What was asked for cannot work. Names the thing, what was expected and what was found."""

    exit_status = BAD_INPUT


class BoothError(ArticketError):
    """A booth did not come up, or was lost on the way."""

    def __init__(self, message: str, *, hint: str | None = None, last_lines: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.last_lines = last_lines
        """What the culprit logged last, for the person to read."""


class GatewayError(BoothError):
    """The gateway answered with a problem: `status` is HTTP's, `reason` the stable word of the problem document."""

    def __init__(self, status: int, reason: str, detail: str, hint: str | None = None, *, is_retryable: bool = False) -> None:
        super().__init__(detail, hint=hint)
        self.status = status
        self.reason = reason
        self.is_retryable = is_retryable
