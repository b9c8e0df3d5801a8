"""A booth whose painter is a WebUI server: through the server while it is there, by the fallback while it is away."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.booth import ASTRONAUT, PHOTOS, Booth, Visitor, running_booth
from tests.support.webui.stand_in import StandIn

pytestmark = pytest.mark.slow

# The gateway looks at its pods that often.
LOOK_SECONDS = 2.0


def painted(booth: Booth, photo: Path) -> set[Any]:
    """Bring a visit to its ticket, and give the engines that have painted it."""
    visitor = Visitor(booth.url)
    visitor.send_photo(photo)
    visitor.answer(match="vangogh")
    visit = visitor.wait_until_done()
    assert visit["state"] == "ticket_ready"
    return {painting["engine"] for painting in visit["paintings"]}


def test_a_booth_comes_up_without_its_server_and_paints_through_it_when_it_is_there(tmp_path: Path):
    with StandIn() as gone:
        url, port = gone.url, gone._port
    chosen = {"ARTICKET_STYLIZE_ENGINE": "webui", "ARTICKET_STYLIZE_WEBUI_URL": url}
    with running_booth(tmp_path / "data", environment=chosen) as booth:
        assert "no artist is served by this pod yet: engine webui" in (tmp_path / "data.log").read_text()
        assert painted(booth, ASTRONAUT) == {"painterly"}
        with StandIn(port=port, step_seconds=0.01) as webui:
            end = time.monotonic() + 20
            while "painting on http" not in (booth.data_dir / "logs/stylize.log").read_text() and time.monotonic() < end:
                time.sleep(0.1)
            time.sleep(2 * LOOK_SECONDS)
            assert painted(booth, PHOTOS / "pet-cat.jpg") == {"webui"}
            assert len(webui.jobs) >= 4
