"""Colours in plugin files: `"#rrggbb"`, always in quotes, because YAML takes a bare # for the start of a comment."""

from typing import Annotated

from pydantic import Field

Colour = Annotated[
    str,
    Field(
        pattern=r"^#[0-9a-fA-F]{6}$",
        json_schema_extra={
            "x-expected": 'a colour like "#1f3d7a"',
            "x-hint": "six hexadecimal digits after #, in quotes: YAML takes a bare # for a comment",
        },
    ),
]


def contrast(one: str, other: str) -> float:
    """How far two colours are apart in lightness, by WCAG's ratio: 1 is the same, 21 is black on white."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour: 0 is black, 1 is white."""
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
