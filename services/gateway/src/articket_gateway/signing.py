"""What the booth hands out and believes when it comes back: cookies of staff and kiosks, passes of phones.

Signed with a key that the booth makes once and keeps in its database, so that every replica believes what another one gave.
Signed, not encrypted: nothing secret goes in.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, cast

from itsdangerous import BadData, URLSafeTimedSerializer

from articket_gateway.storing.booth import BoothStore

if TYPE_CHECKING:
    from articket_gateway.visit.states import Json

KEY_NAME = "signing_key"


class Signer:
    """Signs small JSON objects, each for one purpose: what was signed for one is worth nothing for another."""

    def __init__(self, key: str) -> None:
        self._key = key

    def sign(self, purpose: str, value: Json) -> str:
        """Give the value as text that is safe in URLs and cookies."""
        return self._serializer(purpose).dumps(dict(value))

    def read(self, purpose: str, text: str, *, max_age: float) -> Json | None:
        """Give the value, or None when the text was not signed here for this purpose or is older than `max_age` seconds."""
        try:
            value = self._serializer(purpose).loads(text, max_age=round(max_age))
        except BadData:
            return None
        return cast("Json", value) if isinstance(value, dict) else None

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._key, salt=purpose)


async def booth_signer(booth: BoothStore) -> Signer:
    """Give the booth's signer; its key is made by whoever asks first."""
    kept = await booth.put_first(KEY_NAME, {"key": secrets.token_urlsafe(32)})
    return Signer(kept["key"])
