"""What the ticket tests print: pictures, orders and artists made on the spot, and ways to look at the result."""

import io
import random
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image
from pypdfium2 import PdfDocument

from articket_artists import LoadedArtist
from articket_artists.loading import load_folder
from articket_ticket.order import TicketOrder
from articket_ticket.picturing import Picture
from tests.support.artists import write_artist

ARTISTS = Path(__file__).parents[3] / "plugins/artists"
RED, BLUE, GREEN, YELLOW = (220, 20, 30), (20, 40, 200), (10, 160, 60), (250, 210, 0)
VISIT_URL = "https://booth.articket.example/v/k3J9xQ2mZbT7wLr5VnYc4A"


@cache
def jpeg_of(colour: tuple[int, int, int], size: tuple[int, int] = (600, 600)) -> bytes:
    """A picture of one colour."""
    return encoded(Image.new("RGB", size, colour))


def encoded(image: Image.Image, format_: str = "JPEG", **options: Any) -> bytes:
    """The picture as bytes."""
    stream = io.BytesIO()
    image.save(stream, format_, **options)
    return stream.getvalue()


@cache
def busy_jpeg(width: int, height: int) -> bytes:
    """A picture that compresses as badly as impasto does: noise of two pixels, and larger patches."""
    rng = random.Random(width * height)
    fine = Image.frombytes("RGB", (width // 2, height // 2), rng.randbytes(width // 2 * (height // 2) * 3)).resize(
        (width, height)
    )
    coarse = Image.frombytes("RGB", (12, 12), rng.randbytes(432)).resize((width, height), Image.Resampling.BICUBIC)
    return encoded(Image.blend(coarse, fine, 0.25), quality=90)


def an_order(**changes: Any) -> TicketOrder:
    """An English order of one red painting and one blue photo, but for the changes."""
    order = TicketOrder(
        language="en",
        paintings=(Picture(jpeg_of(RED)),),
        photo=Picture(jpeg_of(BLUE)),
        caption="One smiling face in soft light.",
        because="You stay calm and love order, and so did he.",
        number="0042",
        visit_url=VISIT_URL,
        booth="Seoul Art Night",
        date="2026-11-21",
    )
    return replace(order, **changes)


def an_artist(
    folder: Path, *slots: dict[str, Any], template: bytes | None = None, foreground: bytes | None = None
) -> LoadedArtist:
    """An artist whose ticket has these slots, and a painting and a code in the corners where nothing else is."""
    folder.mkdir(parents=True, exist_ok=True)
    ticket: dict[str, Any] = {"template": "template.pdf", "slots": list(slots)}
    if not any(slot["kind"] == "painting" for slot in slots):
        ticket["slots"].append({"kind": "painting", "box_mm": [2, 2, 6, 6]})
    if not any(slot["kind"] == "qr" for slot in slots):
        ticket["slots"].append({"kind": "qr", "box_mm": [80, 180, 18, 18]})
    if template is not None:
        (folder / "template.pdf").write_bytes(template)
    if foreground is not None:
        (folder / "foreground.pdf").write_bytes(foreground)
        ticket["foreground"] = "foreground.pdf"
    return load_folder(write_artist(folder, ticket=ticket))


def page_of(content: str, width_mm: float = 106, height_mm: float = 206, extra: str = "", pages: int = 1) -> bytes:
    """A PDF whose page has this content; its units are points from the lower left corner."""
    width, height = width_mm * 72 / 25.4, height_mm * 72 / 25.4
    kids = " ".join(f"{3 + number} 0 R" for number in range(pages))
    box = f"[0 0 {width:.3f} {height:.3f}]"
    page = f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Resources << >> /Contents {3 + pages} 0 R {extra} >>"
    bodies = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>", *[page] * pages]
    bodies.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    pdf, offsets = "%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(pdf))
        pdf += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\n"
    return f"{pdf}{end}startxref\n{len(pdf)}\n%%EOF\n".encode("ascii")


def rendered(pdf: bytes, pixels_per_mm: int = 10) -> Image.Image:
    """The finished ticket, `pixels_per_mm` × 100 wide."""
    with PdfDocument(pdf) as document:
        image = document[0].render(scale=pixels_per_mm * 25.4 / 72).to_pil().convert("RGB")
        return image.crop((0, 0, 100 * pixels_per_mm, 200 * pixels_per_mm))


def text_of(pdf: bytes) -> str:
    """The text of the first page, with every run of white space as one space."""
    with PdfDocument(pdf) as document:
        return " ".join(document[0].get_textpage().get_text_range().split())


def colour_at(image: Image.Image, x_mm: float, y_mm: float) -> tuple[int, int, int]:
    """The colour of a point of a rendered ticket."""
    pixel = image.getpixel((round(x_mm * image.width / 100), round(y_mm * image.height / 200)))
    assert isinstance(pixel, tuple)
    return pixel  # type: ignore[return-value]


def is_near(one: tuple[int, int, int], other: tuple[int, int, int], tolerance: int = 24) -> bool:
    """Whether two colours look the same."""
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))
