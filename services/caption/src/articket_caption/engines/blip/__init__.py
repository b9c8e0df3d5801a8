"""The `blip` engine: a BLIP model in this process, by transformers.

`engine.py` drives it, `model.py` alone knows torch and transformers and is imported by `start`, `weights.py` finds the files.
"""

from articket_caption.engines.blip.config import BlipConfig
from articket_caption.engines.blip.engine import BlipEngine

__all__ = ["BlipConfig", "BlipEngine"]
