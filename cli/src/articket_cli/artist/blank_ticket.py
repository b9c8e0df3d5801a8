"""The page that a new artist starts with: pale paper, a hairline round the painting, nothing else.

Drawn here as a PDF of two dozen lines, so that `articket artist new` needs no PDF library and an author can see what a template
is: one page, vectors, 3 mm of bleed around 100 × 200 mm.
"""

from __future__ import annotations

from articket_artists import BLEED_MM, PAGE_HEIGHT_MM, PAGE_WIDTH_MM

POINTS_PER_MM = 72 / 25.4
PAPER = "0.98 0.965 0.94"
INK = "0.16 0.15 0.14"
HAIRLINE_POINTS = 0.4

# x, y, width, height in millimetres from the top left corner of the finished ticket, as in artist.yaml
PAINTING_FRAME = (6.0, 6.0, 88.0, 88.0)
FOOT_RULE = (6.0, 166.0, 88.0, 0.0)


def blank_ticket() -> bytes:
    """Draw the page."""
    width, height = PAGE_WIDTH_MM + 2 * BLEED_MM, PAGE_HEIGHT_MM + 2 * BLEED_MM
    drawing = "\n".join(
        (
            f"{PAPER} rg 0 0 {_points(width)} {_points(height)} re f",
            f"{INK} RG {HAIRLINE_POINTS} w",
            f"{_rectangle(PAINTING_FRAME)} re S",
            f"{_rectangle(FOOT_RULE)} re S",
        )
    ).encode()
    media = f"0 0 {_points(width)} {_points(height)}"
    trim = f"{_points(BLEED_MM)} {_points(BLEED_MM)} {_points(width - BLEED_MM)} {_points(height - BLEED_MM)}"
    boxes = f"/MediaBox [{media}] /BleedBox [{media}] /TrimBox [{trim}] /CropBox [{trim}]"
    return _pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R {boxes} /Resources << >> /Contents 4 0 R >>".encode(),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawing), drawing),
    )


def _pdf(*objects: bytes) -> bytes:
    """Put numbered objects, their table and the trailer together (ISO 32000-1 §7.5)."""
    file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets: list[int] = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    return file + head + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(file))


def _rectangle(box: tuple[float, float, float, float]) -> str:
    """Turn millimetres from the top left of the trimmed page into points from the bottom left of the whole page."""
    x, y, width, height = box
    bottom = PAGE_HEIGHT_MM + BLEED_MM - y - height
    return " ".join(_points(value) for value in (x + BLEED_MM, bottom, width, height))


def _points(millimetres: float) -> str:
    return f"{millimetres * POINTS_PER_MM:.3f}"
