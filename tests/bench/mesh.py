"""What the mesh costs: overhead of one visit, throughput of eight, an idle booth's memory, the command's start."""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from tests.bench import bare
from tests.bench.reporting import table, verdict, write_section
from tests.support.booth import PHOTOS, Booth, Visitor, running_booth

VISITS_ALONE = 25
VISITS_AT_ONCE = 8
ROUNDS_AT_ONCE = 3


def run(rounds: int) -> None:
    """Measure and write the section."""
    with tempfile.TemporaryDirectory() as folder, running_booth(Path(folder) / "data") as booth:
        idle = resident_megabytes(booth)
        overheads = [overhead_ms(booth, photo) for photo in _photos(VISITS_ALONE)]
        with_booth, alone = zip(*(compare_throughput(booth, turn) for turn in range(ROUNDS_AT_ONCE)), strict=True)
    help_seconds = [_help_seconds() for _ in range(rounds)]
    ratio = statistics.median(with_booth) / statistics.median(alone)
    median, p95 = statistics.median(overheads), sorted(overheads)[int(0.95 * len(overheads))]
    rows = [
        ["upload to ticket minus the engines' own time, median", f"{median:.0f} ms", "≤ 60 ms", verdict(reached=median <= 60)],
        ["the same, p95", f"{p95:.0f} ms", "≤ 120 ms", verdict(reached=p95 <= 120)],
        [
            f"paintings per second, {VISITS_AT_ONCE} visits at once ÷ the bare engine in 2 processes",
            f"{ratio:.2f} ({statistics.median(with_booth):.2f} ÷ {statistics.median(alone):.2f})",
            "≥ 0.95",
            verdict(reached=ratio >= 0.95),
        ],
        ["idle booth, resident memory of all processes", f"{idle:.0f} MB", "≤ 500 MB", verdict(reached=idle <= 500)],
        [
            "`articket --help`, median",
            f"{statistics.median(help_seconds):.2f} s",
            "≤ 0.3 s",
            verdict(reached=statistics.median(help_seconds) <= 0.3),
        ],
    ]
    text = (
        table(["what", "measured", "promised", "kept"], rows)
        + f"\n\nOverhead: {VISITS_ALONE} visits one after the other, each with another photo of 1024 × 1024,"
        " answered before the upload; the time from the upload's first byte to the ticket's event as the"
        " phone sees it, less the engine seconds of caption,"
        f" matched painting and ticket. Throughput: {ROUNDS_AT_ONCE} rounds in turn with the bare engine on the same photos."
    )
    write_section("mesh", text, "make bench ARGS=mesh")
    print(text)


def overhead_ms(booth: Booth, photo: bytes) -> float:
    """Make one visit; give the milliseconds that were not the engines'."""
    visitor = Visitor(booth.url)
    visitor.answer(match="vangogh")
    start = time.perf_counter()
    visitor.request("PUT", f"{visitor.path}/photo", content=photo)
    with visitor.http.stream("GET", f"{visitor.path}/events", timeout=60) as response:
        text = ""
        for part in response.iter_text():
            text += part
            if '"number"' in text:  # the ticket's, which nothing else in a visit has
                break
    wall = time.perf_counter() - start
    visit = visitor.wait_until_done()
    engines = sum(
        step["engine_seconds"] or 0 for step in visit["steps"] if step["name"] in ("caption", "paint:vangogh", "ticket")
    )
    return 1000 * (wall - engines)


def compare_throughput(booth: Booth, turn: int) -> tuple[float, float]:
    """Give paintings per second through the booth and by the bare engine, on the same photos."""
    photos = _photos(VISITS_AT_ONCE, seed=100 + turn)
    start = time.perf_counter()
    with ThreadPoolExecutor(VISITS_AT_ONCE) as phones:
        paintings = sum(phones.map(lambda photo: _visit(booth, photo), photos))
    through_booth = paintings / (time.perf_counter() - start)
    return through_booth, bare.paintings_per_second(photos)


def resident_megabytes(booth: Booth) -> float:
    """Give the resident memory of every process of the booth, in sum."""
    total = 0
    for pid in booth.family():
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            continue
        total += pages * 4096
    return total / 1e6


def _visit(booth: Booth, photo: bytes) -> int:
    visitor = Visitor(booth.url)
    visitor.request("PUT", f"{visitor.path}/photo", content=photo)
    visitor.answer(match="renoir")
    return sum(one["state"] == "done" for one in visitor.wait_until_done(300)["paintings"])


def _help_seconds() -> float:
    start = time.perf_counter()
    subprocess.run([str(Path(sys.executable).with_name("articket")), "--help"], check=True, capture_output=True)
    return time.perf_counter() - start


def _photos(count: int, seed: int = 0) -> list[bytes]:
    """Give 1024 × 1024 photos that differ, so that no painting is reused: crops of the test photos at growing offsets."""
    sources = sorted(PHOTOS.glob("portrait-*.jpg")) + sorted(PHOTOS.glob("pet-*.jpg"))
    photos: list[bytes] = []
    for number in range(count):
        picture = Image.open(sources[(number + seed) % len(sources)]).convert("RGB")
        side = min(picture.size) - 2 - (number + seed) % 23
        picture = picture.crop((0, 0, side, side)).resize((1024, 1024), Image.Resampling.LANCZOS)
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=92)
        photos.append(stream.getvalue())
    return photos
