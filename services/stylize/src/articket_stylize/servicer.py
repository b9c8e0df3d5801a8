"""gRPC in, gRPC out: checks a request, gives it to `stylizing.py`, and streams what comes. Protobuf ends here."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncGenerator, Callable, Collection, Mapping

import grpc

from articket.stylize.v1 import stylize_pb2, stylize_pb2_grpc
from articket_artists import Catalogue, LoadedArtist, clean_caption
from articket_mesh.pictures import UnreadablePictureError, read_picture_header
from articket_stylize.engines import DrawJob, Drawn, Engine, Painted, PaintJob, Progress
from articket_stylize.errors import bad_picture, invalid_request, unknown_artist
from articket_stylize.stylizing import Stylizing

__all__ = ["StylizeServicer", "paintable_artists", "served_artists"]

# The limits that the proto file names.
MOST_KEY_CHARACTERS = 128
MOST_CAPTION_CHARACTERS = 400
MOST_PHOTO_BYTES = 8 * 1024 * 1024
LEAST_PHOTO_PX, MOST_PHOTO_PX = 64, 1280
LEAST_PREVIEW_PX, MOST_PREVIEW_PX = 64, 640
LEAST_WORKING_PX, MOST_WORKING_PX = 256, 1280
MOST_PROMPT_CHARACTERS = 400

# Controls, and the characters that begin a new line or paragraph: none of them is a word of a prompt.
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})


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
                stylize_pb2.ServedArtist(artist_id=id_, digest=artist.digest, is_loaded=self._stylizing.is_loaded(artist))
                for id_, artist in sorted(self._artists().items())
            ],
            can_draw=self._stylizing.can_draw,
        )

    async def Stylize(
        self,
        request: stylize_pb2.StylizeRequest,
        context: grpc.aio.ServicerContext[stylize_pb2.StylizeRequest, stylize_pb2.StylizeResponse],
    ) -> AsyncGenerator[stylize_pb2.StylizeResponse]:
        """Paint, and stream the progress."""
        job = self._paint_job(request)
        async with self._stylizing.painting(job, request.idempotency_key) as events:
            is_told = False
            async for event in events:
                if not is_told:
                    # What is taken is painted at once: the queue is the gateway's. An engine may find only now that it is
                    # busy with what others want of it; a call that is refused so has not been taken.
                    is_told = True
                    yield stylize_pb2.StylizeResponse(queued=stylize_pb2.Queued(position=0))
                if isinstance(event, Progress):
                    yield stylize_pb2.StylizeResponse(step=_step(event))
                elif isinstance(event, Painted):
                    yield stylize_pb2.StylizeResponse(painting=self._painting(event, job))

    async def Draw(
        self,
        request: stylize_pb2.DrawRequest,
        context: grpc.aio.ServicerContext[stylize_pb2.DrawRequest, stylize_pb2.DrawResponse],
    ) -> AsyncGenerator[stylize_pb2.DrawResponse]:
        """Draw, and stream the progress."""
        job = self._draw_job(request)
        async with self._stylizing.painting(job, request.idempotency_key) as events:
            is_told = False
            async for event in events:
                if not is_told:  # as with paintings
                    is_told = True
                    yield stylize_pb2.DrawResponse(queued=stylize_pb2.Queued(position=0))
                if isinstance(event, Progress):
                    yield stylize_pb2.DrawResponse(step=_step(event))
                elif isinstance(event, Drawn):
                    yield stylize_pb2.DrawResponse(drawing=self._drawing(event, job))

    def _paint_job(self, request: stylize_pb2.StylizeRequest) -> PaintJob:
        _check_length("idempotency_key", request.idempotency_key, MOST_KEY_CHARACTERS)
        _check_length("caption", request.caption, MOST_CAPTION_CHARACTERS)
        _check_preview(request.preview_px)
        if request.long_side_px:
            _check_side("long_side_px", request.long_side_px, or_else=", or 0 for the engine's own")
        artist = self._artist(request.artist_id)
        _check_photo(request.photo)
        return PaintJob(
            photo=request.photo,
            artist=artist,
            caption=request.caption,
            seed=request.seed,
            preview_px=request.preview_px,
            long_side_px=request.long_side_px,
        )

    def _draw_job(self, request: stylize_pb2.DrawRequest) -> DrawJob:
        _check_length("idempotency_key", request.idempotency_key, MOST_KEY_CHARACTERS)
        _check_prompt(request.prompt)
        _check_side("width", request.width)
        _check_side("height", request.height)
        _check_preview(request.preview_px)
        return DrawJob(
            prompt=request.prompt,
            artist=self._artist(request.artist_id) if request.artist_id else None,
            seed=request.seed,
            width=request.width,
            height=request.height,
            preview_px=request.preview_px,
        )

    def _artist(self, artist_id: str) -> LoadedArtist:
        artists = self._artists()
        if artist_id not in artists:
            raise unknown_artist(artist_id, artists)
        return artists[artist_id]

    def _painting(self, painted: Painted, job: PaintJob) -> stylize_pb2.Painting:
        return stylize_pb2.Painting(
            picture=painted.picture,
            width=painted.width,
            height=painted.height,
            focus=stylize_pb2.FocalPoint(x=painted.focus.x, y=painted.focus.y),
            engine=self._stylizing.engine_name,
            seed=job.seed,
            engine_seconds=painted.seconds,
            attempts=painted.attempts,
            artist_digest=job.artist.digest,
        )

    def _drawing(self, drawn: Drawn, job: DrawJob) -> stylize_pb2.Drawing:
        return stylize_pb2.Drawing(
            picture=drawn.picture,
            width=drawn.width,
            height=drawn.height,
            engine=self._stylizing.engine_name,
            seed=job.seed,
            engine_seconds=drawn.seconds,
        )


def _step(progress: Progress) -> stylize_pb2.Step:
    return stylize_pb2.Step(index=progress.index, count=progress.count, label=progress.label, preview=progress.preview)


def _check_length(field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise invalid_request(field, f"at most {most} characters", f"{len(text)} characters")


def _check_side(field: str, px: int, *, or_else: str = "") -> None:
    if not LEAST_WORKING_PX <= px <= MOST_WORKING_PX:
        raise invalid_request(field, f"{LEAST_WORKING_PX} to {MOST_WORKING_PX}{or_else}", px)


def _check_preview(px: int) -> None:
    if px and not LEAST_PREVIEW_PX <= px <= MOST_PREVIEW_PX:
        raise invalid_request("preview_px", f"{LEAST_PREVIEW_PX} to {MOST_PREVIEW_PX}, or 0 for none", px)


def _check_prompt(prompt: str) -> None:
    """Refuse what nothing can be drawn of. The prompt itself is a visitor's: no message repeats it."""
    if not 1 <= len(prompt) <= MOST_PROMPT_CHARACTERS:
        raise invalid_request("prompt", f"1 to {MOST_PROMPT_CHARACTERS} characters", f"{len(prompt)} characters")
    for place, character in enumerate(prompt, 1):
        if unicodedata.category(character) in _CONTROLS:
            found = f"U+{ord(character):04X} as character {place}"
            raise invalid_request("prompt", "no control characters and no line breaks", found)
    if not clean_caption(prompt):
        raise invalid_request("prompt", "words", "nothing but blanks and markup, which have no meaning")


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
