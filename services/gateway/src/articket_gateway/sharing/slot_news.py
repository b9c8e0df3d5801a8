"""What replicas tell each other of the pods' slots. Not knowing it costs time, never truth: the table of holds decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

TOPIC = "slots"

MESSAGE_LENGTH = 6000
"""Characters of names in one message; the bus carries less than 8000."""

NAME_EXTRA = 40
"""What a name costs beside itself: punctuation, and the replica that it goes to."""


class Demand(BaseModel):
    """What a replica needs: paintings that wait for a slot and those under way."""

    model_config = ConfigDict(frozen=True)

    waiting: int
    running: int
    hungry_seconds: float = 0.0
    """For how long something has been waiting since it last got a slot from elsewhere."""
    pods: frozenset[str] | None = None
    """The pods that could paint what waits; None: any."""


class SlotNews(BaseModel):
    """One message of the replica `sender`."""

    model_config = ConfigDict(frozen=True)

    sender: str
    took: tuple[str, ...] = ()
    freed: tuple[str, ...] = ()
    passed: Mapping[str, str] = {}
    """Slots that are reserved, each for a replica."""
    demand: Demand | None = None
    is_leaving: bool = False
    """The sender holds nothing any more and is gone."""


def written(news: SlotNews) -> str:
    """Give the message as the bus carries it."""
    return news.model_dump_json(exclude_defaults=True)


def read(payload: str) -> SlotNews | None:
    """Read a message; None for what another version of this program may say."""
    try:
        return SlotNews.model_validate_json(payload)
    except ValidationError:
        return None


def in_pieces(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut names into pieces that fit into one message each."""
    piece: list[str] = []
    length = 0
    for name in names:
        length += len(name) + NAME_EXTRA
        if piece and length > MESSAGE_LENGTH:
            yield piece
            piece, length = [], len(name) + NAME_EXTRA
        piece.append(name)
    if piece:
        yield piece


def fits(names: Sequence[str]) -> bool:
    """Say whether the names fit into one message."""
    return sum(len(name) + NAME_EXTRA for name in names) <= MESSAGE_LENGTH
