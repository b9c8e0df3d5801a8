"""The quiz file, and what is told when it is not as it must be."""

import pytest

from articket_artists import QuizRefused, load_folder, load_quiz
from tests.support.artists import write_artist

QUIZ = """
schema_version: 1
traits:
  calm: {name: {en: calm, ko: 차분함}, high: {en: you keep calm, ko: 고요한 마음}, low: {en: you burn, ko: 뜨거운 마음}}
  order: {name: {en: order, ko: 질서}, high: {en: you like order, ko: 반듯한 눈}, low: {en: you wander, ko: 자유로운 걸음}}
questions:
  - id: weather
    text: {en: Which weather?, ko: 어떤 날씨?}
    choices:
      - {id: sun, text: {en: sun, ko: 해}, traits: {calm: 0.8}}
      - {id: storm, text: {en: storm, ko: 폭풍}, traits: {calm: -0.8, order: 0.1}}
""".replace("?,", "!,").replace("?}", "!}")


@pytest.fixture
def load(tmp_path):
    """Loads a quiz after replacing one piece of its text."""

    def load(old="", new=""):
        assert old in QUIZ
        (tmp_path / "quiz.yaml").write_text(QUIZ.replace(old, new, 1) if old else QUIZ)
        return load_quiz(tmp_path / "quiz.yaml")

    return load


def test_a_good_quiz_loads(load):
    quiz = load()

    assert quiz.question("weather").choice("storm").traits == {"calm": -0.8, "order": 0.1}
    assert quiz.question("other") is None
    assert quiz.question("weather").choice("other") is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("schema_version: 1", "schema_version: 2", "quiz.yaml: schema_version: expected 1, found 2"),
        (
            "calm: 0.8}",
            "clam: 0.8}",
            'questions[0].choices[0].traits.clam: expected one of calm, order, found "clam". Hint: did you mean "calm"?',
        ),
        (", order: 0.1", "", 'traits.order: expected a trait that some choice names, found "order"'),
        ("id: storm", "id: sun", 'questions[0].choices[1].id: expected an id of its own, found "sun" a second time'),
        ("id: sun", "id: Sun!", "questions[0].choices[0].id: expected a word of lower-case letters"),
        ("calm: 0.8}", "calm: 8}", "questions[0].choices[0].traits.calm: expected a number from -1 to 1, found 8"),
        (", ko: 해", "", "questions[0].choices[0].text.ko: expected text of at most 60 characters, not empty, found nothing"),
        (
            "low: {en: you burn, ko: 뜨거운 마음}",
            "lo: 1",
            'traits.calm.lo: expected one of the keys name, high, low, found "lo"',
        ),
        (
            "choices:",
            "choice:",
            'questions[0].choice: expected one of the keys id, text, choices, found "choice". Hint: did you mean "choices"?',
        ),
        ("schema_version: 1", "schema_version: [", "quiz.yaml: expected correct YAML, found a mistake in line"),
    ],
)
def test_a_bad_quiz_is_told(load, old, new, told):
    with pytest.raises(QuizRefused) as refused:
        load(old, new)

    assert told in str(refused.value)


def test_a_missing_quiz_is_told(tmp_path):
    with pytest.raises(QuizRefused, match=r"quiz\.yaml: expected a quiz file that can be read, found No such file"):
        load_quiz(tmp_path / "quiz.yaml")


def test_traits_that_no_question_speaks_of_are_named_with_the_nearest(load, tmp_path):
    artist = load_folder(write_artist(tmp_path / "monet", traits={"clam": 1, "order": 1, "zest": 1})).artist

    assert load().unasked_traits(artist) == {"clam": "calm", "zest": ""}
