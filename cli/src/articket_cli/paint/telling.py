"""What is told at the end: `visit.json`, the summary for people, the document for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version

from articket_cli.errors import ArticketError
from articket_cli.gateway.views import Artists, Step, Visit
from articket_cli.paint.inputs import Wish
from articket_cli.paint.visiting import Outcome

Document = dict[str, object]


class Teller:
    """Tells of outcomes in the words of one booth. `is_ours`: the booth, and with it each visit, ends with this command."""

    def __init__(self, url: str, artists: Artists, wish: Wish, *, gateway: str | None, is_ours: bool) -> None:
        self._url = url
        self._names = {artist.id: artist.name.in_language(wish.lang) for artist in artists.artists}
        self._digests = {artist.id: artist.digest for artist in artists.artists}
        self._wish = wish
        self._gateway = gateway
        self._is_ours = is_ours

    def visit_document(self, outcome: Outcome) -> Document:
        """Tell everything about one visit: what happened, how long each step took, what was made by which versions."""
        visit = outcome.visit
        return {
            "photo": str(outcome.order.photo),
            "folder": str(outcome.order.folder),
            "files": [path.name for path in outcome.files],
            "seconds": round(outcome.seconds, 3),
            "error": _error_document(outcome.error),
            **(self._about(visit) if visit else {}),
            "versions": {"articket": version("articket-cli"), "gateway": self._gateway},
        }

    def _about(self, visit: Visit) -> Document:
        match = visit.match
        return {
            "visit": visit.id,
            "visit_url": None if self._is_ours else f"{self._url}/api/v1/visits/{visit.id}",
            "expires_at": None if self._is_ours else visit.expires_at,
            "state": visit.state,
            "lang": visit.lang,
            "caption": visit.caption.model_dump() if visit.caption else None,
            "asked": self._wish.choice,
            "match": match.model_dump() if match else None,
            "ticket": visit.ticket.model_dump() if visit.ticket else None,
            "paintings": [
                {
                    "artist_id": painting.artist_id,
                    "outcome": painting.state,
                    "engine": painting.engine,
                    "engine_seconds": painting.engine_seconds,
                    "attempts": painting.attempts,
                    "reason": painting.reason,
                    "artist_digest": self._digests.get(painting.artist_id),
                }
                for painting in visit.paintings
            ],
            "steps": [_step_document(step) for step in visit.steps],
        }

    def summary(self, outcome: Outcome) -> str:
        """Tell a person, in a few lines, what there is now."""
        lines = [f"{outcome.order.photo} → {outcome.order.folder}/"]
        if outcome.visit:
            lines += self._match_lines(outcome.visit)
            lines += [
                f"  failed   {painting.artist_id}: {painting.reason or 'no reason given'} ({painting.attempts} attempts)"
                for painting in outcome.visit.paintings
                if painting.is_missing
            ]
        if outcome.files:
            lines.append(f"  files    {', '.join(path.name for path in outcome.files)}")
        lines.append(f"  seconds  {outcome.seconds:.1f}")
        if outcome.visit and not self._is_ours:
            lines.append(f"  visit    {self._url}/api/v1/visits/{outcome.visit.id} (until {outcome.visit.expires_at})")
        return "\n".join(lines)

    def _match_lines(self, visit: Visit) -> list[str]:
        if visit.match is None:
            return []
        name = self._names.get(visit.match.artist_id, visit.match.artist_id)
        return [f"  matched  {name}: {visit.match.because.in_language(self._wish.lang)}"]


def whole_document(visits: Sequence[Document], error: ArticketError | None = None) -> str:
    """Give the one JSON document that --json prints. `error` is what kept every photo from being painted."""
    document = {"visits": list(visits), "error": _error_document(error)}
    return json.dumps(document, ensure_ascii=False, indent=2)


def as_json(document: Document) -> bytes:
    """Give the content of `visit.json`."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _step_document(step: Step) -> Document:
    return {
        "name": step.name,
        "start": step.started_at,
        "seconds": step.seconds,
        "engine": step.engine,
        "engine_seconds": step.engine_seconds,
        "attempts": step.attempts,
        "outcome": step.state,
    }


def _error_document(error: ArticketError | None) -> Document | None:
    return {"detail": error.message, "hint": error.hint} if error is not None else None
