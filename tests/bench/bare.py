"""The engine without the mesh: the painter in two processes, fed by hand. What the booth's throughput is compared with."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROCESSES = 2
ARTISTS = ("vangogh", "renoir", "picasso", "lichtenstein")


def paint_photo(photo: bytes, artist_ids: Sequence[str] = ARTISTS) -> list[bytes]:
    """Analyse one photo (an encoded picture) and paint it by each artist; give the paintings as JPEG."""
    import cv2
    import numpy as np

    from articket_stylize.engines.painterly import analyse, paint

    cv2.setNumThreads(1)
    picture = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    subject = analyse(picture)
    paintings: list[bytes] = []
    for artist_id in artist_ids:
        painting = paint(picture, looks()[artist_id], subject=subject, seed=1, report=lambda _step: None)
        paintings.append(cv2.imencode(".jpg", painting, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes())
    return paintings


def looks():
    """Give artist id → the look of its painterly block."""
    if not _looks:
        from articket_artists import load_artists

        _looks.update({key: one.artist.painterly for key, one in load_artists(ROOT / "plugins/artists").artists.items()})
    return _looks


_looks: dict = {}


def paintings_per_second(photos: Sequence[bytes]) -> float:
    """Paint every photo by every artist in PROCESSES warm processes; give paintings per second."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(paint_photo, [photos[0]] * PROCESSES))  # warm: the imports are not what is compared
        start = time.perf_counter()
        made = sum(map(len, pool.map(paint_photo, photos)))
        return made / (time.perf_counter() - start)


def seconds_for_four(pool: ProcessPoolExecutor, photo: bytes) -> float:
    """Paint one photo by all four in the pool's two processes, as the booth does; give the seconds, analysis included."""
    start = time.perf_counter()
    halves = (("vangogh", "lichtenstein"), ("renoir", "picasso"))
    list(pool.map(paint_photo, [photo, photo], halves))
    return time.perf_counter() - start
