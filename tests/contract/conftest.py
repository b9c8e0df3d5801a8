"""A real S3 server, started once, for everything that may lie in an object store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.seaweed import BUCKET, Seaweed, in_environment, running_seaweed


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with running_seaweed(tmp_path_factory.mktemp("s3") / "data") as server:
        yield server


@pytest.fixture
def s3(seaweed: Seaweed, tmp_path: Path) -> Iterator[str]:
    """The URL of a place in it that no other test has; clients made meanwhile find the server and its keys."""
    with in_environment(seaweed.environment):
        yield f"s3://{BUCKET}/{tmp_path.parent.name}-{tmp_path.name}"
