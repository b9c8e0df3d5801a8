"""The painter: one loaded model, painting one picture at a time. Everything here runs in the engine's thread, and nowhere else.

A picture that is given up stops at the next block of the network, not only at the next step.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from articket_artists import Artist, LoadedArtist
from articket_stylize.engines.canvas import paintable_size
from articket_stylize.engines.diffusers.adapters import Adapters
from articket_stylize.engines.diffusers.config import ENGINE, DiffusersConfig
from articket_stylize.engines.diffusers.libraries import Pipeline, Tensor, Tensors, library
from articket_stylize.engines.diffusers.loading import Model
from articket_stylize.engines.diffusers.previews import Colours
from articket_stylize.engines.diffusers.prompting import drawing_prompt, painting_prompt
from articket_stylize.engines.diffusers.sampling import Plan, Scheduler
from articket_stylize.engines.diffusers.weights import find_lora, read_lora
from articket_stylize.engines.diffusers.work import Step, StoppedError, Watching, Work
from articket_stylize.errors import engine_failed

if TYPE_CHECKING:
    from articket_stylize.engines.painterly.colour import Picture

__all__ = ["Painter"]

logger = logging.getLogger(__name__)

# torch's generators take 32 bits of a seed on the CPU; this is the largest prime below, so every bit of ours counts.
SEEDS = 4_294_967_291
# At most so many previews a painting: each is a JPEG on its way to a phone.
MOST_PREVIEWS = 8
WARM_UP_PX = 64


class Painter:
    """Paints with one model."""

    def __init__(self, model: Model, config: DiffusersConfig) -> None:
        self._model = model
        self._config = config
        self._is_stopped: Callable[[], bool] = lambda: False
        self._told_long: set[str] = set()
        self.adapters = Adapters(model.repainting, kept=config.loras_kept)
        self._colours = Colours.learned(model.repainting.vae)
        self._listen_to_blocks()

    @property
    def long_side_px(self) -> int:
        """Of what the model paints, at most."""
        return self._model.long_side_px

    @property
    def text_encoders(self) -> int:
        """One, or SDXL's two."""
        return len(self._model.tokenizers)

    @property
    def words_width(self) -> int:
        """How many numbers the model takes for each word; it tells the kinds of models apart."""
        return self._model.words_width

    def warm_up(self, plan: Plan) -> None:
        """Draw one step: the first is slow, and what cannot work at all shows itself. On a GPU as large as it will be."""
        side = WARM_UP_PX if self._model.device == "cpu" else self.long_side_px
        size = paintable_size(side, side, side)
        one = Plan(plan.scheduler, 1, plan.guidance_scale, 1.0)
        work = Work(None, "a picture", 0, one, None, size)
        self._run(work, "a picture", "", Watching(tell=lambda _: None, is_stopped=lambda: False))

    def paint(self, work: Work, watching: Watching) -> Picture:
        """Paint or draw; give the picture as BGR in the size worked in.

        Raises StoppedError, WeightsError, MeshError ENGINE_FAILED, or what torch raises.
        """
        self._wear(work.artist)
        artist = work.artist.artist if work.artist is not None else None
        if work.photo is None:
            prompt = drawing_prompt(artist, work.words, self._fits)
        else:
            assert artist is not None, "photos are painted by artists"
            prompt = painting_prompt(artist, work.words, self._fits)
        if artist is not None:
            self._tell_if_long(artist)
        return self._run(work, prompt, artist.negative_prompt if artist is not None else "", watching)

    def give_back_memory(self) -> None:
        """After running out of it: leave nothing behind but the model and the LoRA in use."""
        self.adapters.drop_unused()
        gc.collect()
        torch = library("torch")
        if self._model.device == "cuda":
            torch.cuda.empty_cache()
        elif self._model.device == "mps":
            torch.mps.empty_cache()

    def _wear(self, artist: LoadedArtist | None) -> None:
        lora = artist.artist.lora if artist is not None else None
        if artist is None or lora is None:
            self.adapters.wear_none()
        elif not self.adapters.wear_loaded(lora.sha256, lora.weight):
            path = find_lora(artist, self._config.lora_folder)
            assert path is not None, "there is a LoRA"
            self.adapters.wear(read_lora(artist, path), lora.weight, whose=artist.id)

    def _run(self, work: Work, prompt: str, negative_prompt: str, watching: Watching) -> Picture:
        torch = library("torch")
        pipeline = self._model.drawing if work.photo is None else self._model.repainting
        pipeline.scheduler = self._scheduler(work.plan.scheduler)
        every = max(1, -(-work.plan.steps // MOST_PREVIEWS))

        def ended(pipeline: Pipeline, index: int, _timestep: object, tensors: Tensors) -> Tensors:
            count = pipeline.num_timesteps
            is_due = work.has_previews and (index % every == 0 or index + 1 == count)
            watching.tell(Step(index + 1, count, self._colours.picture(tensors["latents"]) if is_due else None))
            if watching.is_stopped():
                raise StoppedError
            return {}

        with self._stoppable(watching.is_stopped), torch.inference_mode():
            pictures = pipeline(
                prompt=prompt,
                negative_prompt=negative_prompt,
                num_inference_steps=work.plan.steps,
                guidance_scale=work.plan.guidance_scale,
                # The CPU's numbers are the same on every device.
                generator=torch.Generator("cpu").manual_seed(work.seed % SEEDS),
                output_type="np",
                callback_on_step_end=ended,
                **_canvas_of(work),
            ).images
        return _as_picture(pictures[0])

    def _scheduler(self, wanted: Scheduler) -> Pipeline:
        kind = getattr(library("diffusers"), wanted.class_name)
        return kind.from_config(self._model.scheduler_config, **wanted.options)

    def _fits(self, prompt: str) -> bool:
        """Whether every text encoder reads all of the prompt: with its two marks it takes 77 pieces of words."""
        return all(len(one(prompt).input_ids) <= one.model_max_length for one in self._model.tokenizers)

    def _tell_if_long(self, artist: Artist) -> None:
        for what, words in (("prompt", artist.prompt_for("")), ("negative_prompt", artist.negative_prompt)):
            if not self._fits(words) and (key := f"{artist.id} {what}") not in self._told_long:
                self._told_long.add(key)
                logger.warning("artist %s: %s: expected at most 75 tokens, found more: its end is not read", artist.id, what)

    @contextmanager
    def _stoppable(self, is_stopped: Callable[[], bool]) -> Generator[None]:
        self._is_stopped = is_stopped
        try:
            yield
        finally:
            self._is_stopped = lambda: False

    def _listen_to_blocks(self) -> None:
        """Have every block of the networks ask whether it is still wanted, before it begins."""

        def ask(*_: object) -> None:
            if self._is_stopped():
                raise StoppedError

        pipeline = self._model.repainting
        for part in (pipeline.unet, pipeline.vae.encoder, pipeline.vae.decoder):
            for blocks in ("down_blocks", "up_blocks"):
                for block in getattr(part, blocks, ()):
                    block.register_forward_pre_hook(ask)
            part.mid_block.register_forward_pre_hook(ask)


def _canvas_of(work: Work) -> dict[str, Any]:
    if work.photo is None:
        return {"width": work.size[0], "height": work.size[1]}
    # A tensor of 0 to 1: a picture object would be scaled and converted on its way.
    rgb = np.ascontiguousarray(work.photo[..., ::-1]).astype(np.float32) / 255
    return {"image": library("torch").from_numpy(rgb).permute(2, 0, 1)[None], "strength": work.plan.strength}


def _as_picture(rgb: Tensor) -> Picture:
    """Levels of 0 to 1 as a BGR picture. Raises TransientError ENGINE_FAILED for broken numbers, as of half precision."""
    if not np.isfinite(rgb).all():
        raise engine_failed(ENGINE, "expected a picture, found numbers that are none")
    return np.ascontiguousarray((rgb[..., ::-1] * 255 + 0.5).astype(np.uint8))
