"""How large a pod can paint: the first rung of the out-of-memory ladder.

A pod that ran out of memory is asked for smaller pictures from then on, also by the orders that come after: only the first one
pays for it. After a while, or when the pod has been away, it may try the next larger size again.
"""

from __future__ import annotations

import time

SHRINK = 0.75
STEP_PX = 64
LEAST_LONG_SIDE_PX = 384
"""Below this a diffusion model paints no likeness any more: another pod, or another engine, does better."""

LARGER_AGAIN_SECONDS = 300.0


class Memory:
    """What fits on one pod. 0 stands for no limit but the engine's own."""

    def __init__(self) -> None:
        self._limits: list[int] = []  # each smaller than the one before
        self._since = 0.0

    @property
    def long_side_px(self) -> int:
        """The long side at most to ask for, in pixels; 0 leaves it to the engine."""
        if self._limits and time.monotonic() - self._since > LARGER_AGAIN_SECONDS:
            self._limits.pop()
            self._since = time.monotonic()
        return self._limits[-1] if self._limits else 0

    def ran_out(self, long_side_px: int) -> bool:
        """Take in that this long side was too much; give whether a smaller one is worth trying."""
        self._since = time.monotonic()
        smaller = int(long_side_px * SHRINK) // STEP_PX * STEP_PX
        if self._limits and self._limits[-1] <= smaller:
            return True  # another slot of the pod has found out before
        if smaller < LEAST_LONG_SIDE_PX:
            return False
        self._limits.append(smaller)
        return True
