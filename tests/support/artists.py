"""An artist's folder for tests: complete, valid, and changed key by key to what a test is about."""

import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

HOKUSAI: dict[str, Any] = {
    "schema_version": 1,
    "id": "hokusai",
    "name": {"en": "Katsushika Hokusai", "ko": "가쓰시카 호쿠사이"},
    "personality": {
        "title": {"en": "The Wave Rider", "ko": "파도를 타는 사람"},
        "text": {
            "en": "You wait for the one moment when the wave stands still, and then you draw it.",
            "ko": "당신은 파도가 멈춰 서는 단 한 순간을 기다렸다가 그려 내는 사람이에요.",
        },
    },
    "traits": {"calm": 0.8, "order": 0.6, "warmth": -0.2, "boldness": 0.7},
    "prompt": "{caption}, woodblock print in the manner of Hokusai, {trigger}",
    "negative_prompt": "photo, text, watermark",
    "img2img": {"denoising_strength": 0.55, "guidance_scale": 6.0, "steps": 24, "sampler": "DPM++ 2M"},
    "painterly": {"recipe": "strokes"},
    "ticket": {
        "template": "template.pdf",
        "slots": [
            {"kind": "painting", "box_mm": [5, 20, 90, 90]},
            {"kind": "text", "of": "personality.title", "box_mm": [5, 114, 90, 10], "size_pt": 18, "weight": "bold"},
            {"kind": "text", "of": "personality.text", "box_mm": [5, 126, 90, 44], "size_pt": 9},
            {"kind": "text", "of": "because", "box_mm": [5, 174, 64, 14], "size_pt": 9},
            {"kind": "qr", "box_mm": [75, 174, 20, 20]},
            {"kind": "serial", "box_mm": [5, 190, 40, 5], "size_pt": 8},
        ],
    },
    "scaling": {"min_replicas": 0, "max_replicas": 4, "gpu": "nvidia.com/gpu", "gpu_hour_price_usd": 0.69},
    "credit": {"licence": "CC0-1.0", "source": "Made for a test; the works of Hokusai are in the public domain."},
}
"""The data of a good artist.yaml."""


def write_artist(folder: Path, overrides: dict[str, Any] | None = None, *, without: Iterable[str] = (), **top: Any) -> Path:
    """Write a good artist into `folder`, whose name becomes the id, and return the folder.

    `top` sets keys of the top level, `overrides` sets any by its dotted place (`{"ticket.slots.0.rank": 2}`), and `without`
    leaves out places. A template.pdf is written unless there is one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "artist.yaml").write_text(artist_yaml(folder.name, overrides, without=without, **top), encoding="utf-8")
    if not (folder / "template.pdf").exists():
        (folder / "template.pdf").write_bytes(blank_template())
    return folder


def artist_yaml(
    artist_id: str = "hokusai", overrides: dict[str, Any] | None = None, *, without: Iterable[str] = (), **top: Any
) -> str:
    """The text of an artist.yaml; the arguments are those of `write_artist`."""
    data = copy.deepcopy(HOKUSAI) | {"id": artist_id} | top
    for place, value in (overrides or {}).items():
        block, key = _block(data, place)
        block[key] = value
    for place in without:
        block, key = _block(data, place)
        del block[key]
    return yaml.dump(data, Dumper=_Plain, allow_unicode=True, sort_keys=False)


def blank_template(width_mm: float = 100, height_mm: float = 200, bleed_mm: float = 3) -> bytes:
    """A one-page PDF with a pale background, as small as one can be that every reader accepts."""
    width, height, bleed = (mm * 72 / 25.4 for mm in (width_mm + 2 * bleed_mm, height_mm + 2 * bleed_mm, bleed_mm))
    trim = f"[{bleed:.3f} {bleed:.3f} {width - bleed:.3f} {height - bleed:.3f}]"
    ink = f"0.97 0.95 0.9 rg 0 0 {width:.3f} {height:.3f} re f"
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.3f} {height:.3f}] /CropBox {trim} /TrimBox {trim}"
        " /Resources << >> /Contents 4 0 R >>",
        f"<< /Length {len(ink)} >>\nstream\n{ink}\nendstream",
    ]
    pdf, offsets = "%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(pdf))
        pdf += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\n"
    return f"{pdf}{end}startxref\n{len(pdf)}\n%%EOF\n".encode("ascii")


def safetensors(tensor_bytes: int = 16) -> bytes:
    """The smallest whole safetensors file: one tensor of zeros."""
    header = b'{"lora.weight":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}' % (tensor_bytes // 4, tensor_bytes)
    return len(header).to_bytes(8, "little") + header + bytes(tensor_bytes)


class _Plain(yaml.SafeDumper):
    """Writes every value out, also one that is there twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _block(data: Any, place: str) -> tuple[Any, str | int]:
    *way, last = (int(part) if part.isdigit() else part for part in place.split("."))
    for part in way:
        data = data[part]
    return data, last
