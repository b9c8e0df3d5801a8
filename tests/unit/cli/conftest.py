"""Fixtures that the command's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from articket_cli.journal import Journal


@pytest.fixture
def shown() -> list[str]:
    """The lines that a person would have seen on the console."""
    return []


@pytest.fixture
def journal(tmp_path: Path, shown: list[str]) -> Iterator[Journal]:
    journal = Journal(tmp_path / "logs", shown.append)
    yield journal
    journal.close()
