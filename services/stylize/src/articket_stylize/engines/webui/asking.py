"""What to ask the server for: the bodies of img2img and txt2img. Pure."""

from __future__ import annotations

import base64

from articket_artists import Artist
from articket_stylize.engines.webui.inventory import NO_STYLE, Recipe
from articket_stylize.engines.webui.prompting import prompt_for, prompt_of_words
from articket_stylize.engines.webui.wire import Img2ImgRequest, Txt2ImgRequest

__all__ = ["img2img", "server_seed", "txt2img"]

# The largest prime below 2**32. Servers hand the seed to libraries that take 32 bits; so every bit of ours still counts.
SEEDS = 4_294_967_291


def server_seed(seed: int) -> int:
    """Our seeds have 64 bits, the servers' 32. Small ones stay as they are."""
    return seed % SEEDS


def img2img(
    artist: Artist, recipe: Recipe, *, caption: str, seed: int, picture: bytes, size: tuple[int, int], task_id: str
) -> Img2ImgRequest:
    """Ask for the picture in the artist's style; `size` is the picture's width and height, in multiples of 8."""
    values = artist.img2img
    return Img2ImgRequest(
        prompt=prompt_for(artist, caption, recipe.lora_name),
        negative_prompt=artist.negative_prompt,
        seed=server_seed(seed),
        sampler_name=recipe.sampling.sampler,
        scheduler=recipe.sampling.scheduler,
        steps=values.steps,
        cfg_scale=values.guidance_scale,
        width=size[0],
        height=size[1],
        override_settings={"sd_model_checkpoint": recipe.checkpoint.title},
        force_task_id=task_id,
        init_images=[base64.b64encode(picture).decode("ascii")],
        denoising_strength=values.denoising_strength,
    )


def txt2img(
    artist: Artist | None, recipe: Recipe, *, words: str, seed: int, size: tuple[int, int], task_id: str
) -> Txt2ImgRequest:
    """Ask for a picture of what somebody has typed, in the artist's style if one is wanted."""
    values = artist.img2img if artist else NO_STYLE
    return Txt2ImgRequest(
        prompt=prompt_of_words(artist, words, recipe.lora_name),
        negative_prompt=artist.negative_prompt if artist else "",
        seed=server_seed(seed),
        sampler_name=recipe.sampling.sampler,
        scheduler=recipe.sampling.scheduler,
        steps=values.steps,
        cfg_scale=values.guidance_scale,
        width=size[0],
        height=size[1],
        override_settings={"sd_model_checkpoint": recipe.checkpoint.title},
        force_task_id=task_id,
    )
