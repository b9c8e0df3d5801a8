"""The quiz that ships: short enough to read from afar, and fair to the artists that ship."""

from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from articket_artists import because, load_folder, load_quiz, match, score_answers

ROOT = Path(__file__).parents[2]
MAX_LETTERS = {"question": (42, 22), "choice": (34, 20), "trait": (32, 14)}
"""In English and in Korean: what fits a monitor's line three metres away, a phone's button, half a sentence."""
SHIPPED = ("lichtenstein", "picasso", "renoir", "vangogh")
FAIR_SHARE = 0.15


@pytest.fixture(scope="module")
def quiz():
    return load_quiz(ROOT / "plugins/quiz/quiz.yaml")


@pytest.fixture(scope="module")
def artists():
    """Those that ship, alone: how a booth's own artists share the visitors is the booth's business."""
    return {artist_id: load_folder(ROOT / "plugins/artists" / artist_id).artist for artist_id in SHIPPED}


@pytest.fixture(scope="module")
def matches(quiz, artists):
    """Every way to answer the whole quiz, with its match."""
    ways = product(*([(question.id, choice.id) for choice in question.choices] for question in quiz.questions))
    return [(dict(way), match(score_answers(quiz, dict(way)), artists.values(), "seed")) for way in ways]


def test_it_asks_seven_questions_with_two_to_four_choices(quiz):
    assert len(quiz.questions) == 7
    assert all(2 <= len(question.choices) <= 4 for question in quiz.questions)


def test_its_words_are_short(quiz):
    said = [
        *(("question", question.text) for question in quiz.questions),
        *(("choice", choice.text) for question in quiz.questions for choice in question.choices),
        *(("trait", end) for words in quiz.traits.values() for end in (words.high, words.low)),
    ]
    long = [text for kind, text in said if len(text.en) > MAX_LETTERS[kind][0] or len(text.ko) > MAX_LETTERS[kind][1]]

    assert long == []


@pytest.mark.slow
def test_every_artist_wins_a_fair_share_of_all_answers(matches, artists):
    wins = Counter(found.best.artist_id for _, found in matches)

    assert min(wins[artist_id] / len(matches) for artist_id in artists) >= FAIR_SHARE


@pytest.mark.slow
def test_every_match_has_a_reason(matches):
    assert [answers for answers, found in matches if not found.because] == []


@pytest.mark.slow
def test_nobody_wins_only_by_a_tie(matches):
    ties = [answers for answers, found in matches if found.ranking[0].score == found.ranking[1].score]

    assert len(ties) < len(matches) * 0.01


@pytest.mark.parametrize(
    ("artist_id", "answers"),
    [
        ("vangogh", ["wander", "night_sky", "song", "alone", "sunflower", "childhood", "deep_talk"]),
        ("renoir", ["together", "people", "asleep", "are_you_ok", "rose", "childhood", "listen"]),
        ("picasso", ["first_time", "angles", "idea", "even_better", "every_side", "future", "truth"]),
        ("lichtenstein", ["tidy", "memes", "videos", "again", "dots", "here", "laugh"]),
    ],
)
def test_who_answers_like_a_painter_gets_that_painter(quiz, artists, artist_id, answers):
    way = dict(zip([question.id for question in quiz.questions], answers, strict=True))

    best = match(score_answers(quiz, way), artists.values(), "seed").best

    assert best.artist_id == artist_id
    assert best.score > 0.7
    assert because(best, quiz, artists[artist_id]).ko.endswith("닮았거든요.")
