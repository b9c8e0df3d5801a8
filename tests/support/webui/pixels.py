"""What the stand-in paints: the photo's negative, half under a pattern that seed and prompt decide; and what it says of it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from tests.support.webui.troubles import Trouble

if TYPE_CHECKING:
    from tests.support.webui.stand_in import StandIn


@dataclass
class Picture:
    """One painting."""

    pixels: Any
    png: bytes

    def in_format(self, samples_format: str) -> Picture:
        """The same, encoded as the server's option samples_format says."""
        return (
            self
            if samples_format == "png"
            else Picture(self.pixels, cv2.imencode(f".{samples_format}", self.pixels)[1].tobytes())
        )

    def info(self, server: StandIn, request: Any, extra: dict[str, str], trouble: Trouble) -> str:
        """The `info` of the answer, with what the infotext adds."""
        if trouble is Trouble.NO_INFO:
            return "nothing to tell"
        seed = request.seed + 1 if trouble is Trouble.OTHER_SEED else request.seed
        sampler = "Euler" if trouble is Trouble.OTHER_SAMPLER else request.sampler_name
        model, sha = server.model.rpartition("/")[2].removesuffix(".safetensors"), server.checkpoints[server.model]
        told = {"Steps": request.steps, "Sampler": sampler, "Seed": seed, "Model hash": sha[:10], "Model": model}
        told |= {key: json.dumps(value) for key, value in extra.items()}
        comment = ""
        if server.flavour == "automatic1111" and (errors := [name for name in server.unfitting_loras if name in str(extra)]):
            comment = f"\n\nNetworks with errors: {', '.join(f'{name} (68)' for name in errors)}"
        infotext = f"{request.prompt}\nNegative prompt: {request.negative_prompt}\n"
        infotext += ", ".join(f"{key}: {value}" for key, value in told.items()) + comment
        if trouble is Trouble.BARE_INFO:
            return json.dumps({"prompt": request.prompt, "infotexts": []})
        first = {Trouble.GRID_FIRST: 1, Trouble.TWO_PICTURES: None}.get(trouble, 0)
        return json.dumps(
            {
                "prompt": request.prompt,
                "seed": seed,
                "all_seeds": [seed],
                "width": request.width,
                "height": request.height,
                "sampler_name": sampler,
                "cfg_scale": request.cfg_scale,
                "steps": request.steps,
                "sd_model_name": model,
                "sd_model_hash": sha[:10],
                "extra_generation_params": extra,
                "index_of_first_image": first,
                "infotexts": [infotext],
                "styles": [],
                "job_timestamp": server.state.job_timestamp,
                "version": "f2.0.1v1.10.1" if server.flavour == "forge" else "v1.6.0",
            }
        )


def picture_of(encoded: str) -> Any:
    """The pixels of a picture in base64."""
    return cv2.imdecode(np.frombuffer(base64.b64decode(encoded), np.uint8), cv2.IMREAD_COLOR)


def painted(photo: Any, size: tuple[int, int], seed: int, prompt: str) -> Picture:
    """Paint in that size: multiples of 8, as latents have them."""
    width, height = (side // 8 * 8 for side in size)
    seeds = hashlib.sha256(f"{seed}/{prompt}".encode()).digest()
    noise = np.random.default_rng(list(seeds)).integers(0, 255, (8, 8, 3), np.uint8)
    pattern = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    ground = pattern if photo is None else 255 - cv2.resize(photo, (width, height))
    pixels = cv2.addWeighted(ground, 0.5, pattern, 0.5, 0)
    return Picture(pixels, cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes())
