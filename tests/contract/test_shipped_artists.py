"""What every folder under plugins/artists promises, and what those that ship promise beyond that.

A new artist is checked by being there; no test has to be changed for it.
"""

import hashlib
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml

from articket_artists import LoadedArtist, load_folder, load_quiz
from articket_artists.loading import artist_folders
from articket_artists.schema import artist_schema
from tests.support.artists import safetensors

ROOT = Path(__file__).parents[2]
FOLDERS = artist_folders(ROOT / "plugins/artists")
SHIPPED = ("lichtenstein", "picasso", "renoir", "vangogh")
WORDS_IN_ENGLISH = range(60, 91)
LETTERS_IN_KOREAN = range(180, 320)
FIRST_LINE = "# yaml-language-server: $schema=../artist.schema.json"


@pytest.fixture(params=FOLDERS, ids=[folder.name for folder in FOLDERS])
def loaded(request) -> LoadedArtist:
    return load_folder(request.param)


@pytest.fixture(params=SHIPPED)
def shipped(request) -> LoadedArtist:
    return load_folder(ROOT / "plugins/artists" / request.param)


def test_it_loads(loaded):
    assert loaded.id == loaded.folder.name


def test_it_is_good_for_editors_too(loaded):
    text = (loaded.folder / "artist.yaml").read_text(encoding="utf-8")

    jsonschema.validate(yaml.safe_load(text), yaml.safe_load(artist_schema()))


def test_its_prompt_says_what_is_in_the_photo_and_leaves_no_gap(loaded):
    prompt = loaded.artist.prompt_for("a woman with a red scarf")

    assert "a woman with a red scarf" in prompt
    assert not set("{}") & set(prompt)
    assert ", ," not in prompt


def test_its_file_begins_with_the_schema_for_editors(shipped):
    assert (shipped.folder / "artist.yaml").read_text(encoding="utf-8").startswith(FIRST_LINE)


def test_its_traits_are_those_of_the_quiz(shipped):
    assert load_quiz(ROOT / "plugins/quiz/quiz.yaml").unasked_traits(shipped.artist) == {}


def test_its_personality_is_as_long_as_the_ticket_likes(shipped):
    text = shipped.artist.personality.text

    assert len(text.en.split()) in WORDS_IN_ENGLISH
    assert len(text.ko) in LETTERS_IN_KOREAN


def test_its_korean_is_korean_and_its_english_is_not(shipped):
    for text in (shipped.artist.name, shipped.artist.personality.title, shipped.artist.personality.text):
        assert re.search("[가-힣]", text.ko)
        assert not re.search("[가-힣]", text.en)


def test_it_has_a_readme_that_names_it(shipped):
    assert shipped.artist.name.en in (shipped.folder / "README.md").read_text(encoding="utf-8")


def test_it_ships_no_weights_and_no_large_file(shipped):
    assert shipped.artist.lora is None
    assert all(path.stat().st_size < 2**20 for path in shipped.folder.rglob("*") if path.is_file())


def test_its_lora_slot_works_once_the_comment_is_taken_away(shipped, tmp_path):
    folder = tmp_path / shipped.id
    shutil.copytree(shipped.folder, folder)
    (folder / "lora.safetensors").write_bytes(safetensors())
    text = (folder / "artist.yaml").read_text(encoding="utf-8")
    slot = re.compile(r"^# (lora:|  (?:source|sha256|weight|trigger): )", re.MULTILINE)
    digest = hashlib.sha256(safetensors()).hexdigest()
    (folder / "artist.yaml").write_text(slot.sub(r"\1", text).replace('"…"', f'"{digest}"'), encoding="utf-8")

    artist = load_folder(folder).artist

    assert artist.lora.sha256 == digest
    assert artist.lora.trigger in artist.prompt_for("a cat")
