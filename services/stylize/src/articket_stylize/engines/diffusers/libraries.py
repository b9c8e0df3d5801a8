"""torch, diffusers and their companions as this engine uses them: imported late, and without types that a checker could use.

A pod with another engine has none of them installed, and importing them takes seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeAlias

__all__ = ["Library", "Pipeline", "Tensor", "Tensors", "library"]

Library: TypeAlias = Any
Pipeline: TypeAlias = Any
"""A pipeline of diffusers: a model's networks, tokenizers and scheduler, and how to paint with them."""
Tensor: TypeAlias = Any
Tensors: TypeAlias = dict[str, Tensor]


def library(name: str) -> Library:
    """Import a module by its full name. Raises ImportError."""
    return import_module(name)
