"""The `http` engine: a caption endpoint that somebody else runs.

`engine.py` alone speaks with it. Pure are `config`, `wire` (what is sent and what is believed of the answer) and `failures`.
"""

from articket_caption.engines.http.config import SHAPES, HttpConfig, Send, Shape
from articket_caption.engines.http.engine import HttpEngine

__all__ = ["SHAPES", "HttpConfig", "HttpEngine", "Send", "Shape"]
