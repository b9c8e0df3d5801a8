"""Files made to exhaust or crash a decoder cost next to nothing and harm nobody else."""

import json
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from articket_gateway.photos import PhotoReason, PhotoRefused, normalise
from articket_gateway.photos.isolation import normalise_apart
from articket_gateway.photos.sniffing import PhotoFormat
from tests.support.photos import (
    encoded,
    exif,
    gif_block_bomb,
    gif_frame_bomb,
    heic,
    jpeg_segment,
    png,
    png_chunk,
    quadrants,
    scan_bomb,
    webp_canvas_bomb,
    with_jpeg_segments,
    with_jpeg_size,
    with_png_chunks,
)


def reason_of(body: bytes) -> PhotoReason:
    with pytest.raises(PhotoRefused) as caught:
        normalise(body)
    return caught.value.reason


def lying_avif(width: int, height: int) -> bytes:
    avif = bytearray(encoded(quadrants(), "AVIF"))
    at = avif.index(b"ispe") + 8
    avif[at : at + 8] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return bytes(avif)


# small files that would be gigabytes of pixels
HUGE_SIZES: dict[str, Callable[[], bytes]] = {
    "png": lambda: png(30_000, 30_000, pixels=b""),
    "png of zeros": lambda: png(11_000, 11_000, pixels=b"\0" * 5_000_000),
    "jpeg": lambda: with_jpeg_size(encoded(quadrants(), "JPEG"), 65_000, 65_000),
    "gif": lambda: gif_frame_bomb(65_000, 65_000),
    "webp": lambda: webp_canvas_bomb(16_000_000, 16),
    "webp canvas": lambda: webp_canvas_bomb(16_383, 16_383),
    "heic": lambda: heic(claimed_size=(30_000, 30_000)),
    "heic grid": lambda: heic(tiles=(12, 20), claimed_size=(60_000, 60_000)),
    "avif": lambda: lying_avif(30_000, 30_000),
}


@pytest.mark.alone
@pytest.mark.parametrize("name", HUGE_SIZES)
def test_huge_size_is_refused_from_the_header(name: str):
    body = HUGE_SIZES[name]()
    started = time.perf_counter()
    assert reason_of(body) in (PhotoReason.SIDE_TOO_LARGE, PhotoReason.TOO_MANY_PIXELS, PhotoReason.BROKEN)
    assert time.perf_counter() - started < 1.0


