"""How far the paintings are: bars on a terminal, lines in a file, nothing when a program reads along.

`visiting` tells, a person sees. Everything goes to stderr: stdout is for the result.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from articket_cli.gateway.views import ENDED_PAINTINGS, Painting, Visit


class Progressing(Protocol):
    """Shows how far things are, inside its `with` block."""

    def __enter__(self) -> Self:
        """Begin to show."""
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None:
        """Leave the screen as it is at the end."""
        ...

    def say(self, line: str) -> None:
        """Show a line."""
        ...

    def show(self, photo: str, visit: Visit) -> None:
        """Show a visit as it stands."""
        ...


def progress_on(stream: TextIO, *, is_silent: bool) -> Progressing:
    """Choose the way to show progress on this stream."""
    if is_silent:
        return Silence()
    return Bars(stream) if stream.isatty() else Lines(stream)


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def say(self, line: str) -> None:
        """Show nothing."""

    def show(self, photo: str, visit: Visit) -> None:
        """Show nothing."""


class Lines:
    """Shows a line when a painting begins or ends."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._last: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def say(self, line: str) -> None:
        """Show the line."""
        print(line, file=self._stream, flush=True)

    def show(self, photo: str, visit: Visit) -> None:
        """Show what has changed since the last time."""
        for painting in visit.paintings:
            known = self._last.get((photo, painting.artist_id))
            if known != painting.state:
                self._last[photo, painting.artist_id] = painting.state
                self.say(f"{photo}  {painting.artist_id:<14} {wording(painting)}")


class Bars:
    """Shows a bar for each painting."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._bars = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=28),
            TimeElapsedColumn(),
            TextColumn("{task.fields[words]}", markup=False),
            console=Console(file=stream),
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def say(self, line: str) -> None:
        """Show the line above the bars."""
        self._bars.console.print(line, markup=False, highlight=False)

    def show(self, photo: str, visit: Visit) -> None:
        """Bring the bars up to date."""
        for painting in visit.paintings:
            self._show(photo, painting)

    def _show(self, photo: str, painting: Painting) -> None:
        place = (photo, painting.artist_id)
        if place not in self._tasks:
            self._tasks[place] = self._bars.add_task(
                f"{photo}  {painting.artist_id:<14}", start=False, total=None, words="waiting"
            )
        task = self._tasks[place]
        if painting.state != "queued":
            self._bars.start_task(task)
        has_ended = painting.state in ENDED_PAINTINGS
        total = painting.steps or (1 if has_ended else None)
        # The last step is not the end: a bar that is full looks finished.
        completed = total if has_ended and total is not None else painting.step - 0.5
        self._bars.update(task, total=total, completed=completed, words=wording(painting))
        if has_ended:
            self._bars.stop_task(task)


def wording(painting: Painting) -> str:
    """Say how far a painting is."""
    if painting.state == "queued":
        return f"waiting, {painting.position} before it" if painting.position else "waiting"
    if painting.state == "painting":
        return painting.label or "painting"
    if painting.state == "failed":
        return f"failed: {painting.reason or 'no reason given'}"
    if painting.state == "skipped":
        return "not asked: the booth paints only the artist who matches"
    took = f" in {painting.engine_seconds:.1f} s" if painting.engine_seconds else ""
    return f"done{took}"
