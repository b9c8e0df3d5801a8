"""Builds the odd pictures that people and attackers upload: every orientation, colour model, profile, lie and bomb.

`QUADRANTS` is what most of them show: red, blue, green and white quarters, so that any turn or mirroring is seen.
Encoders are Pillow's; HEIC, which nothing here can encode, is put together around one stored HEVC picture.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

PHOTOS = Path(__file__).parents[1] / "data" / "photos"

RED, BLUE, GREEN, WHITE = (220, 0, 0), (0, 0, 220), (0, 180, 0), (255, 255, 255)

# EXIF orientation → the corners (top left, top right, bottom left, bottom right) of the upright picture, by the standard
UPRIGHT_CORNERS = {
    1: (RED, BLUE, GREEN, WHITE),
    2: (BLUE, RED, WHITE, GREEN),
    3: (WHITE, GREEN, BLUE, RED),
    4: (GREEN, WHITE, RED, BLUE),
    5: (RED, GREEN, BLUE, WHITE),
    6: (GREEN, RED, WHITE, BLUE),
    7: (WHITE, BLUE, GREEN, RED),
    8: (BLUE, WHITE, RED, GREEN),
}

GPS_MARK = b"37.5665N126.9780E"


def quadrants(width: int = 96, height: int = 64) -> Image.Image:
    """Red, blue, green and white quarters."""
    picture = Image.new("RGB", (width, height), WHITE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(BLUE, (width // 2, 0, width, height // 2))
    picture.paste(GREEN, (0, height // 2, width // 2, height))
    return picture


def corners(picture: Image.Image) -> tuple[tuple[int, ...], ...]:
    """The colours in the middle of the four quarters."""
    width, height = picture.size
    rgb = picture.convert("RGB")
    return tuple(
        rgb.getpixel((width * x // 4, height * y // 4))  # type: ignore[misc]  # RGB gives tuples
        for x, y in ((1, 1), (3, 1), (1, 3), (3, 3))
    )


def encoded(picture: Image.Image, format_: str, **options: object) -> bytes:
    """The picture as a file; JPEG, WebP and AVIF in a quality that keeps colours within some levels."""
    if format_ in ("JPEG", "WEBP", "AVIF"):
        options = {"quality": 95, **options}
    out = io.BytesIO()
    picture.save(out, format_, **options)
    return out.getvalue()


def exif(orientation: int | None = None, *, gps: bool = False, thumbnail: bytes = b"") -> bytes:
    """An EXIF block as a phone writes it, "Exif" and two zeros in front."""
    block = Image.Exif()
    block[0x010F] = "Phone maker"
    if orientation is not None:
        block[0x0112] = orientation
    if gps:
        place = block.get_ifd(0x8825)
        place[1], place[2], place[3], place[4] = "N", (37.0, 33.0, 59.4), "E", (126.0, 58.0, 40.8)
        block[0x9286] = b"ASCII\0\0\0" + GPS_MARK
    return block.tobytes() + thumbnail


# --- JPEG ---


def jpeg_segment(marker: int, payload: bytes) -> bytes:
    """One header segment."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def with_jpeg_segments(jpeg: bytes, segments: Iterable[bytes]) -> bytes:
    """The JPEG with segments put right behind its beginning."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def with_jpeg_size(jpeg: bytes, width: int, height: int) -> bytes:
    """The JPEG claiming another size in its header."""
    at = next(at for at in range(len(jpeg)) if jpeg[at] == 0xFF and jpeg[at + 1] in (0xC0, 0xC2))
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def scan_bomb(scans: int) -> bytes:
    """A progressive JPEG that repeats its last scan: each costs a decoder one pass over all pixels."""
    jpeg = encoded(quadrants(640, 640), "JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:-2] + jpeg[last:-2] * scans + b"\xff\xd9"


# --- PNG ---


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk with its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, before: bytes = b"", pixels: bytes | None = None) -> bytes:
    """A PNG made chunk by chunk; `colour` is PNG's colour type; `before` stands in front of the pixels."""
    if pixels is None:
        per_pixel = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] * depth
        pixels = (b"\0" * (1 + (width * per_pixel + 7) // 8)) * height
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    packed = png_chunk(b"IDAT", zlib.compress(pixels, 9))
    return b"\x89PNG\r\n\x1a\n" + header + before + packed + png_chunk(b"IEND", b"")


def with_png_chunks(picture: bytes, chunks: bytes) -> bytes:
    """The PNG with chunks put behind its header chunk."""
    return picture[:33] + chunks + picture[33:]


# --- GIF and WebP ---


def gif_frame_bomb(width: int, height: int) -> bytes:
    """A GIF with a small canvas whose first frame is large."""
    gif = bytearray(encoded(quadrants(), "GIF"))
    at = gif.index(b"\x2c", _after_gif_palette(gif))
    gif[at + 5 : at + 9] = struct.pack("<HH", width, height)
    return bytes(gif)


def gif_block_bomb(blocks: int) -> bytes:
    """A GIF whose comment is made of very many blocks of one byte."""
    gif = encoded(quadrants(), "GIF")
    at = _after_gif_palette(gif)
    return gif[:at] + b"\x21\xfe" + b"\x01x" * blocks + b"\0" + gif[at:]


def _after_gif_palette(gif: bytes | bytearray) -> int:
    return 13 + (3 << (gif[10] & 7) + 1)


def webp_canvas_bomb(width: int, height: int) -> bytes:
    """A WebP that claims a large canvas."""
    webp = bytearray(encoded(quadrants().convert("RGBA"), "WEBP", exif=exif(1)))
    at = webp.index(b"VP8X")
    webp[at + 12 : at + 18] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(webp)


# --- HEIC ---

# orientation → HEIF's own turns: quarter turns to the left, then mirroring (1: left and right change places)
_HEIC_TURNS = {1: (0, None), 2: (0, 1), 3: (2, None), 4: (0, 0), 5: (3, 1), 6: (3, None), 7: (1, 1), 8: (1, None)}


def heic(
    orientation: int = 1,
    *,
    icc: bytes | None = None,
    exif_block: bytes | None = None,
    tiles: tuple[int, int] = (1, 1),
    claimed_size: tuple[int, int] | None = None,
    claimed_bits: int | None = None,
    metadata_name: bytes | None = None,
    source: str = "quadrants.heic",
) -> bytes:
    """A HEIC of 96 × 64 px, or of a grid of such tiles as phones make; the turns are stored as HEIF stores them.

    `claimed_bits` lies about the depth of the pixels; `metadata_name` adds an item of metadata with that name.
    """
    stored = (PHOTOS / "odd" / source).read_bytes()
    decoder_settings = bytearray(_box_of(stored, b"hvcC"))
    if claimed_bits is not None:
        decoder_settings[17] = decoder_settings[17] & 0xF8 | claimed_bits - 8
    coded = stored[stored.index(b"mdat") + 4 :]
    columns, rows = tiles
    size = (96 * columns, 64 * rows)
    is_grid = tiles != (1, 1)

    shared = [
        _box(b"hvcC", bytes(decoder_settings)),
        _full_box(b"ispe", struct.pack(">II", 96, 64)),
        _full_box(b"ispe", struct.pack(">II", *(claimed_size or size))),
        _box(b"colr", b"prof" + icc) if icc else _box(b"colr", b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)),
    ]
    turns, mirror = _HEIC_TURNS[orientation]
    shared.append(_box(b"irot", bytes([turns])))
    shared.append(_box(b"imir", bytes([mirror or 0])))

    main = [3, 4] + ([5] if turns else []) + ([6] if mirror is not None else [])
    items: dict[int, tuple[bytes, bytes]] = {}  # number → kind, content
    tile_numbers = list(range(2, 2 + columns * rows)) if is_grid else []
    if is_grid:
        items[1] = (b"grid", struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size))
        items |= dict.fromkeys(tile_numbers, (b"hvc1", coded))
    else:
        items[1] = (b"hvc1", coded)
    properties = {1: main if is_grid else [1, *main]} | {number: [1, 2, 4] for number in tile_numbers}
    references = b""
    if is_grid:
        references += _box(b"dimg", struct.pack(f">HH{len(tile_numbers)}H", 1, len(tile_numbers), *tile_numbers))
    if exif_block is not None:
        items[100] = (b"Exif", struct.pack(">I", 6) + exif_block)
        references += _box(b"cdsc", struct.pack(">HHH", 100, 1, 1))
    if metadata_name is not None:
        items[101] = (metadata_name, b"{}")
        references += _box(b"cdsc", struct.pack(">HHH", 101, 1, 1))
    return _heif(items, properties, shared, references)


