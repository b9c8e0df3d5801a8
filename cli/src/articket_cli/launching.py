"""How a child is started so that it cannot outlive its parent, however the parent ends.

On Linux the child asks the kernel for SIGKILL when its parent is gone (PR_SET_PDEATHSIG) and then becomes the wanted
program by exec, which keeps that wish. `preexec_fn` would do the same, but runs Python between fork and exec, where a
lock held by another thread of the parent is held for ever. `supervising` starts every child through here.

Elsewhere there is no such wish: a supervisor that is killed with SIGKILL leaves its children behind.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# Its parent may already have died before the wish was made: then nobody is left to be told, so it looks once more.
_SHIM = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


def dies_with_parent(command: Sequence[str]) -> list[str]:
    """Wrap `command` (an absolute program and its arguments) so that it dies with the process that starts it.

    More precisely with the thread that starts it: call from the main thread.
    """
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _SHIM, str(os.getpid()), *command]


def python_module(module: str) -> list[str]:
    """Give the command that runs `module` with this Python."""
    return [sys.executable, "-m", module]
