"""gRPC in, gRPC out: checks a request, gives it to `stylizing.py`, and streams what comes. Protobuf ends here."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping

import grpc

from articket.stylize.v1 import stylize_pb2, stylize_pb2_grpc
from articket_artists import Catalogue, LoadedArtist
from articket_mesh.pictures import UnreadablePictureError, read_picture_header
from articket_stylize.engines import Engine, Painted, PaintJob, Progress, Started
from articket_stylize.errors import bad_picture, invalid_request, unknown_artist
from articket_stylize.stylizing import Stylizing

__all__ = ["StylizeServicer", "paintable_artists", "served_artists"]

# The limits that the proto file names.
MOST_KEY_CHARACTERS = 128
MOST_CAPTION_CHARACTERS = 400
MOST_PHOTO_BYTES = 8 * 1024 * 1024
LEAST_PHOTO_PX, MOST_PHOTO_PX = 64, 1280
LEAST_PREVIEW_PX, MOST_PREVIEW_PX = 64, 640


def served_artists(catalogue: Catalogue, serves: Collection[str]) -> Mapping[str, LoadedArtist]:
    """Choose the artists that this pod serves: those named, or all when none is. A named one may still be to come."""
    return {id_: artist for id_, artist in catalogue.artists.items() if not serves or id_ in serves}


def paintable_artists(engine: Engine, catalogue: Catalogue, serves: Collection[str]) -> Mapping[str, LoadedArtist]:
    """Leave out of the served artists those for whom the engine lacks something."""
    return {id_: artist for id_, artist in served_artists(catalogue, serves).items() if engine.can_paint(artist)}


class StylizeServicer(stylize_pb2_grpc.StylizeServiceServicer):
    """Serves articket.stylize.v1.StylizeService."""

    def __init__(self, stylizing: Stylizing, artists: Callable[[], Mapping[str, LoadedArtist]]) -> None:
        """Take where to paint, and a function that gives the served artists as they are at the moment."""
        self._stylizing = stylizing
        self._artists = artists

    async def Describe(
        self,
        request: stylize_pb2.DescribeRequest,
        context: grpc.aio.ServicerContext[stylize_pb2.DescribeRequest, stylize_pb2.DescribeResponse],
    ) -> stylize_pb2.DescribeResponse:
        """Say what this pod serves."""
        return stylize_pb2.DescribeResponse(
            engine=self._stylizing.engine_name,
            slots=self._stylizing.slots,
            running=self._stylizing.running,
            artists=[
                stylize_pb2.ServedArtist(artist_id=id_, digest=artist.digest) for id_, artist in sorted(self._artists().items())
            ],
        )

    async def Stylize(
        self,
        request: stylize_pb2.StylizeRequest,
        context: grpc.aio.ServicerContext[stylize_pb2.StylizeRequest, stylize_pb2.StylizeResponse],
    ) -> AsyncGenerator[stylize_pb2.StylizeResponse]:
        """Paint, and stream the progress."""
        job = self._job(request)
        async with self._stylizing.painting(job, request.idempotency_key) as events:
            is_told = False
            async for event in events:
                if not is_told:
                    # What is taken is painted at once: the queue is the gateway's. An engine may find only now that it is
                    # busy with what others want of it; a call that is refused so has not been taken.
                    is_told = True
                    yield stylize_pb2.StylizeResponse(queued=stylize_pb2.Queued(position=0))
                if not isinstance(event, Started):
                    yield self._response(event, job)

    def _job(self, request: stylize_pb2.StylizeRequest) -> PaintJob:
        if len(request.idempotency_key) > MOST_KEY_CHARACTERS:
            found = f"{len(request.idempotency_key)} characters"
            raise invalid_request("idempotency_key", f"at most {MOST_KEY_CHARACTERS} characters", found)
        if len(request.caption) > MOST_CAPTION_CHARACTERS:
            found = f"{len(request.caption)} characters"
            raise invalid_request("caption", f"at most {MOST_CAPTION_CHARACTERS} characters", found)
        if request.preview_px and not LEAST_PREVIEW_PX <= request.preview_px <= MOST_PREVIEW_PX:
            expected = f"{LEAST_PREVIEW_PX} to {MOST_PREVIEW_PX}, or 0 for none"
            raise invalid_request("preview_px", expected, request.preview_px)
        artists = self._artists()
        if request.artist_id not in artists:
            raise unknown_artist(request.artist_id, artists)
        _check_photo(request.photo)
        return PaintJob(
            photo=request.photo,
            artist=artists[request.artist_id],
            caption=request.caption,
            seed=request.seed,
            preview_px=request.preview_px,
        )

    def _response(self, event: Progress | Painted, job: PaintJob) -> stylize_pb2.StylizeResponse:
        match event:
            case Progress(index=index, count=count, label=label, preview=preview):
                step = stylize_pb2.Step(index=index, count=count, label=label, preview=preview)
                return stylize_pb2.StylizeResponse(step=step)
            case Painted(picture=picture, width=width, height=height):
                painting = stylize_pb2.Painting(
                    picture=picture,
                    width=width,
                    height=height,
                    focus=stylize_pb2.FocalPoint(x=event.focus.x, y=event.focus.y),
                    engine=self._stylizing.engine_name,
                    seed=job.seed,
                    engine_seconds=event.seconds,
                    attempts=event.attempts,
                    artist_digest=job.artist.digest,
                )
                return stylize_pb2.StylizeResponse(painting=painting)


def _check_photo(photo: bytes) -> None:
    """Refuse what the header alone shows to be wrong; the rest of the bytes is looked at by the engine only."""
    if len(photo) > MOST_PHOTO_BYTES:
        raise bad_picture(f"photo: expected at most {MOST_PHOTO_BYTES} bytes, found {len(photo)}")
    try:
        header = read_picture_header(photo)
    except UnreadablePictureError as error:
        raise bad_picture(f"photo: {error}") from error
    if min(header.width, header.height) < LEAST_PHOTO_PX or max(header.width, header.height) > MOST_PHOTO_PX:
        expected = f"{LEAST_PHOTO_PX} to {MOST_PHOTO_PX} px a side"
        raise bad_picture(f"photo: expected {expected}, found {header.width} × {header.height}")
