"""The files of a folder: what is part of an artist, what is refused, and the digest of it all."""

import os
import pickle
import subprocess
from pathlib import Path

import pytest

from articket_artists import ArtistRefused, load_artists, load_folder
from articket_artists.errors import ArtistsFolderMissing
from articket_artists.folder import list_folder
from tests.support.artists import artist_yaml, blank_template, safetensors, write_artist


@pytest.fixture
def folder(tmp_path):
    return write_artist(tmp_path / "hokusai")


def refusal(folder):
    with pytest.raises(ArtistRefused) as refused:
        load_folder(folder)
    return refused.value


def with_lora(folder, content, **lora):
    (folder / "lora.safetensors").write_bytes(content)
    digest = list_folder(folder).sha256("lora.safetensors")
    return write_artist(folder, lora={"source": "lora.safetensors", "sha256": digest} | lora)


# -- the digest --------------------------------------------------------------------------------------------------------


def test_the_digest_is_the_one_that_a_shell_computes(folder):
    (folder / "notes").mkdir()
    (folder / "notes/Ä b.txt").write_text("x")
    (folder / "Z.txt").write_text("y")
    command = "find * -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"

    told = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True)

    assert load_folder(folder).digest == told.stdout.split()[0]


@pytest.mark.parametrize("change", ["content", "name", "more"])
def test_any_change_of_a_file_changes_the_digest(folder, change):
    (folder / "note.txt").write_text("a")
    before = load_folder(folder).digest
    if change == "content":
        (folder / "note.txt").write_text("b")
    elif change == "name":
        (folder / "note.txt").rename(folder / "other.txt")
    else:
        (folder / "more.txt").write_text("")

    assert load_folder(folder).digest != before


def test_droppings_of_editors_are_no_part_of_the_artist(folder):
    before = load_folder(folder).digest
    for name in (".DS_Store", "artist.yaml~", ".artist.yaml.swp", "#artist.yaml#", "Thumbs.db", "lora.safetensors.part"):
        (folder / name).write_text("x")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/x.pyc").write_text("x")

    assert load_folder(folder).digest == before


# -- links and odd files -----------------------------------------------------------------------------------------------


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path):
    (tmp_path / "secret.pdf").write_bytes(blank_template())
    (folder / "template.pdf").unlink()
    (folder / "template.pdf").symlink_to("../secret.pdf")

    told = refusal(folder)

    assert "template.pdf: expected files that lie inside the folder, found a link that leads out" in str(told)


@pytest.mark.parametrize(
    ("target", "found"), [("/etc", "leads out"), ("nowhere", "leads nowhere"), ("loop", "leads nowhere"), (".", "no file")]
)
def test_odd_links_are_refused(folder, target, found):
    (folder / "loop").symlink_to(target)

    assert found in refusal(folder).found


def test_a_link_inside_the_folder_is_good_as_mounted_volumes_have_them(folder):
    (folder / "..2026").mkdir()
    (folder / "template.pdf").rename(folder / "..2026/template.pdf")
    (folder / "..data").symlink_to("..2026")
    (folder / "template.pdf").symlink_to("..data/template.pdf")

    assert load_folder(folder).template_pdf == blank_template()


def test_the_folder_itself_may_be_a_link(folder, tmp_path):
    root = tmp_path / "artists"
    root.mkdir()
    folder = folder.rename(tmp_path / "elsewhere")
    (root / "hokusai").symlink_to(folder)

    assert list(load_artists(root).artists) == ["hokusai"]


def test_a_pipe_is_refused_and_not_read(folder):
    os.mkfifo(folder / "pipe")

    assert refusal(folder).found == "a device, pipe or socket"


def test_a_pipe_in_place_of_the_artist_file_is_refused_and_not_read(folder):
    (folder / "artist.yaml").unlink()
    os.mkfifo(folder / "artist.yaml")

    assert "pipe" in str(refusal(folder))


def test_a_huge_file_is_refused_by_its_size_alone(folder):
    with (folder / "photo.psd").open("wb") as file:
        file.truncate(40 * 2**20)

    assert (
        refusal(folder)
        .faults[0]
        .told(folder)
        .endswith("photo.psd: expected at most 32 MiB, found 40 MiB. Hint: make it smaller")
    )


def test_a_huge_artist_file_is_refused(folder):
    (folder / "artist.yaml").write_text(artist_yaml() + "#" * 100_000)

    assert refusal(folder).expected == "at most 64 KiB"


