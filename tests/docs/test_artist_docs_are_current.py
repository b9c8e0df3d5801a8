"""What is derived from the artist models, and what the guide shows of them."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest
import yaml

from articket_artists import load_folder, load_quiz
from scripts.make_artist_schema import GUIDE, ROOT, derived
from tests.support.artists import safetensors, write_artist


@pytest.mark.parametrize("path", derived(), ids=lambda path: path.name)
def test_the_derived_file_is_current(path: Path):
    assert path.read_text(encoding="utf-8") == derived()[path], "run scripts/make_artist_schema.py"


def test_every_key_is_explained():
    guide = GUIDE.read_text(encoding="utf-8")

    assert [line for line in guide.splitlines() if line.endswith("|  |")] == []


def test_the_examples_of_the_guide_load(tmp_path):
    """The blocks of the guide that are artist.yaml, put together over a good artist, with a file for the weights."""
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)]
    changes = {key: value for block in blocks if block for key, value in block.items()}
    folder = tmp_path / "hokusai"
    folder.mkdir()
    (folder / "lora.safetensors").write_bytes(safetensors())
    changes["lora"]["sha256"] = hashlib.sha256(safetensors()).hexdigest()

    loaded = load_folder(write_artist(folder, **changes))

    assert len(loaded.artist.ticket.slots) == 7
    assert loaded.artist.lora.trigger == "hksai"


def test_a_copy_with_the_two_lines_of_the_guide_loads(tmp_path):
    guide = GUIDE.read_text(encoding="utf-8")
    (copied,) = re.findall(r"^cp -r (\S+) ", guide, re.MULTILINE)
    folder = tmp_path / "hokusai"
    shutil.copytree(ROOT / copied, folder)
    text = (folder / "artist.yaml").read_text(encoding="utf-8")
    for line in re.findall(r"^(?:id|name): .+$", guide, re.MULTILINE):
        text = re.sub(rf"^{line.partition(':')[0]}: .*$", line, text, count=1, flags=re.MULTILINE)
    (folder / "artist.yaml").write_text(text, encoding="utf-8")

    assert load_folder(folder).artist.name.en == "Katsushika Hokusai"


def test_the_guide_names_the_traits_of_the_quiz():
    guide = GUIDE.read_text(encoding="utf-8")

    assert [trait for trait in load_quiz(ROOT / "plugins/quiz/quiz.yaml").traits if f"`{trait}`" not in guide] == []


def test_every_refusal_that_the_guide_shows_is_one_that_is_made():
    """The table's first column quotes messages; each quoted piece must stand in the code."""
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "libs/artists/src").rglob("*.py"))
    table = GUIDE.read_text(encoding="utf-8").partition("## When it is refused")[2]
    quoted = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    pieces = [piece for row in quoted for piece in re.findall(r"expected ([a-z ]{8,}?)(?:,| …|`|\{)", row)]

    assert len(pieces) >= 8
    assert [piece for piece in pieces if piece.strip() not in sources and piece.strip().partition(" ")[2] not in sources] == []
