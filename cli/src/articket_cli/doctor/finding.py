"""What the doctor found: one line, and for a problem the way to mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. It is a problem when `mend` says what to do."""

    what: str
    found: str
    mend: str | None = None

    @property
    def is_problem(self) -> bool:
        """Whether somebody has to do something."""
        return self.mend is not None

    def __str__(self) -> str:
        mark = "problem" if self.is_problem else "ok"
        line = f"{mark:<8} {self.what:<18} {self.found}"
        return f"{line}\n{'':<8} {'':<18} mend: {self.mend}" if self.mend else line
