"""Finding the artist who matches the visitor's answers."""

from __future__ import annotations

from collections.abc import Mapping

from articket_artists import OWN_CHOICE, Catalogue, Quiz, because, match, score_answers
from articket_gateway.visit.running import StepFailed
from articket_gateway.visit.states import Json, VisitRecord


def matched(record: VisitRecord, answers: Json, *, quiz: Quiz, catalogue: Catalogue) -> Json:
    """Rank the visit's artists by the answers, and say why of each. Raises StepFailed when none of them is there any more."""
    known = catalogue.artists
    artists = {one: known[one].artist for one in record.artists or () if one in known}
    if not artists:
        raise StepFailed({"reason": "no_artist", "detail": "every artist of this visit has left the booth"})
    given: Mapping[str, str] = answers.get("answers", {})
    # the quiz may have changed since: an answer that it no longer has counts for nothing
    asked = {one: choice for one, choice in given.items() if (question := quiz.question(one)) and question.choice(choice)}
    traits = score_answers(quiz, asked)
    chosen = answers.get("match")
    # the photo is the tie's seed: the same photo and answers give the same artist, also in another visit
    ranked = match(traits, artists.values(), tie_seed=record.photo_digest or record.id).ranking
    ranking = sorted(ranked, key=lambda one: one.artist_id != chosen)
    reasons = {
        one.artist_id: OWN_CHOICE if one.artist_id == chosen else because(one, quiz, artists[one.artist_id]) for one in ranking
    }
    return {
        "ranking": [{"artist_id": one.artist_id, "score": round(one.score, 4)} for one in ranking],
        "because": {artist_id: {"en": text.en, "ko": text.ko} for artist_id, text in reasons.items()},
    }
