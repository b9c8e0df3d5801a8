"""`articket artist`: a new folder passes the check, a broken one is told line by line, a sheet is put together."""

import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from articket_artists import load_folder
from articket_cli.artist.blank_ticket import blank_ticket
from articket_cli.artist.previewing import GAP_PX, TILE_PX, contact_sheet
from articket_cli.main import main


def make(root: Path, artist_id: str = "hokusai") -> Path:
    assert main(["artist", "new", artist_id, "--dir", str(root)]) == 0
    return root / artist_id


@pytest.mark.parametrize("artist_id", ["hokusai", "on", "de-chirico", "a1"])
def test_new_artist_passes_the_check(tmp_path: Path, artist_id: str):
    folder = make(tmp_path, artist_id)

    assert main(["artist", "check", str(folder)]) == 0
    assert load_folder(folder).id == artist_id


def test_new_artist_leaves_nothing_else_behind(tmp_path: Path):
    folder = make(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["hokusai"]
    assert {path.name for path in folder.iterdir()} == {"artist.yaml", "template.pdf", "README.md"}


def test_new_artist_names_the_traits_of_the_quiz(tmp_path: Path):
    traits = load_folder(make(tmp_path)).artist.traits

    assert set(traits) >= {"calm", "warmth"}


@pytest.mark.parametrize("artist_id", ["Hoku Sai", "x", "../evil", "1900"])
def test_bad_id_is_refused_with_an_example(tmp_path: Path, capsys: pytest.CaptureFixture[str], artist_id: str):
    assert main(["artist", "new", artist_id, "--dir", str(tmp_path)]) == 2
    assert "Hint: for example" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_existing_folder_is_not_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = make(tmp_path)
    (folder / "artist.yaml").write_text("mine")

    assert main(["artist", "new", "hokusai", "--dir", str(tmp_path)]) == 2
    assert (folder / "artist.yaml").read_text() == "mine"


def test_fault_is_told_with_file_key_and_hint(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = make(tmp_path)
    text = (folder / "artist.yaml").read_text()
    (folder / "artist.yaml").write_text(text.replace("guidance_scale", "guidance_skale"))
    capsys.readouterr()

    assert main(["artist", "check", str(folder)]) == 1
    told = capsys.readouterr().out
    assert "artist.yaml: img2img.guidance_skale: expected" in told
    assert "Hint:" in told


def test_check_takes_a_folder_of_artists(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    make(tmp_path)
    (make(tmp_path, "second") / "template.pdf").unlink()
    capsys.readouterr()

    assert main(["artist", "check", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert "hokusai: good" in told
    assert "second/artist.yaml: ticket.template: expected a PDF file" in told


def test_check_of_nothing_is_a_refusal(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["artist", "check", str(tmp_path / "none")]) == 1
    assert "expected a folder with an artist.yaml, found nothing" in capsys.readouterr().out


def test_list_shows_the_loaded_and_the_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    make(tmp_path)
    (tmp_path / "empty").mkdir()
    capsys.readouterr()

    assert main(["artist", "list", "--artists", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "hokusai  Hokusai  strokes     none" in told
    assert "empty/artist.yaml: expected the artist's file, found no such file" in told


def test_preview_of_a_refused_folder_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["artist", "preview", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 1
    assert "expected a folder with an artist.yaml" in capsys.readouterr().out


def test_blank_ticket_is_a_sound_pdf(tmp_path: Path):
    path = tmp_path / "template.pdf"
    path.write_bytes(blank_ticket())
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr


def picture(path: Path, size: tuple[int, int], colour: str) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def test_contact_sheet_puts_each_photo_above_its_painting(tmp_path: Path):
    photo = picture(tmp_path / "photo.png", (100, 100), "red")
    painting = picture(tmp_path / "painting.png", (300, 150), "blue")
    ticket = picture(tmp_path / "ticket.png", (500, 1000), "lime")
    with Image.open(BytesIO(contact_sheet([(photo, painting)], ticket))) as sheet:
        middles = [GAP_PX + TILE_PX // 2, 2 * GAP_PX + 3 * TILE_PX // 2]
        colours = [sheet.getpixel((middles[0], y)) for y in middles]
        beside = sheet.getpixel((sheet.width - 2 * GAP_PX, sheet.height // 2))

    assert [max(range(3), key=lambda channel: colour[channel]) for colour in (*colours, beside)] == [0, 2, 1]
