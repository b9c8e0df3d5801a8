"""gRPC in, gRPC out: checks a request, has it described by `captioning.py`, and answers. Protobuf ends here."""

from __future__ import annotations

import grpc

from articket.caption.v1 import caption_pb2, caption_pb2_grpc
from articket_caption.captioning import Captioning
from articket_caption.errors import bad_picture, invalid_request
from articket_mesh.pictures import UnreadablePictureError, read_picture_header

__all__ = ["CaptionServicer"]

# The limits that the proto file names.
MOST_KEY_CHARACTERS = 128
MOST_PHOTO_BYTES = 8 * 1024 * 1024
MOST_PHOTO_PX = 1280


class CaptionServicer(caption_pb2_grpc.CaptionServiceServicer):
    """Serves articket.caption.v1.CaptionService."""

    def __init__(self, captioning: Captioning) -> None:
        self._captioning = captioning

    async def Caption(
        self,
        request: caption_pb2.CaptionRequest,
        context: grpc.aio.ServicerContext[caption_pb2.CaptionRequest, caption_pb2.CaptionResponse],
    ) -> caption_pb2.CaptionResponse:
        """Describe one photo. The same photo gives the same words, so a repeated call needs no memory."""
        if len(request.idempotency_key) > MOST_KEY_CHARACTERS:
            found = f"{len(request.idempotency_key)} characters"
            raise invalid_request("idempotency_key", f"at most {MOST_KEY_CHARACTERS} characters", found)
        _check_photo(request.photo)
        captioned = await self._captioning.caption(request.photo)
        description = captioned.description
        return caption_pb2.CaptionResponse(
            prompt=description.prompt,
            text_en=description.text_en,
            text_ko=description.text_ko,
            subjects=description.subjects,
            face_count=description.face_count,
            engine=captioned.engine,
            engine_seconds=captioned.seconds,
        )


def _check_photo(photo: bytes) -> None:
    """Refuse what the header alone shows to be wrong; the rest of the bytes is looked at by the engine only."""
    if len(photo) > MOST_PHOTO_BYTES:
        raise bad_picture(f"photo: expected at most {MOST_PHOTO_BYTES} bytes, found {len(photo)}")
    try:
        header = read_picture_header(photo)
    except UnreadablePictureError as error:
        raise bad_picture(f"photo: {error}") from error
    if max(header.width, header.height) > MOST_PHOTO_PX:
        raise bad_picture(
            f"photo: expected at most {MOST_PHOTO_PX} px on the long side, found {header.width} × {header.height}"
        )
