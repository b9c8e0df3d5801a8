"""From answers to an artist, and the reason why."""

from collections import Counter

import pytest

from articket_artists import NOTHING_DECIDED, AnswersRefused, DecidingTrait, Quiz, because, load_folder, match, score_answers
from articket_artists.matching import tie_break
from tests.support.artists import write_artist

QUIZ = Quiz.model_validate(
    {
        "schema_version": 1,
        "traits": {
            "calm": {
                "name": {"en": "calm", "ko": "차분함"},
                "high": {"en": "you keep calm", "ko": "고요한 마음"},
                "low": {"en": "you feel things fiercely", "ko": "뜨거운 열정"},
            },
            "order": {
                "name": {"en": "order", "ko": "질서"},
                "high": {"en": "you like order", "ko": "질서를 아끼는 눈"},
                "low": {"en": "you follow your feet", "ko": "즉흥을 즐기는 걸음"},
            },
        },
        "questions": [
            {
                "id": "weather",
                "text": {"en": "Which weather?", "ko": "어떤 날씨?"},
                "choices": [
                    {"id": "sun", "text": {"en": "sun", "ko": "해"}, "traits": {"calm": 0.8}},
                    {"id": "storm", "text": {"en": "storm", "ko": "폭풍"}, "traits": {"calm": -0.8}},
                ],
            },
            {
                "id": "desk",
                "text": {"en": "Your desk?", "ko": "책상은?"},
                "choices": [
                    {"id": "neat", "text": {"en": "neat", "ko": "반듯"}, "traits": {"order": 0.9, "calm": 0.2}},
                    {"id": "wild", "text": {"en": "wild", "ko": "어수선"}, "traits": {"order": 0.1, "calm": 0.2}},
                ],
            },
        ],
    },
    strict=False,
)


@pytest.fixture
def artist(tmp_path):
    """Makes an artist with these traits."""

    def make(artist_id, **traits):
        return load_folder(write_artist(tmp_path / artist_id, traits=traits)).artist

    return make


def test_an_answer_counts_by_how_it_differs_from_the_others_of_its_question():
    assert score_answers(QUIZ, {"desk": "wild"}) == {"calm": 0.0, "order": -1.0}


def test_all_answers_for_a_trait_reach_its_end():
    assert score_answers(QUIZ, {"weather": "sun", "desk": "neat"}) == {"calm": 1.0, "order": 1.0}


def test_a_question_left_out_says_nothing():
    assert score_answers(QUIZ, {"weather": "storm"}) == {"calm": -1.0, "order": 0.0}
    assert score_answers(QUIZ, {}) == {"calm": 0.0, "order": 0.0}


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"wether": "sun"}, 'answers: expected one of weather, desk, found "wether". Hint: did you mean "weather"?'),
        ({"weather": "hail"}, 'answers.weather: expected one of sun, storm, found "hail". Hint: GET /api/v1/quiz'),
    ],
)
def test_an_unknown_answer_is_refused(answers, told):
    with pytest.raises(AnswersRefused) as refused:
        score_answers(QUIZ, answers)

    assert str(refused.value).startswith(told)


def test_the_artist_who_points_the_same_way_matches(artist):
    artists = [artist("calm-one", calm=1), artist("wild-one", calm=-1, order=-0.2)]

    assert match({"calm": 0.6, "order": 0.1}, artists, "v").best.artist_id == "calm-one"
    assert match({"calm": -0.1, "order": 0.0}, artists, "v").best.artist_id == "wild-one"


def test_the_score_is_a_cosine(artist):
    ranking = match(
        {"calm": 0.3, "order": 0.3}, [artist("same", calm=1, order=1), artist("not", calm=-1, order=-1)], "v"
    ).ranking

    assert [(ranked.artist_id, ranked.score) for ranked in ranking] == [("same", 1.0), ("not", -1.0)]


def test_how_loud_an_artist_is_does_not_count(artist):
    artists = [artist("quiet", calm=0.1, order=0.1), artist("loud", calm=1, order=-1)]

    assert match({"calm": 0.5, "order": 0.5}, artists, "v").best.artist_id == "quiet"


