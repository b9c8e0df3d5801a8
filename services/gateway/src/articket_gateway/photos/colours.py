"""Brings any colour model to sRGB: flattens alpha on white, scales 16 bits to 8, applies the photo's own colour profile."""

from __future__ import annotations

from io import BytesIO
from typing import Any, cast

from PIL import Image, ImageCms

_SIXTEEN_TO_EIGHT = 1 / 257  # 65535 → 255


def without_alpha(picture: Image.Image) -> Image.Image:
    """Give the picture as RGB, L or CMYK: alpha and transparent colours on white, palettes and bits looked up.

    The colours stay in the photo's own colour space; `to_srgb` comes after it.
    """
    if picture.mode in ("RGB", "L", "CMYK") and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I"):
        return picture.point(lambda value: value * _SIXTEEN_TO_EIGHT).convert("L")
    if picture.mode in ("LA", "La"):
        return _on_white(picture.convert("LA"), "L")
    if picture.has_transparency_data:
        return _on_white(picture.convert("RGBA"), "RGB")
    return picture.convert("L" if picture.mode == "1" else "RGB")


def to_srgb(picture: Image.Image, icc: bytes | None) -> Image.Image:
    """Give the picture as RGB in sRGB. A profile that is broken, or made for another colour model, is ignored.

    Without a profile RGB and grey are taken for sRGB, and CMYK is converted by the plain formula.
    """
    if icc:
        srgb = cast("Any", ImageCms.createProfile("sRGB"))  # Pillow leaves its type open
        try:
            converted = ImageCms.profileToProfile(picture, BytesIO(icc), srgb, outputMode="RGB")
        except ImageCms.PyCMSError:
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB")


def _on_white(picture: Image.Image, mode: str) -> Image.Image:
    white = Image.new(mode, picture.size, "white")
    white.paste(picture.convert(mode), mask=picture.getchannel("A"))
    return white
