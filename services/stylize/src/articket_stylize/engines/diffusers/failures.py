"""What went wrong in the model's thread, in the mesh's words.

torch tells most failures by a RuntimeError and its text. Running out of memory leaves the process sound, once the memory is
given back. After a fault on the device (an assertion, an illegal access) every later call fails too: the process has to end.
"""

from __future__ import annotations

import re

from articket_mesh.errors import MeshError
from articket_stylize.engines.diffusers.config import ENGINE
from articket_stylize.engines.diffusers.libraries import library
from articket_stylize.errors import engine_failed, engine_unavailable, out_of_memory

__all__ = ["as_mesh_error", "is_fatal", "is_out_of_memory"]

_OUT_OF_MEMORY = re.compile(
    r"out of memory|DefaultCPUAllocator: (?:can't|not enough|cannot) |not enough memory: you tried to allocate"
    r"|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|cudaErrorMemoryAllocation",
    re.IGNORECASE,
)
_FATAL = re.compile(
    r"device-side assert|illegal memory access|illegal instruction|misaligned address|unspecified launch failure"
    r"|uncorrectable (?:ECC|NVLink) error|GPU has fallen off|CUDA_ERROR_LAUNCH|context is destroyed"
    r"|CUBLAS_STATUS_EXECUTION_FAILED|no CUDA-capable device|hardware stack error|invalid program counter",
    re.IGNORECASE,
)
_WANTED = re.compile(r"[Tt]ried to allocate ([\d.]+ [KMGT]i?B)")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether there was not enough memory, the device's or the machine's."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, library("torch").OutOfMemoryError) or (
        isinstance(error, RuntimeError) and _OUT_OF_MEMORY.search(str(error)) is not None
    )


def is_fatal(error: BaseException) -> bool:
    """Whether the device will not work again in this process."""
    return isinstance(error, RuntimeError) and not is_out_of_memory(error) and _FATAL.search(str(error)) is not None


def as_mesh_error(error: BaseException, long_side_px: int) -> MeshError:
    """The error for the caller; `long_side_px` is the size that was painted in.

    Only the kind of an unexpected error is told: its text may hold anything, also of the prompt.
    """
    if isinstance(error, MeshError):
        return error
    if is_out_of_memory(error):
        wanted = _WANTED.search(str(error))
        told = f" when it wanted {wanted[1]} more" if wanted else ""
        return out_of_memory(ENGINE, f"the model ran out of memory{told}", long_side_px=long_side_px)
    if is_fatal(error):
        return engine_unavailable(ENGINE, f"the device is broken until the process starts anew ({type(error).__name__})")
    return engine_failed(ENGINE, f"the model broke down over this painting ({type(error).__name__})")
