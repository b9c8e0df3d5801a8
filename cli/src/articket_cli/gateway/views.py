"""What the gateway answers, parsed once. Keys that are not needed here are left alone: a newer gateway may say more.

The names are those of the gateway's own API (`/api/openapi.json`).
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

ENDED_PAINTINGS = frozenset({"done", "failed", "skipped"})

FINISHED_VISITS = frozenset({"ticket_ready", "printed"})
GIVEN_UP_VISITS = frozenset({"failed", "erased"})


class View(BaseModel):
    """The base of every view."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Words(View):
    """A line in both languages."""

    en: str
    ko: str

    def in_language(self, lang: str) -> str:
        """Give the line in "ko" or "en"."""
        return self.ko if lang == "ko" else self.en


class Failure(View):
    """Why a visit failed."""

    reason: str
    detail: str


class Painting(View):
    """One artist's painting: `queued`, `painting`, `done`, `failed` or `skipped`.

    `step` of `steps` have been made; 0 steps: not known.
    """

    artist_id: str
    state: str
    position: int | None = None
    step: int = 0
    steps: int = 0
    label: str = ""
    attempts: int = 0
    engine: str | None = None
    engine_seconds: float | None = None
    reason: str | None = None

    @property
    def is_missing(self) -> bool:
        """Whether it should be there and is not; a booth that paints only the artist who matches skips the others."""
        return self.state not in ("done", "skipped")


class Rank(View):
    """One artist's place in the match."""

    artist_id: str
    score: float


class Match(View):
    """The artist who matches the visitor, and why."""

    artist_id: str
    because: Words
    ranking: tuple[Rank, ...] = ()


class Ticket(View):
    """The ticket that has been made."""

    number: str


class Step(View):
    """One step of the visit. `started_at` is ISO 8601."""

    name: str
    state: str
    started_at: str
    seconds: float | None = None
    attempts: int = 1
    engine: str | None = None
    engine_seconds: float | None = None


class Visit(View):
    """A visit as it stands."""

    id: str
    state: str
    lang: str = "en"
    created_at: str = ""
    expires_at: str = ""
    caption: Words | None = None
    paintings: tuple[Painting, ...] = ()
    match: Match | None = None
    ticket: Ticket | None = None
    steps: tuple[Step, ...] = ()
    error: Failure | None = None

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen: given up, or the ticket is there and every painting has ended."""
        if self.state in GIVEN_UP_VISITS:
            return True
        return self.state in FINISHED_VISITS and all(one.state in ENDED_PAINTINGS for one in self.paintings)

    def knowing(self, before: Visit) -> Visit:
        """Give the visit with the progress of `before` where this one has none to tell.

        An event that tells the whole visit says what is stored of it. A painting being made is not: there it is queued, with
        no place in the queue.
        """
        known = {one.artist_id: one for one in before.paintings}
        tells_nothing = [one.state == "queued" and one.position is None for one in self.paintings]
        paintings = tuple(
            known.get(one.artist_id, one) if is_vague else one
            for one, is_vague in zip(self.paintings, tells_nothing, strict=True)
        )
        return self.model_copy(update={"paintings": paintings})

    def with_painting(self, painting: Painting) -> Visit:
        """Give the visit with this painting in the place of the one by the same artist."""
        others = tuple(painting if one.artist_id == painting.artist_id else one for one in self.paintings)
        return self.model_copy(update={"paintings": others})


class ArtistView(View):
    """An artist at work."""

    id: str
    name: Words
    digest: str = ""


class Refusal(View):
    """A folder that was left out, and why."""

    folder: str
    file: str = ""
    key: str = ""
    expected: str = ""
    found: str = ""
    hint: str = ""

    @property
    def why(self) -> str:
        """The refusal in one line."""
        key = f"{self.key}: " if self.key else ""
        return f"{self.folder}/{self.file}: {key}expected {self.expected}, found {self.found}"


class Artists(View):
    """The artists at work and the folders that were left out."""

    artists: tuple[ArtistView, ...]
    refused: tuple[Refusal, ...] = ()


class Choice(View):
    """One choice of a question."""

    id: str


class Question(View):
    """One question of the quiz."""

    id: str
    choices: tuple[Choice, ...]


class QuizView(View):
    """The quiz."""

    questions: tuple[Question, ...]


class ProblemView(View):
    """An RFC 9457 problem document."""

    status: int
    reason: str = "unknown"
    detail: str = ""
    title: str = ""
    hint: str | None = None
    retryable: bool = False


class Health(View):
    """What answers at /healthz."""

    service: str
    version: str | None = None
