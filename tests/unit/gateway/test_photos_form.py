"""The one form of a normalised photo: a JPEG of at most 1280 px, the same bytes for the same upload; and its small copies."""

import asyncio
import hashlib
import io

import pytest
from PIL import Image, ImageChops, ImageStat

from articket_gateway.photos import normalise, thumbnail
from tests.support.photos import BLUE, PHOTOS, RED, corners, encoded, quadrants

FAST = {"PNG": {"compress_level": 1}}
REAL = sorted(PHOTOS.glob("*.jpg"))


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


def difference(a: Image.Image, b: Image.Image) -> float:
    """Mean difference of two pictures in levels."""
    means = ImageStat.Stat(ImageChops.difference(a.convert("RGB"), b.convert("RGB"))).mean
    return sum(means) / len(means)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4032, 3024), (1280, 960)),
        ((3024, 4032), (960, 1280)),
        ((1281, 1281), (1280, 1280)),
        ((1280, 720), (1280, 720)),
        ((300, 200), (300, 200)),
        ((64, 64), (64, 64)),
        ((12000, 700), (1280, 75)),
    ],
)
def test_long_side_is_at_most_1280_and_nothing_is_enlarged(size: tuple[int, int], expected: tuple[int, int]):
    photo = normalise(encoded(quadrants(*size), "JPEG"))
    assert (photo.width, photo.height) == expected
    assert opened(photo.jpeg).size == expected


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF", "GIF"])
def test_other_formats_are_scaled_alike(format_: str):
    photo = normalise(encoded(quadrants(2000, 1000), format_))
    assert (photo.width, photo.height) == (1280, 640)
    assert corners(opened(photo.jpeg))[0] == pytest.approx(RED, abs=6)


def test_result_is_a_baseline_jpeg_without_colour_subsampling():
    jpeg = normalise(encoded(quadrants(), "PNG")).jpeg
    frame = jpeg.index(b"\xff\xc0")
    assert jpeg[frame + 9] == 3
    assert [jpeg[frame + at] for at in (11, 14, 17)] == [0x11, 0x11, 0x11]


def test_digest_is_that_of_the_result():
    photo = normalise(encoded(quadrants(), "PNG"))
    assert photo.digest == hashlib.sha256(photo.jpeg).hexdigest()


def test_same_upload_gives_the_same_photo():
    body = (PHOTOS / "portrait-woman-laughing.jpg").read_bytes()
    assert normalise(body) == normalise(body)


async def test_many_threads_give_what_one_gives():
    bodies = [path.read_bytes() for path in REAL[:6]]
    alone = [normalise(body).digest for body in bodies]
    together = await asyncio.gather(*(asyncio.to_thread(normalise, body) for body in bodies * 3))
    assert [photo.digest for photo in together] == alone * 3


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_real_photos_keep_their_look(path):
    original = Image.open(path)
    photo = normalise(path.read_bytes())
    assert (photo.width, photo.height) == original.size
    assert difference(opened(photo.jpeg), original) < 2.5


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_scaling_down_keeps_the_look(format_: str):
    """The quick ways (a JPEG decoded at half size, blocks averaged first) come close to one careful resize of all pixels."""
    strip = Image.open(PHOTOS / "place-mountains.jpg").crop((0, 200, 1024, 400))
    large = strip.resize((7681, 1500), Image.Resampling.BICUBIC)
    careful = large.resize((1280, 250), Image.Resampling.LANCZOS)
    found = opened(normalise(encoded(large, format_, **FAST.get(format_, {}))).jpeg)
    assert found.size == careful.size
    assert difference(found, careful) < 1.8  # of which 1.5 are the JPEG that comes out


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "AVIF"])
def test_first_frame_of_an_animation_is_taken(format_: str):
    frames = [Image.new("RGB", (80, 80), colour) for colour in (RED, BLUE, BLUE)]
    body = encoded(frames[0], format_, save_all=True, append_images=frames[1:], duration=100)
    assert corners(opened(normalise(body).jpeg))[0] == pytest.approx(RED, abs=8)


def test_second_picture_behind_a_jpeg_is_ignored():
    """As phones append a depth map, a second exposure or a video."""
    plain = encoded(quadrants(), "JPEG")
    video = b"\0\0\0\x18ftypmp42" + b"\xff\xda\xff\xd8" * 500
    assert normalise(plain + encoded(Image.new("RGB", (640, 640)), "JPEG") + video) == normalise(plain)


@pytest.mark.parametrize(("long_side", "expected"), [(320, (320, 213)), (960, (960, 640))])
def test_thumbnail_has_the_long_side_asked_for(long_side: int, expected: tuple[int, int]):
    small = opened(thumbnail(normalise(encoded(quadrants(1200, 800), "JPEG")).jpeg, long_side))
    assert small.size == expected
    assert corners(small)[0] == pytest.approx(RED, abs=4)


def test_thumbnail_of_a_smaller_picture_is_the_picture():
    jpeg = normalise(encoded(quadrants(300, 200), "JPEG")).jpeg
    assert thumbnail(jpeg, 320) is jpeg


def test_thumbnail_of_something_else_is_an_error():
    with pytest.raises(OSError, match="not a JPEG"):
        thumbnail(b"something else", 320)
