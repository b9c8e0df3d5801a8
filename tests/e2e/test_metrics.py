"""/metrics is what docs/operating.md says, and what Prometheus' own tool accepts."""

import re
import shutil
import subprocess

import httpx
import pytest

from tests.support.booth import ROOT, Booth, Visitor
from tests.support.plain_http import PLAIN

pytestmark = pytest.mark.slow


def test_the_gateway_tells_what_a_visit_cost(booth: Booth):
    visitor = Visitor(booth.url)
    visitor.send_photo()
    visitor.answer(match="vangogh")
    visitor.wait_until_done()
    text = httpx.get(f"{booth.url}/metrics", **PLAIN).text
    for line in (
        r'articket_visit_step_seconds_count\{artist="vangogh",outcome="done",step="paint"\} [1-9]',
        r'articket_visit_step_seconds_count\{artist="",outcome="done",step="caption"\} [1-9]',
        r'articket_tickets_total\{artist="vangogh"\} [1-9]',
        r'articket_engine_seconds_total\{artist="renoir",engine="painterly"\} [0-9.]+',
        r'articket_engine_cost_usd_total\{artist="renoir"\} [0-9.e-]+',
        r"articket_upload_to_ticket_seconds_count [1-9]",
        r'articket_paintings_waiting\{artist="picasso"\} 0',
    ):
        assert re.search(line, text), line


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_nothing_to_mend(booth: Booth):
    text = httpx.get(f"{booth.url}/metrics", **PLAIN).content
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, timeout=20)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_metric_is_documented(booth: Booth):
    text = httpx.get(f"{booth.url}/metrics", **PLAIN).text
    names = {found[1] for found in re.finditer(r"^# HELP (articket_\w+)", text, re.MULTILINE)}
    documented = set(re.findall(r"`(articket_\w+)`", (ROOT / "docs/operating.md").read_text()))
    assert names <= documented, names - documented
