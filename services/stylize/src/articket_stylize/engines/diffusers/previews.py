"""What a painting looks like before it is finished: latents turned into colours by one small matrix.

Decoding them would take as long as a step. A matrix from the four numbers of a latent to red, green and blue costs
next to nothing and is good enough for a thumbnail. It is learned at the start from the model's own encoder, so fits each one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from articket_stylize.engines.diffusers.libraries import Pipeline, Tensor, library

if TYPE_CHECKING:
    from articket_stylize.engines.painterly.colour import Floats, Picture

__all__ = ["Colours"]

# Large enough to give more equations than the twenty-odd numbers that are looked for, small enough for a CPU.
SAMPLE_PX = 256
PATCH_PX = 32
GRID_PX = 8


class Colours:
    """How one model's latents look."""

    def __init__(self, matrix: Floats) -> None:
        """Take five rows, one for each number of a latent and one for all of them, of red, green and blue as 0 to 1."""
        self._matrix = matrix

    @classmethod
    def learned(cls, vae: Pipeline) -> Colours:
        """Let the encoder look at patches of every colour, and find the matrix that leads back."""
        torch = library("torch")
        cells = SAMPLE_PX // PATCH_PX
        colours = np.random.default_rng(0).uniform(0, 1, (cells, cells, 3)).astype(np.float32)
        patches = colours.repeat(PATCH_PX, axis=0).repeat(PATCH_PX, axis=1)
        picture = torch.from_numpy(patches).permute(2, 0, 1)[None] * 2 - 1
        with torch.inference_mode():
            latents = vae.encode(picture.to(vae.device, vae.dtype)).latent_dist.mode() * vae.config.scaling_factor
        seen = _rows(latents)
        wanted = colours.repeat(PATCH_PX // GRID_PX, axis=0).repeat(PATCH_PX // GRID_PX, axis=1).reshape(-1, 3)
        matrix = np.linalg.lstsq(np.nan_to_num(seen), wanted, rcond=None)[0]
        return cls(np.asarray(matrix, np.float32))

    def picture(self, latents: Tensor) -> Picture:
        """The latents of one picture as BGR, an eighth as large.

        Noise makes latents larger than those of a picture, how much depends on the scheduler; so they are brought to size.
        """
        rows = _rows(latents)
        rows[:, :-1] /= max(1.0, float(np.nan_to_num(rows[:, :-1]).std()))
        rgb = np.clip(np.nan_to_num(rows @ self._matrix), 0, 1).reshape(*latents.shape[2:], 3)
        return np.ascontiguousarray((rgb[..., ::-1] * 255 + 0.5).astype(np.uint8))


def _rows(latents: Tensor) -> Floats:
    """One row for each place: its numbers, and a one for the matrix' last row."""
    places = latents[0].float().cpu().numpy()
    rows = places.reshape(places.shape[0], -1).T
    return np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1, dtype=np.float32)
