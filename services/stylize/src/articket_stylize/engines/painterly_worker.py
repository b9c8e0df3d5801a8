"""A worker process of the painterly engine: takes paintings from a socket, one after the other, and can be stopped in any.

`worker_process.py` starts it as `python -m articket_stylize.engines.painterly_worker <socket number>` and speaks `frames.py`
with it. The main thread paints. A second thread reads: only so are a stop and the end of the service noticed in the midst of
a painting. Strangers' pictures are decoded here and nowhere else in the service.
"""

from __future__ import annotations

import logging
import os
import pickle
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from articket_stylize.engines.frames import (
    Analysed,
    Failed,
    Frame,
    Message,
    Paint,
    Ready,
    Stepped,
    Stop,
    Stopped,
    WorkerPainted,
    encode,
    receive_frame,
)

__all__ = ["Canvas", "Painter", "main", "serve"]

logger = logging.getLogger(__name__)

Canvas = NDArray[np.uint8]
"""A picture as OpenCV has it: height × width × blue, green, red."""

Reporter = Callable[[int, int, str, Canvas], None]
"""Takes the index, the count and the label of a step that has ended, and the canvas as it stands."""

# Text and stroke edges stay sharp with full chroma; above 92 the file grows faster than it gets better.
PICTURE_QUALITY = 92
# Seen for a tenth of a second, at thumbnail size.
PREVIEW_QUALITY = 70
# Well behind everything else on the machine: the mesh must answer while all cores paint.
NICENESS = 19
# cv::Error::StsNoMem
OPENCV_NO_MEMORY = -4


class Painter(Protocol):
    """What a worker needs to know of painting; the real one is made in `main`."""

    def analyse(self, photo: Canvas) -> object:
        """Find the subject of a photo: a value that can be pickled."""
        ...

    def focus(self, subject: object) -> tuple[float, float]:
        """Give the point to keep when the picture is cropped, as shares of width and height."""
        ...

    def paint(self, photo: Canvas, look: str, subject: object, seed: int, report: Reporter) -> Canvas:
        """Paint a picture as large as the photo; `look` is the artist's look as JSON."""
        ...


class _StopPaintingError(BaseException):
    """Raised in the midst of a painting by a signal's handler. No Exception, so that nothing on the way catches it."""


@dataclass
class _Known:
    """The last photo, decoded, and its subject."""

    photo_id: str
    photo: Canvas
    subject: object


class _Stopping:
    """Carries a stop from the reading thread into the main thread, and only into the painting that is meant.

    The reading thread sends a signal; Python runs its handler in the main thread between two lines of whatever that is
    doing, and the handler raises. `allowed` and `held` say where it may.
    """

    def __init__(self) -> None:
        self._asked = -1
        self._running = -1
        self._main_thread = threading.get_ident()
        signal.signal(signal.SIGUSR1, self._arrived)

    def ask(self, number: int) -> None:
        """Stop that painting, whether it is running, has ended, or is still to begin. For the reading thread."""
        self._asked = number
        signal.pthread_kill(self._main_thread, signal.SIGUSR1)

    @contextmanager
    def allowed(self, number: int) -> Generator[None]:
        """Let a stop raise _StopPaintingError at any line of the block, the first included."""
        try:
            self._running = number
            self._arrived()
            yield
        finally:
            self._running = -1

    @contextmanager
    def held(self) -> Generator[None]:
        """Let no stop into the block; one that came meanwhile raises at its end."""
        number, self._running = self._running, -1
        try:
            yield
        finally:
            self._running = number
        self._arrived()

    def _arrived(self, _signum: int = 0, _frame: FrameType | None = None) -> None:
        if self._running >= 0 and self._running == self._asked:
            self._running = -1
            raise _StopPaintingError


class _BadPictureError(Exception):
    """The photo's bytes are no picture after all."""


def serve(connection: socket.socket, painter: Painter) -> NoReturn:
    """Paint what comes until the other end is closed; then the process ends at once, whatever it is doing."""
    stopping = _Stopping()
    jobs: queue.SimpleQueue[Frame] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(connection, jobs, stopping), daemon=True).start()
    desk = _Desk(painter, connection, stopping)
    desk.say(Ready())
    while True:
        desk.work(jobs.get())


def _read(connection: socket.socket, jobs: queue.SimpleQueue[Frame], stopping: _Stopping) -> None:
    stream = connection.makefile("rb", buffering=1024 * 1024)
    try:
        while frame := receive_frame(stream.read):
            if isinstance(frame.message, Stop):
                stopping.ask(frame.message.number)
            else:
                jobs.put(frame)
    finally:
        os._exit(0)  # the service is gone or wants us gone: nobody waits for the painting in hand


