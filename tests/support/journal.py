"""What the counted services have noted, and what can be told from it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Note:
    """One line: at `at` (Unix seconds) the service `by` has begun, done, refused, failed or cancelled the call `key`."""

    at: float
    by: str
    what: str
    key: str
    reason: str = ""
    px: int = 0
    """The long side that was asked for; 0 for the photo's own."""


class Journal:
    """The notes of one fleet: a file a service, kept in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"

    def notes(self, *, since: float = 0.0) -> list[Note]:
        """Give all notes in the order of time."""
        found: list[Note] = []
        for path in self.folder.glob("*.jsonl"):
            found += [Note(**json.loads(line)) for line in path.read_text().splitlines()]
        return sorted((note for note in found if note.at >= since), key=lambda note: note.at)


def of(notes: Iterable[Note], what: str, *, by: str = "") -> list[Note]:
    """Give the notes of one kind; `by` is the beginning of the services' names."""
    return [note for note in notes if note.what == what and note.by.startswith(by)]


def begun_more_than_once(notes: Iterable[Note]) -> dict[str, int]:
    """Give key → how often its painting was begun, of those begun more than once."""
    return {key: count for key, count in Counter(note.key for note in of(notes, "begun", by="pod")).items() if count > 1}


def share_refused(notes: Sequence[Note]) -> float:
    """Give the share of all tries that a pod has turned away because it was busy."""
    refused, begun = len(of(notes, "refused", by="pod")), len(of(notes, "begun", by="pod"))
    return refused / max(1, refused + begun)


def paintings_per_second(notes: Sequence[Note], *, start: float, end: float, pods: int, seconds: float) -> float:
    """Give the paintings that the pods have made a second between start and end, while work was waiting all the time.

    Each pod is timed from its first finished painting inside to its last one, so that the window's edges count nobody's
    half painting. A pod that stood idle at an edge is not let off: its time is the window less two paintings at least.
    """
    done: dict[str, list[float]] = defaultdict(list)
    for note in of(notes, "done", by="pod"):
        if start <= note.at <= end:
            done[note.by].append(note.at)
    assert len(done) <= pods
    return sum((len(at) - 1) / max(at[-1] - at[0], end - start - 2 * seconds) for at in done.values() if len(at) > 1)