def test_too_many_files_are_refused(folder):
    for number in range(120):
        (folder / f"{number}.txt").touch()

    assert refusal(folder).expected == "at most 100 files"


def test_names_that_do_not_print_are_told_safely(tmp_path):
    folder = write_artist(tmp_path / "hokusai")
    (folder / "a\nb.txt").touch()
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).touch()

    told = str(refusal(folder))

    assert len(told.encode().splitlines()) == 2
    assert "a\\u000ab.txt" in told


def test_a_folder_too_deep_is_refused(folder):
    (folder / "a/b/c/d/e/f").mkdir(parents=True)

    assert refusal(folder).found == "deeper folders"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_told(folder):
    (folder / "artist.yaml").chmod(0)

    assert "Permission denied" in str(refusal(folder))


def test_a_folder_without_the_artist_file_says_which_it_has(tmp_path):
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "artist.yml").write_text(artist_yaml())

    assert refusal(folder).hint == 'did you mean "artist.yml"?'


# -- weights -----------------------------------------------------------------------------------------------------------


def test_weights_with_the_right_digest_load(folder):
    loaded = load_folder(with_lora(folder, safetensors()))

    assert loaded.lora_path == folder / "lora.safetensors"
    assert loaded.artist.lora.weight == 0.8


def test_weights_at_an_address_are_not_looked_for_in_the_folder(folder):
    write_artist(folder, lora={"source": "s3://booth/lora/hokusai.safetensors", "sha256": "0" * 64})

    assert load_folder(folder).lora_path is None


def test_other_weights_than_the_pinned_ones_are_refused_with_their_digest(folder):
    with_lora(folder, safetensors(16))
    (folder / "lora.safetensors").write_bytes(safetensors(32))

    told = refusal(folder)

    assert told.key == "lora.sha256"
    assert list_folder(folder).sha256("lora.safetensors") in told.expected


@pytest.mark.parametrize(
    "content",
    [b"", pickle.dumps({"a": 1}), b"PK\x03\x04" + bytes(64), safetensors()[:-1], safetensors() + b"x", b"\xff" * 64],
    ids=["empty", "pickle", "torch zip", "cut", "longer", "huge header"],
)
def test_what_is_no_safetensors_file_is_refused_even_with_its_digest(folder, content):
    told = refusal(with_lora(folder, content))

    assert (told.key, told.expected) == ("lora.source", "a whole safetensors file")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("lora.safetensors", "no file"),
        ("lora.ckpt", "a pickle"),
        ("https://example.org/lora.pt", "a pickle"),
        ("lora.txt", "lora.txt"),
        ("../other/lora.safetensors", "../other"),
        ("/models/lora.safetensors", "/models"),
        ("http://example.org/lora.safetensors", "http://"),
        ("file:///etc/lora.safetensors", "file://"),
        ("https://example.org/lora", "https://"),
        ("https://me:s3cret@example.org/lora.safetensors", "one"),
        ("https:///lora.safetensors", "https:"),
        ("https://[::1/lora.safetensors", "https:"),
    ],
)
def test_weights_from_elsewhere_are_refused(folder, source, found):
    write_artist(folder, lora={"source": source, "sha256": "0" * 64})

    told = refusal(folder)

    assert told.key == "lora.source"
    assert found in told.found
    assert "s3cret" not in str(told)


def test_weights_without_a_digest_are_refused(folder):
    write_artist(folder, lora={"source": "https://example.org/lora.safetensors"})

    assert refusal(folder).key == "lora.sha256"


# -- all folders -------------------------------------------------------------------------------------------------------


def test_a_bad_artist_is_reported_and_left_out(tmp_path):
    write_artist(tmp_path / "monet")
    write_artist(tmp_path / "hokusai")
    write_artist(tmp_path / "broken", prompt=5)
    (tmp_path / "artist.schema.json").write_text("{}")
    (tmp_path / ".git").mkdir()

    catalogue = load_artists(tmp_path)

    assert list(catalogue.artists) == ["hokusai", "monet"]
    assert [refused.folder for refused in catalogue.refused] == ["broken"]
    assert [(fault.folder, fault.file, fault.key) for fault in catalogue.faults] == [("broken", "artist.yaml", "prompt")]


def test_a_missing_root_is_told(tmp_path):
    with pytest.raises(ArtistsFolderMissing, match="expected a folder of artists, found nothing"):
        load_artists(tmp_path / "nowhere")


def test_a_root_that_is_a_file_is_told(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(ArtistsFolderMissing, match="found a file"):
        load_artists(tmp_path / "file")