class _Desk:
    """Where paintings are made one after the other."""

    def __init__(self, painter: Painter, connection: socket.socket, stopping: _Stopping) -> None:
        self._painter = painter
        self._connection = connection
        self._stopping = stopping
        self._known: _Known | None = None

    def say(self, message: Message, *blobs: bytes) -> None:
        """Send one frame, whole: a stop that comes meanwhile waits."""
        with self._stopping.held():
            self._connection.sendall(encode(Frame(message, blobs)))

    def work(self, frame: Frame) -> None:
        """Make one painting and say how it ended."""
        if not isinstance(frame.message, Paint):
            raise TypeError(f"expected a painting to make, found {frame.message.kind}")
        message, *blobs = self._attempt(frame.message, frame.blobs)
        self.say(message, *blobs)

    def _attempt(self, paint: Paint, blobs: Sequence[bytes]) -> tuple[Message] | tuple[Message, bytes]:
        try:
            with self._stopping.allowed(paint.number):
                return self._paint(paint, blobs)
        except _StopPaintingError:
            return (Stopped(number=paint.number),)
        except Exception as error:  # the process edge: one painting must not cost the worker
            return (_failed(paint.number, error),)

    def _paint(self, paint: Paint, blobs: Sequence[bytes]) -> tuple[WorkerPainted, bytes]:
        began = time.perf_counter()
        known = self._knowledge(paint, blobs)
        canvas = self._painter.paint(known.photo, paint.look, known.subject, paint.seed, self._reporter(paint))
        height, width = canvas.shape[:2]
        focus_x, focus_y = self._painter.focus(known.subject)
        picture = _jpeg(canvas, PICTURE_QUALITY)
        seconds = time.perf_counter() - began
        painted = WorkerPainted(
            number=paint.number, width=width, height=height, focus_x=focus_x, focus_y=focus_y, seconds=seconds
        )
        return painted, picture

    def _knowledge(self, paint: Paint, blobs: Sequence[bytes]) -> _Known:
        if paint.subject == "kept" and self._known is not None and self._known.photo_id == paint.photo_id:
            return self._known
        photo = _decoded(blobs[0])
        if paint.subject == "sent":
            subject: object = pickle.loads(blobs[1])  # made by a sibling: no stranger's bytes
        else:
            subject = self._painter.analyse(photo)
            self.say(Analysed(number=paint.number), pickle.dumps(subject, protocol=pickle.HIGHEST_PROTOCOL))
        self._known = _Known(paint.photo_id, photo, subject)
        return self._known

    def _reporter(self, paint: Paint) -> Reporter:
        def report(index: int, count: int, label: str, canvas: Canvas) -> None:
            preview = _preview(canvas, paint.preview_px) if paint.preview_px else b""
            self.say(Stepped(number=paint.number, index=index, count=count, label=label), preview)

        return report


def _failed(number: int, error: Exception) -> Failed:
    """Say in the words of the wire what went wrong; the log has the rest."""
    if isinstance(error, _BadPictureError):
        return Failed(number=number, reason="BAD_PICTURE", message=str(error))
    logger.error("painting %d failed", number, exc_info=error)
    if isinstance(error, MemoryError) or (isinstance(error, cv2.error) and error.code == OPENCV_NO_MEMORY):
        return Failed(number=number, reason="OUT_OF_MEMORY", message="the painting did not fit into memory")
    return Failed(number=number, reason="ENGINE_FAILED", message=f"the painter failed with {type(error).__name__}")


def _decoded(photo: bytes) -> Canvas:
    try:
        decoded = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        if error.code == OPENCV_NO_MEMORY:
            raise
        raise _BadPictureError(f"photo: expected a picture that can be decoded, found {error.err}") from error
    if decoded is None:
        raise _BadPictureError("photo: expected a picture that can be decoded, found one that is damaged")
    return np.asarray(decoded, np.uint8)


def _preview(canvas: Canvas, long_side: int) -> bytes:
    height, width = canvas.shape[:2]
    scale = min(1.0, long_side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    return _jpeg(np.asarray(small, np.uint8), PREVIEW_QUALITY)


def _jpeg(canvas: Canvas, quality: int) -> bytes:
    chroma = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if quality == PICTURE_QUALITY else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, chroma]
    is_encoded, data = cv2.imencode(".jpg", canvas, settings)
    if not is_encoded:
        raise RuntimeError("OpenCV could not encode a JPEG")
    return data.tobytes()


def prepare() -> socket.socket:
    """Make this process a worker: its share of the machine, its log, its socket (the number is the last argument)."""
    cv2.setNumThreads(1)
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service says when to stop, by closing the socket
    logging.basicConfig(format="%(levelname)s stylize worker %(process)d: %(message)s", stream=sys.stderr)
    return socket.socket(fileno=int(sys.argv[-1]))


def main() -> NoReturn:
    """Serve the real painter."""
    from articket_stylize.engines.painterly_painter import PainterlyPainter

    serve(prepare(), PainterlyPainter())


if __name__ == "__main__":
    main()