def _heif(
    items: dict[int, tuple[bytes, bytes]], properties: dict[int, list[int]], shared: list[bytes], references: bytes
) -> bytes:
    infos = b"".join(
        _full_box(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", version=2) for number, (kind, _) in items.items()
    )
    uses = b"".join(struct.pack(f">HB{len(used)}B", number, len(used), *used) for number, used in properties.items())
    fixed = (
        _full_box(b"hdlr", b"\0\0\0\0pict" + b"\0" * 13)
        + _full_box(b"pitm", struct.pack(">H", 1))
        + _full_box(b"iinf", struct.pack(">H", len(items)) + infos)
        + (_full_box(b"iref", references) if references else b"")
        + _box(b"iprp", _box(b"ipco", b"".join(shared)) + _full_box(b"ipma", struct.pack(">I", len(properties)) + uses))
    )
    kind = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    at = len(kind) + 12 + len(fixed) + 12 + 4 + 14 * len(items) + 8
    places = b""
    for number, (_, content) in items.items():
        places += struct.pack(">HHHII", number, 0, 1, at, len(content))
        at += len(content)
    located = _full_box(b"iloc", struct.pack(">BBH", 0x44, 0, len(items)) + places)
    meta = _full_box(b"meta", fixed + located)
    return kind + meta + _box(b"mdat", b"".join(content for _, content in items.values()))


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def _full_box(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24) + content)


