"""One booth for the tests that leave it whole."""

from collections.abc import Iterator

import pytest

from tests.support.booth import Booth, running_booth


@pytest.fixture(scope="session")
def booth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booth]:
    with running_booth(tmp_path_factory.mktemp("booth") / "data") as booth:
        yield booth
