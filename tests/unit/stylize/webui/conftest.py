"""A WebUI stand-in that the tests of this folder share, an engine beside it, and an artist with weights."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from articket_artists import LoadedArtist
from articket_stylize.engines.webui import WebuiEngine
from tests.support.stylize import an_artist
from tests.support.webui.painting import LORA, a_config
from tests.support.webui.stand_in import StandIn


@pytest.fixture(scope="session")
def _stand_in() -> Iterator[StandIn]:
    with StandIn() as stand_in:
        yield stand_in


@pytest.fixture
def webui(_stand_in: StandIn) -> StandIn:
    """The shared server, as new."""
    _stand_in.reset()
    _stand_in.loras |= {"hokusai": hashlib.sha256(LORA).hexdigest()[:12], "others": "0" * 12}
    return _stand_in


@pytest.fixture
async def engine(webui: StandIn) -> AsyncIterator[WebuiEngine]:
    """An engine that has looked around."""
    engine = WebuiEngine(a_config(webui))
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture
def hokusai(tmp_path: Path) -> LoadedArtist:
    """An artist whose weights lie in the folder."""
    (tmp_path / "lora.safetensors").write_bytes(LORA)
    sha256 = hashlib.sha256(LORA).hexdigest()
    lora = {"source": "lora.safetensors", "sha256": sha256, "weight": 0.85, "trigger": "hksai"}
    return replace(an_artist("hokusai", lora=lora, prompt="{caption}, print, {trigger}"), folder=tmp_path)