def test_a_trait_that_nobody_is_asked_for_does_not_count(artist):
    plain, odd = artist("plain", calm=1), artist("odd", calm=1, colour_blindness=-1)

    scores = {ranked.score for ranked in match({"calm": 1.0, "order": 0.0}, [plain, odd], "v").ranking}

    assert scores == {1.0}


def test_the_same_visit_always_gives_the_same_artist(artist):
    artists = [artist(f"artist-{n}", calm=1) for n in range(5)]

    assert match({"calm": 1.0}, artists, "visit-7") == match({"calm": 1.0}, reversed(artists), "visit-7")


def test_no_answers_are_a_tie_that_the_seed_breaks_evenly(artist):
    artists = [artist("one", calm=1), artist("two", calm=-1), artist("three", order=1), artist("four", order=-1)]
    nothing = score_answers(QUIZ, {})

    winners = Counter(match(nothing, artists, f"visit-{n}").best.artist_id for n in range(400))

    assert len(winners) == 4
    assert min(winners.values()) > 70


def test_a_tie_goes_to_the_smallest_digest(artist):
    artists = [artist("one", calm=1), artist("two", calm=1), artist("three", calm=0.5)]

    order = [ranked.artist_id for ranked in match({"calm": 1.0}, artists, "seed").ranking]

    assert order == sorted(order, key=lambda artist_id: tie_break("seed", artist_id))


def test_a_match_needs_an_artist():
    with pytest.raises(ValueError, match="at least one artist"):
        match({"calm": 1.0}, [], "v")


def test_what_decided_are_the_traits_that_lift_the_artist_above_the_others(artist):
    artists = [artist("a1", calm=0.9, order=0.4, warmth=0.9), artist("b2", calm=-0.5, order=-0.9, warmth=0.9)]

    found = match({"calm": 0.5, "order": 0.4, "warmth": 0.9}, artists, "v")

    assert found.because == (DecidingTrait("calm", is_high=True), DecidingTrait("order", is_high=True))


def test_a_trait_in_which_visitor_and_artist_differ_never_decides(artist):
    artists = [artist("a1", calm=-0.1, order=0.9), artist("b2", calm=-1, order=0.1)]

    found = match({"calm": 0.5, "order": 0.5}, artists, "v")

    assert found.because == (DecidingTrait("order", is_high=True),)


def test_every_place_of_the_ranking_has_its_own_reasons(artist):
    artists = [artist("a1", calm=0.9, order=0.1), artist("b2", order=1, calm=-0.1)]

    found = match({"calm": 0.9, "order": 0.6}, artists, "v")

    assert found.of("a1").decided_by == (DecidingTrait("calm", is_high=True),)
    assert found.of("b2").decided_by == (DecidingTrait("order", is_high=True),)
    assert found.of("nobody") is None


def test_the_reason_is_a_sentence_in_both_languages(artist):
    monet = artist("monet", calm=0.9, order=0.8)

    told = because(match({"calm": 0.9, "order": 0.5}, [monet, artist("b2", calm=-1)], "v").best, QUIZ, monet)

    assert told.en == "Because you keep calm and you like order."
    assert told.ko == "고요한 마음과 질서를 아끼는 눈이 가쓰시카 호쿠사이와 닮았거든요."


def test_the_other_end_of_a_trait_has_words_of_its_own(artist):
    wild = artist("wild", calm=-1)

    told = because(match({"calm": -1.0, "order": 0.0}, [wild], "v").best, QUIZ, wild)

    assert (told.en, told.ko) == ("Because you feel things fiercely.", "뜨거운 열정이 가쓰시카 호쿠사이와 닮았거든요.")


def test_when_nothing_decided_nothing_is_made_up(artist):
    monet = artist("monet", calm=1)

    assert because(match({"calm": 0.0}, [monet], "v").best, QUIZ, monet) == NOTHING_DECIDED
