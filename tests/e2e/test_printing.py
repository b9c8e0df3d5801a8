"""A whole booth prints: into a folder and on a real IPP printer, from the visitor's last answer on without a hand."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.booth import Booth, Visitor, running_booth
from tests.support.ipp_printer import IppPrinter, needs_printer, running_printer
from tests.support.plain_http import PLAIN

pytestmark = [pytest.mark.slow, needs_printer]


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IppPrinter]:
    with running_printer(tmp_path_factory.mktemp("printer") / "printer") as printer:
        yield printer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tickets")


@pytest.fixture(scope="module")
def booth(tmp_path_factory: pytest.TempPathFactory, printer: IppPrinter, folder: Path) -> Iterator[Booth]:
    environment = {"ARTICKET_GATEWAY_PRINT_SINKS": f"front={printer.uri}, cloud={folder}"}
    with running_booth(tmp_path_factory.mktemp("booth") / "data", environment=environment) as booth:
        yield booth


def look_until(look: Callable[[], Any], is_so: Callable[[Any], object], seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while not is_so(found := look()):
        assert time.monotonic() < end, f"found last: {found!r}"[:800]
        time.sleep(0.05)
    return found


def with_ticket(booth: Booth) -> Visitor:
    visitor = Visitor(booth.url)
    visitor.send_photo()
    visitor.answer(match="vangogh")
    look_until(visitor.look, lambda visit: visit["ticket"], 60)
    return visitor


def test_a_ticket_comes_out_of_the_printer_and_into_the_folder_by_itself(booth: Booth, printer: IppPrinter, folder: Path):
    visitor = with_ticket(booth)
    visit = look_until(visitor.look, lambda visit: visit["state"] == "printed")
    assert visit["ticket"]["print"] == {"state": "printed", "ahead": 0, "reason": None}
    pdf = visitor.get("ticket.pdf").content
    assert pdf in printer.printed()
    (path,) = look_until(lambda: list(folder.rglob(f"{visit['ticket']['number']}-vangogh.pdf")), bool)
    assert path.read_bytes() == pdf
    visitor.request("DELETE", visitor.path)
    look_until(path.exists, lambda there: not there)


def test_a_printer_without_paper_is_told_to_the_visitor_live(booth: Booth, printer: IppPrinter):
    printer.take_paper_out()
    visitor = with_ticket(booth)
    with httpx.stream("GET", f"{booth.url}{visitor.path}/events", timeout=30, **PLAIN) as stream:
        told: list[str] = []
        for line in stream.iter_lines():
            if line.startswith("data:") and '"print":{' in (compact := line.replace(" ", "")):
                told.append(compact.partition('"print":{"state":"')[2].partition('"')[0])
                if told[-1] == "held":
                    printer.put_paper_in()
                if told[-1] == "printed":
                    break
    assert told.index("held") < told.index("printed")


def test_a_killed_gateway_prints_what_waited_once(booth: Booth, printer: IppPrinter):
    printer.take_paper_out()
    visitors = [with_ticket(booth) for _ in range(2)]
    look_until(visitors[0].look, lambda visit: visit["ticket"]["print"]["reason"] == "media-empty")
    booth.kill("gateway")
    printer.put_paper_in()
    for visitor in visitors:
        look_until(visitor.look, lambda visit: visit["state"] == "printed", 60)
    pdfs = [visitor.get("ticket.pdf").content for visitor in visitors]
    assert [printer.printed().count(pdf) for pdf in pdfs] == [1, 1]


def test_a_sink_that_makes_no_sense_keeps_the_gateway_from_starting_with_one_line(tmp_path: Path):
    environment = {"ARTICKET_GATEWAY_DATA_DIR": str(tmp_path), "ARTICKET_GATEWAY_PRINT_SINKS": "ftp://somewhere"}
    ended = subprocess.run(
        [sys.executable, "-m", "articket_gateway"], env={**os.environ, **environment}, capture_output=True, timeout=60
    )
    lines = [line for line in ended.stderr.decode().splitlines() if "PRINT_SINKS" in line]
    assert ended.returncode == 1
    assert lines == [
        "articket gateway: ARTICKET_GATEWAY_PRINT_SINKS: expected a folder's path, ipp:// or ipps://host/path, "
        "or s3:// or gs://bucket/prefix, found ftp://…"
    ]
    assert "Traceback" not in ended.stderr.decode()