def _box_of(file: bytes, kind: bytes) -> bytes:
    at = file.index(kind)
    (length,) = struct.unpack_from(">I", file, at - 4)
    return file[at + 4 : at - 4 + length]


# --- colour profiles (ICC version 2) ---

_DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
_ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
_D50 = (0.9642, 1.0, 0.8249)


def display_p3() -> bytes:
    """The colours of a current phone; with a plain gamma of 2.2 instead of sRGB's curve."""
    return _rgb_profile(_DISPLAY_P3, 2.2)


def adobe_rgb() -> bytes:
    """The wide colours of cameras."""
    return _rgb_profile(_ADOBE_RGB, 2.19921875)


def linear_grey() -> bytes:
    """Grey levels in proportion to light."""
    return _profile(b"GRAY", b"XYZ ", {b"wtpt": _xyz(_D50), b"kTRC": _curve(1.0)})


def green_ink_cmyk() -> bytes:
    """A press whose cyan ink is a strong green, which no formula would guess; the other inks are black."""
    corners_ = []
    for cyan, magenta, yellow, black in ((c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)):
        lightness, a = (0, 0) if magenta or yellow or black else ((60, -60) if cyan else (100, 0))
        corners_.append(bytes([round(lightness * 255 / 100), a + 128, 128 + (50 if a else 0)]))
    identity = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + identity * 4 + b"".join(corners_) + identity * 3
    return _profile(b"CMYK", b"Lab ", {b"wtpt": _xyz(_D50), b"A2B0": table}, kind=b"prtr")


def _rgb_profile(primaries: tuple[tuple[float, float, float], ...], gamma: float) -> bytes:
    tags = {name: _xyz(colour) for name, colour in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    tags |= {name: _curve(gamma) for name in (b"rTRC", b"gTRC", b"bTRC")}
    return _profile(b"RGB ", b"XYZ ", {b"wtpt": _xyz(_D50), **tags})


def _xyz(colour: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in colour))


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def _profile(space: bytes, connection: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr") -> bytes:
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + b"\0" * 79, **tags}
    at = 128 + 4 + 12 * len(tags)
    index, contents = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        content += b"\0" * (-len(content) % 4)
        index += struct.pack(">4sII", name, at + len(contents), len(content))
        contents += content
    dates = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    white = struct.pack(">3i", *(round(value * 65536) for value in _D50))
    head = struct.pack(">I4sI4s4s4s", 0, b"\0" * 4, 0x02400000, kind, space, connection) + dates + b"acsp"
    head = head.ljust(68, b"\0") + white
    body = head.ljust(128, b"\0") + index + contents
    return struct.pack(">I", len(body)) + body[4:]
