"""What an author is told when artist.yaml is not as it must be."""

from pathlib import Path

import pytest

from articket_artists import ArtistRefused, load_folder
from tests.support.artists import write_artist

LORA = {"source": "https://example.org/hokusai.safetensors", "sha256": "0" * 64}


def test_a_good_folder_loads(tmp_path):
    loaded = load_folder(write_artist(tmp_path / "hokusai"))

    assert loaded.id == loaded.artist.id == "hokusai"
    assert loaded.artist.traits["calm"] == 0.8
    assert loaded.template_pdf.startswith(b"%PDF-")


def test_a_refusal_names_file_key_expectation_finding_and_hint(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = write_artist(tmp_path / "plugins/artists/x1", lora=LORA | {"weight": "strong"})

    with pytest.raises(ArtistRefused) as refused:
        load_folder(folder)

    assert str(refused.value) == (
        'plugins/artists/x1/artist.yaml: lora.weight: expected a number from 0 to 2, found "strong". '
        "Hint: write a number, without quotes"
    )


def test_a_refusal_tells_the_line(faults_of, tmp_path):
    (fault,) = faults_of({"img2img.steps": 0})

    lines = (tmp_path / "hokusai/artist.yaml").read_text().splitlines()
    assert "steps: 0" in lines[fault.line - 1]


def test_several_faults_are_listed_together_in_the_order_of_the_file(faults_of):
    faults = faults_of({"name.ko": "", "img2img.steps": "many", "ticket.slots.0.fit": "covr"}, without=["prompt"])

    assert [fault.key for fault in faults] == ["prompt", "name.ko", "img2img.steps", "ticket.slots[0].fit"]


CASES = [
    ({"lora": LORA | {"weight": 2.5}}, "lora.weight", "a number from 0 to 2", "2.5", "lora.weight"),
    ({"lora": LORA | {"weight": "0,8"}}, "lora.weight", "a number from 0 to 2", '"0,8"', "with a point: 0.8"),
    ({"lora": LORA | {"weight": True}}, "lora.weight", "a number from 0 to 2", "true", ""),
    ({"img2img.steps": 2.5}, "img2img.steps", "a whole number from 1 to 150", "2.5", ""),
    ({"img2img.denoising_strength": 0}, "img2img.denoising_strength", "a number from 0.05 to 1", "0", ""),
    ({"img2img.guidance_scale": float("nan")}, "img2img.guidance_scale", "a number from 1 to 30", '".nan"', ""),
    ({"scaling.gpu_hour_price_usd": -1}, "scaling.gpu_hour_price_usd", "a number from 0 to 1000", "-1", ""),
    ({"scaling.min_replicas": 9}, "scaling.min_replicas", "at most max_replicas, which is 4", "9", ""),
    ({"promt": "x"}, "promt", "one of the keys schema_version, id, name", '"promt"', 'did you mean "prompt"?'),
    ({"img2img.step": 3}, "img2img.step", "one of the keys denoising_strength", '"step"', 'did you mean "steps"?'),
    ({"sampler": "Euler"}, "sampler", "one of the keys", '"sampler"', "belongs into img2img"),
    ({"name": "Hokusai"}, "name", "a mapping with en, ko", '"Hokusai"', "give both"),
    ({"name.en": "x" * 41}, "name.en", "text of at most 40 characters", "text of 41 characters", "shorter"),
    ({"name.ko": "   "}, "name.ko", "not empty", '"   "', "give both"),
    ({"traits": {"calm": 1.5}}, "traits.calm", "a number from -1 to 1", "1.5", "traits"),
    ({"traits": {"Very Calm": 1}}, "traits.Very Calm", "names of lower-case letters", '"Very Calm"', ""),
    ({"traits": {"calm": 0}}, "traits", "at least one trait other than 0", "only zeros", ""),
    ({"traits": {}}, "traits", "each a number from -1 to 1", "an empty mapping", ""),
    ({"id": "Hokusai!"}, "id", "lower-case letters", '"Hokusai!"', ""),
    ({"id": "monet"}, "id", 'the folder\'s name, "hokusai"', '"monet"', "rename the folder"),
    ({"prompt": "{caption} by {artist}"}, "prompt", "no braces but {caption} and {trigger}", "{artist}", ""),
    ({"prompt": "{caption"}, "prompt", "no braces but", "{", ""),
    ({"prompt": "x <lora:y:1>"}, "prompt", "without < and >", "<lora:y:1>", "lora block"),
    ({"negative_prompt": "{caption}"}, "negative_prompt", "no placeholders", '"{caption}"', ""),
    ({"lora": LORA | {"trigger": "hk"}, "prompt": "wave"}, "prompt", "{trigger} somewhere", '"wave"', '"hk"'),
    ({"painterly": "strokes"}, "painterly", "a mapping with recipe", '"strokes"', "write {recipe: strokes}"),
    ({"painterly": {"recipe": "stroke"}}, "painterly.recipe", 'one of "dabs"', '"stroke"', '"strokes"?'),
    ({"painterly": {}}, "painterly.recipe", 'one of "dabs"', "nothing", "add recipe"),
    ({"credit.licence": ""}, "credit.licence", "not empty", '""', ""),
    ({"credit": None}, "credit", "a mapping with licence, source", "nothing", "the value is missing"),
]


@pytest.mark.parametrize(
    ("overrides", "key", "expected", "found", "hint"), CASES, ids=[f"{c[1]}-{i}" for i, c in enumerate(CASES)]
)
def test_each_kind_of_fault_is_told_in_plain_words(faults_of, overrides, key, expected, found, hint):
    (fault,) = faults_of(overrides)

    assert fault.key == key
    assert expected in fault.expected
    assert found in fault.found
    assert hint in fault.hint
    assert fault.hint, "every fault has a next step"


@pytest.mark.parametrize("key", ["id", "name", "personality", "traits", "prompt", "ticket", "credit"])
def test_a_missing_key_is_named(faults_of, key):
    (fault,) = faults_of(without=[key])

    assert (fault.key, fault.found) == (key, "nothing")


@pytest.mark.parametrize("key", ["negative_prompt", "img2img", "painterly", "scaling"])
def test_these_keys_may_be_left_out(faults_of, key):
    assert faults_of(without=[key]) == []


@pytest.mark.parametrize(
    ("version", "hint"),
    [
        (2, "newer Articket"),
        (0, "write `schema_version: 1`"),
        ("1", "write"),
        (True, "write"),
        (1.0, "write"),
        (None, "begin the file"),
    ],
)
def test_another_schema_version_is_refused_alone(faults_of, version, hint):
    (fault,) = faults_of({"img2img.steps": 0, "promt": 1}, schema_version=version)

    assert (fault.key, fault.expected) == ("schema_version", "1")
    assert hint in fault.hint


def test_a_missing_schema_version_is_refused_alone(faults_of):
    (fault,) = faults_of({"promt": 1}, without=["schema_version"])

    assert (fault.key, fault.found) == ("schema_version", "nothing")


def test_hostile_keys_make_no_long_or_broken_lines(faults_of):
    (long, broken) = faults_of({"x" * 9000: 1, "a\nb\x1b".replace("\x1b", ""): 1})

    assert len(long.key) < 100
    assert len(long.found) < 100
    assert broken.key == "a\\u000ab"


def test_a_file_with_thousands_of_faults_is_told_in_a_few(faults_of):
    assert len(faults_of({f"key{n}": n for n in range(2000)})) == 40


def test_a_loaded_artist_cannot_be_changed(tmp_path):
    artist = load_folder(write_artist(tmp_path / "hokusai")).artist

    with pytest.raises(ValueError, match="frozen"):
        artist.prompt = "something else"


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(ArtistRefused, match=r"nowhere: expected a folder with an artist\.yaml, found nothing"):
        load_folder(tmp_path / "nowhere")


def test_a_relative_path_with_dots_names_the_folder(tmp_path, monkeypatch):
    folder = write_artist(tmp_path / "hokusai")
    monkeypatch.chdir(folder)

    assert load_folder(Path()).id == "hokusai"
