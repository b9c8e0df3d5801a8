"""The PNG preview: the finished ticket as pdfium shows it, without the bleed."""

import io

from pypdfium2 import PdfBitmap, PdfDocument
from pypdfium2 import raw as pdfium

PREVIEW_HEIGHT = 1000
"""Pixels; 5 a millimetre, enough for words of 5 points and for the code."""
_COMPRESSION = 2
"""Of 9: paintings hardly shrink in PNG, and more effort costs ten times the time."""


def preview(pdf: bytes, height: int = PREVIEW_HEIGHT) -> bytes:
    """Show the first page, `height` pixels high, as PNG. Not for several threads at once: pdfium is one per process."""
    with PdfDocument(pdf) as document:
        page = document[0]
        width = round(height * page.get_width() / page.get_height())
        bitmap = PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_BGRx, rev_byteorder=False)
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        # Not page.render(): it takes a scale and rounds the size up, to 501 × 1001.
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
        stream = io.BytesIO()
        bitmap.to_pil().convert("RGB").save(stream, "PNG", compress_level=_COMPRESSION)
        return stream.getvalue()
