"""Whatever the bytes are, a photo or a refusal comes out and nothing else."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articket_gateway.photos import LONG_SIDE, MIN_SIDE, PhotoRefused, normalise
from tests.support.photos import display_p3, encoded, exif, heic, quadrants

quietly = settings(deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])

SEEDS = [
    encoded(quadrants(), "JPEG", exif=exif(6, gps=True), icc_profile=display_p3()),
    encoded(quadrants(), "JPEG", progressive=True, comment=b"comment"),
    encoded(quadrants().convert("CMYK"), "JPEG"),
    encoded(quadrants(), "PNG", exif=exif(8)),
    encoded(quadrants().quantize(8), "PNG", transparency=b"\0\x80", icc_profile=display_p3()),
    encoded(quadrants().convert("I;16"), "PNG"),
    encoded(quadrants(), "GIF", comment=b"comment", transparency=1),
    encoded(quadrants(), "WEBP", exif=exif(3), icc_profile=display_p3()),
    encoded(quadrants().convert("RGBA"), "WEBP", lossless=True),
    encoded(quadrants(), "WEBP", save_all=True, append_images=[quadrants().rotate(180)]),
    encoded(quadrants(), "AVIF", exif=exif(5), icc_profile=display_p3()),
]
STARTS = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x40\0\0\0WEBPVP8 ", b"\0\0\0\x1cftypavif", b"BM", b"<"]

# where, how many bytes to cut out, what to put there
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=8)), min_size=1, max_size=12)


def check(body: bytes) -> None:
    try:
        photo = normalise(body)
    except PhotoRefused:
        return
    assert MIN_SIDE <= min(photo.width, photo.height) <= max(photo.width, photo.height) <= LONG_SIDE
    assert photo.jpeg.startswith(b"\xff\xd8\xff\xe0")


def changed(body: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for where, cut, put in changes:
        at = int(where * where * len(body))  # mostly near the beginning, where the headers are
        body = body[:at] + put + body[at + cut :]
    return body


@settings(quietly, max_examples=300)
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=400))
def test_random_bytes(start: bytes, rest: bytes):
    check(start + rest)


@settings(quietly, max_examples=900)
@given(seed=st.sampled_from(SEEDS), changes=CHANGES)
def test_damaged_pictures(seed: bytes, changes: list[tuple[float, int, bytes]]):
    check(changed(seed, changes))


@settings(quietly, max_examples=25)
@given(changes=CHANGES)
def test_damaged_heic_pictures(changes: list[tuple[float, int, bytes]]):
    check(changed(heic(6, exif_block=exif(6, gps=True), tiles=(2, 1)), changes))


@settings(quietly, max_examples=200)
@given(seed=st.sampled_from(SEEDS), share=st.floats(0, 1))
def test_pictures_cut_off_anywhere(seed: bytes, share: float):
    check(seed[: int(len(seed) * share)])
