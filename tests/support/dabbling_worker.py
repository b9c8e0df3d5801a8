"""A worker process whose painter dabbles: it needs milliseconds, and does what the seed says. For tests of the worker pool.

Started by the pool in place of `articket_stylize.engines.painterly_worker`; everything but the painter is the real thing.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

from articket_stylize.engines.painterly_worker import Canvas, Reporter, prepare, serve

STEPS = 4

# Seeds with a meaning; every other seed paints.
SLEEPS = 901  # a second of waiting, step by step
SLEEPS_DEAF = 902  # ten seconds, and no stop gets through
DIES = 903
FAILS = 904
RUNS_OUT_OF_MEMORY = 905
SPINS = 906  # ten seconds of Python

ANALYSES = "ARTICKET_TEST_ANALYSES"
"""Names a file to which every analysis adds a line."""
ANALYSIS_SECONDS = 0.05


class DabblingPainter:
    """Adds a tint of the seed's."""

    def analyse(self, photo: Canvas) -> object:
        """Find the photo's mean, slowly."""
        time.sleep(ANALYSIS_SECONDS)
        if log := os.environ.get(ANALYSES):
            with Path(log).open("a") as lines:
                lines.write(f"{os.getpid()}\n")
        return float(photo.mean())

    def focus(self, subject: object) -> tuple[float, float]:
        """Anywhere."""
        return 0.5, 0.4

    def paint(self, photo: Canvas, look: str, subject: object, seed: int, report: Reporter) -> Canvas:
        """Do what the seed says."""
        assert subject == float(photo.mean())
        canvas = photo.copy()
        for step in range(1, STEPS + 1):
            self._work(seed)
            canvas = np.bitwise_xor(canvas, np.uint8((seed * step) % 251))
            report(step, STEPS, f"layer {step}", canvas)
        return canvas

    def _work(self, seed: int) -> None:
        match seed:
            case 901:
                time.sleep(0.25)
            case 902:
                _sleep_deaf(10.0)
            case 903:
                os.kill(os.getpid(), signal.SIGKILL)
            case 904:
                raise RuntimeError("a fault in the painter")
            case 905:
                raise MemoryError
            case 906:
                end = time.monotonic() + 10.0
                while time.monotonic() < end:
                    pass
            case _:
                pass


def _sleep_deaf(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            time.sleep(end - time.monotonic())
        except BaseException:  # as a library call does that does not look at signals
            continue


if __name__ == "__main__":
    serve(prepare(), DabblingPainter())
