from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from articket_artists import ArtistRefused, Fault, load_folder
from tests.support.artists import write_artist

FaultsOf = Callable[..., list[Fault]]


@pytest.fixture
def faults_of(tmp_path: Path) -> FaultsOf:
    """Writes an artist with the changes of `write_artist`, and gives what it is refused for; empty when it loads."""

    def faults(overrides: dict[str, Any] | None = None, **changes: Any) -> list[Fault]:
        folder = write_artist(tmp_path / "hokusai", overrides, **changes)
        try:
            load_folder(folder)
        except ArtistRefused as refusal:
            return list(refusal.faults)
        return []

    return faults
