"""LoRA files: what is taken for one, and what is refused, in words that say whose it is and what to do."""

from __future__ import annotations

import io
import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from articket_artists import LoadedArtist
from articket_stylize.engines.diffusers.weights import (
    WeightsError,
    WeightsNotReadError,
    check_base,
    find_lora,
    read_lora,
    read_pinned,
)
from tests.support.stylize import an_artist

SHA256 = "0" * 64


def artist_with(source: str, folder: Path, sha256: str = SHA256) -> LoadedArtist:
    return replace(an_artist("dabbler", lora={"source": source, "sha256": sha256}), folder=folder)


def safetensors(**shapes: tuple[int, ...]) -> bytes:
    """A whole file with tensors of zeros; `__` in a name stands for a dot."""
    entries, at = [], 0
    for name, shape in shapes.items():
        size = 4
        for side in shape:
            size *= side
        entries.append(f'"{name.replace("__", ".")}":{{"dtype":"F32","shape":{list(shape)},"data_offsets":[{at},{at + size}]}}')
        at += size
    header = ("{" + ",".join(entries) + "}").encode()
    return len(header).to_bytes(8, "little") + header + bytes(at)


def zipped_pickle() -> bytes:
    """As torch.save writes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"a": 1}))
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (pickle.dumps({"lora": [1.0] * 100}), "a pickle"),
        (zipped_pickle(), "a pickle"),
        (b"", "something else"),
        (b"<html>404 not found</html>", "something else"),
        (safetensors(a__weight=(4, 4))[:20], "something else"),
        ((2**60).to_bytes(8, "little") + b"{}", "something else"),
        ((2).to_bytes(8, "little") + b"[]", "something else"),
    ],
)
def test_what_is_no_safetensors_is_refused_whatever_its_name(content: bytes, found: str, tmp_path: Path):
    file = tmp_path / "lora.safetensors"
    file.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"artist dabbler: .*lora\.safetensors: expected .*, found {found}\. Hint: "):
        read_lora(artist_with(file.name, tmp_path), file)


def test_other_weights_than_the_pinned_ones_are_refused(tmp_path: Path):
    file = tmp_path / "lora.safetensors"
    file.write_bytes(safetensors(a__weight=(4, 4)))
    with pytest.raises(WeightsError, match=r"artist dabbler: .*expected the SHA-256 0{12}…, found [0-9a-f]{12}…\. Hint: "):
        read_lora(artist_with(file.name, tmp_path), file)


def test_weights_that_cannot_be_read_are_not_called_wrong(tmp_path: Path):
    with pytest.raises(WeightsNotReadError, match="artist dabbler"):
        read_lora(artist_with("lora.safetensors", tmp_path), tmp_path / "lora.safetensors")


UNET = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k__lora_down__weight"
PEFT = "unet__down_blocks__0__attentions__0__transformer_blocks__0__attn2__to_v__lora_A__weight"
OLD = "unet__down_blocks__0__attentions__0__transformer_blocks__0__attn2__processor__to_k_lora__down__weight"


@pytest.mark.parametrize("name", [UNET, PEFT, OLD])
@pytest.mark.parametrize(("width", "model", "base_width", "base"), [
    (2048, "SDXL", 768, "Stable Diffusion 1.x"),
    (768, "Stable Diffusion 1.x", 2048, "SDXL"),
    (1024, "Stable Diffusion 2.x", 768, "Stable Diffusion 1.x"),
])  # fmt: skip
def test_weights_for_another_base_are_told_by_their_header(
    name: str, width: int, model: str, base_width: int, base: str, tmp_path: Path
):
    file = tmp_path / "lora.safetensors"
    file.write_bytes(safetensors(**{name: (4, width)}))
    lora = read_pinned(file, "", whose="dabbler")
    with pytest.raises(WeightsError, match=rf"dabbler: .*expected weights for {base}, found weights for {model}\. Hint: "):
        check_base(lora, whose="dabbler", words_width=base_width, text_encoders=1)
    check_base(lora, whose="dabbler", words_width=width, text_encoders=1)


def test_weights_for_a_second_text_encoder_are_sdxls(tmp_path: Path):
    file = tmp_path / "lora.safetensors"
    file.write_bytes(safetensors(lora_te2_text_model_encoder_layers_0_mlp_fc1__lora_down__weight=(4, 1280)))
    lora = read_pinned(file, "", whose="dabbler")
    with pytest.raises(WeightsError, match="found weights for SDXL"):
        check_base(lora, whose="dabbler", words_width=768, text_encoders=1)
    check_base(lora, whose="dabbler", words_width=2048, text_encoders=2)


def test_weights_with_an_address_are_looked_for_in_the_operators_folder(tmp_path: Path):
    artist = artist_with("https://example.org/files/style-v2.safetensors", tmp_path / "artist")
    with pytest.raises(WeightsError, match=r"dabbler.safetensors or style-v2.safetensors.*downloads no weights"):
        find_lora(artist, None)
    with pytest.raises(WeightsError, match="no such file"):
        find_lora(artist, tmp_path)
    (tmp_path / "style-v2.safetensors").touch()
    assert find_lora(artist, tmp_path) == tmp_path / "style-v2.safetensors"
    (tmp_path / "dabbler.safetensors").touch()
    assert find_lora(artist, tmp_path) == tmp_path / "dabbler.safetensors"


def test_an_artist_without_weights_needs_none(tmp_path: Path):
    assert find_lora(an_artist(), tmp_path) is None


def test_weights_in_the_artists_folder_are_taken_from_there(tmp_path: Path):
    assert find_lora(artist_with("lora.safetensors", tmp_path), None) == tmp_path / "lora.safetensors"