MEASURE = """
import json, sys
from pathlib import Path
from articket_gateway.photos import PhotoRefused, normalise

def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])

def attempt(body):
    try:
        normalise(body)
    except PhotoRefused:
        pass

folder = Path(sys.argv[1])
for name in json.loads(sys.argv[2]):
    body = (folder / name).read_bytes()
    before = peak()
    attempt(body)
    print(json.dumps([name, (peak() - before) // 1024]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured through /proc, which Linux has")
def test_refusing_huge_sizes_takes_no_memory(tmp_path: Path):
    profile = png_chunk(b"iCCP", b"bomb\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    text = png_chunk(b"zTXt", b"bomb\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    bombs = HUGE_SIZES | {
        "packed profile": lambda: with_png_chunks(encoded(quadrants(), "PNG"), profile),
        "packed text": lambda: with_png_chunks(encoded(quadrants(), "PNG"), text),
    }
    for name, make in bombs.items():
        (tmp_path / name).write_bytes(make())
    command = [sys.executable, "-c", MEASURE, str(tmp_path), json.dumps(list(bombs))]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    megabytes = dict(json.loads(line) for line in lines)
    assert megabytes.keys() == bombs.keys()
    assert max(megabytes.values()) < 25, megabytes


def many_webp_chunks(count: int) -> bytes:
    webp = encoded(quadrants(), "WEBP", exif=exif(1))
    chunks = webp[12:] + b"junk\0\0\0\0" * count
    return b"RIFF" + (len(chunks) + 4).to_bytes(4, "little") + b"WEBP" + chunks


# files of very many tiny parts, each of which costs a careless reader some microseconds, or a pass over all pixels
MANY_PARTS: dict[str, Callable[[], bytes]] = {
    "jpeg segments": lambda: with_jpeg_segments(encoded(quadrants(), "JPEG"), [jpeg_segment(0xE5, b"") * 3_000_000]),
    "jpeg scans": lambda: scan_bomb(200),
    "png chunks": lambda: with_png_chunks(encoded(quadrants(), "PNG"), png_chunk(b"teSt", b"") * 1_000_000),
    "gif blocks": lambda: gif_block_bomb(5_000_000),
    "webp chunks": lambda: many_webp_chunks(1_000_000),
}


@pytest.mark.parametrize("name", MANY_PARTS)
def test_file_of_many_tiny_parts_is_refused_soon(name: str):
    body = MANY_PARTS[name]()
    started = time.process_time()
    assert reason_of(body) is PhotoReason.BROKEN
    assert time.process_time() - started < 1.0


def test_padding_is_passed_over_soon():
    jpeg, avif = encoded(quadrants(), "JPEG"), encoded(quadrants(), "AVIF")
    started = time.process_time()
    assert normalise(jpeg[:2] + b"\xff" * 10_000_000 + jpeg[2:]).width == 96
    assert normalise(avif + b"\0\0\0\x08free" * 1_000_000).width == 96
    assert time.process_time() - started < 2.0


def test_heic_that_claims_deeper_grey_than_it_has_is_refused():
    """pi_heif 1.4.0 shifts such pixels beyond their end."""
    with pytest.raises(PhotoRefused, match="more than 8 bits"):
        normalise(heic(source="grey.heic", claimed_bits=10))


def test_heic_that_crashes_the_decoder_harms_nobody_else():
    """pi_heif 1.4.0 follows a null pointer when an item's name is not UTF-8."""
    with pytest.raises(PhotoRefused, match="makes the decoder fail"):
        normalise(heic(metadata_name=b"\xff\xfe\xfd\xfc"))
    assert normalise(heic()).width == 96


def test_heic_is_decoded_without_the_gateways_secrets(monkeypatch: pytest.MonkeyPatch):
    seen: dict[str, str] = {}
    run = subprocess.run

    def watched(*args, env: dict[str, str], **options):
        seen.update(env)
        return run(*args, env=env, **options)

    monkeypatch.setenv("ARTICKET_GATEWAY_DATABASE", "postgresql://booth:secret@db/booth")
    monkeypatch.setattr(subprocess, "run", watched)  # the only place where the environment of the worker can be seen
    assert normalise(heic()).width == 96
    assert seen.keys() == {"PYTHONPATH", "MALLOC_ARENA_MAX"}


def test_worker_that_does_not_end_is_a_refusal(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("articket_gateway.photos.isolation._SECONDS", 0.01)  # shorter than any start
    with pytest.raises(PhotoRefused, match="not decoded after"):
        normalise_apart(PhotoFormat.HEIC, heic())


@pytest.mark.parametrize("module", ["this", "no_such_module"])  # one prints a poem and ends well, one fails
def test_worker_that_answers_nonsense_is_a_refusal(monkeypatch: pytest.MonkeyPatch, module: str):
    monkeypatch.setattr("articket_gateway.photos.isolation.WORKER", module)
    with pytest.raises(PhotoRefused, match="makes the decoder fail"):
        normalise_apart(PhotoFormat.HEIC, heic())


def test_switches_of_pillow_stay_as_they_were():
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, "HEIF" in Image.OPEN)
    normalise(encoded(quadrants(), "PNG"))
    normalise(heic())
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, "HEIF" in Image.OPEN) == before
    assert not before[2]


def test_limits_do_not_hang_on_pillows_own(monkeypatch: pytest.MonkeyPatch):
    """Other code may lower or lift Pillow's global limit."""
    for limit in (None, 1):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        assert normalise(encoded(quadrants(), "PNG")).width == 96
        assert reason_of(png(30_000, 30_000, pixels=b"")) is PhotoReason.SIDE_TOO_LARGE


def test_worker_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    normalise(heic())
    assert not list(tmp_path.iterdir())
