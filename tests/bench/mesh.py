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
        f" matched painting and ticket. Throughput: {ROUNDS_AT_ONCE} rounds in turn with the bare engine on the same"
        " photos, from the first upload to the last painting; the visitors answer afterwards: a quiz takes longer."
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
    photos = _photos(VISITS_AT_ONCE, seed=1 + turn)
    visitors = [Visitor(booth.url) for _ in photos]
    start = time.perf_counter()
    with ThreadPoolExecutor(VISITS_AT_ONCE) as phones:
        list(
            phones.map(
                lambda one: one[0].request("PUT", f"{one[0].path}/photo", content=one[1]), zip(visitors, photos, strict=True)
            )
        )
    # the first to be looked at is most likely the last to end, and looking costs the booth little
    done = sum(_paintings_done(visitor) for visitor in reversed(visitors))
    through_booth = done / (time.perf_counter() - start)
    for visitor in visitors:
        visitor.answer(match="renoir")
        visitor.wait_until_done()
    return through_booth, bare.paintings_per_second(photos)


def _paintings_done(visitor: Visitor) -> int:
    while True:
        states = [one["state"] for one in visitor.look()["paintings"]]
        if all(state in ("done", "failed") for state in states):
            return states.count("done")
        time.sleep(0.1)


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


def _help_seconds() -> float:
    start = time.perf_counter()
    subprocess.run([str(Path(sys.executable).with_name("articket")), "--help"], check=True, capture_output=True)
    return time.perf_counter() - start


def _photos(count: int, seed: int = 0) -> list[bytes]:
    """Give 1024 × 1024 photos that differ from all others of this run, so that no painting is reused."""
    sources = sorted(PHOTOS.glob("portrait-*.jpg")) + sorted(PHOTOS.glob("pet-*.jpg"))
    photos: list[bytes] = []
    for number in range(count):
        picture = Image.open(sources[number % len(sources)]).convert("RGB")
        side = min(picture.size)
        picture = picture.crop((0, 0, side, side)).resize((1024, 1024), Image.Resampling.LANCZOS)
        mark = number + 100 * seed
        picture.paste((mark % 6 * 50, mark // 6 % 6 * 50, mark // 36 % 6 * 50), (0, 0, 16, 16))
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=92)
        photos.append(stream.getvalue())
    return photos
