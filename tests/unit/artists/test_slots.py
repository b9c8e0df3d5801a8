"""The ticket block: what is placed where."""

import pytest

from articket_artists import PaintingSlot, QrSlot, TextSlot
from articket_artists.slots import Box

PAINTING = {"kind": "painting", "box_mm": [5, 5, 90, 90]}
QR = {"kind": "qr", "box_mm": [75, 174, 20, 20]}


def slot(changes):
    return {"ticket.slots": [PAINTING, QR, {"kind": "text", "of": "name", "box_mm": [5, 100, 50, 10], "size_pt": 9} | changes]}


@pytest.mark.parametrize(
    ("changes", "key", "expected", "hint"),
    [
        ({"box_mm": [5, 20, 90]}, "box_mm", "[x, y, width, height] in millimetres", "for example"),
        ({"box_mm": [5, 20, 90, "10"]}, "box_mm", "[x, y, width, height] in millimetres", "plain numbers"),
        ({"box_mm": [5, 20, 90, True]}, "box_mm", "[x, y, width, height] in millimetres", "plain numbers"),
        ({"box_mm": "5 20 90 10"}, "box_mm", "[x, y, width, height] in millimetres", "plain numbers"),
        ({"box_mm": {"x": 5}}, "box_mm", "[x, y, width, height] in millimetres", "plain numbers"),
        ({"box_mm": [50, 100, 51, 10]}, "box_mm", "a box on the page, x from 0 to 100 and y from 0 to 200 mm", "[x, y,"),
        ({"box_mm": [-1, 100, 50, 10]}, "box_mm", "a box on the page", ""),
        ({"box_mm": [5, 195, 50, 10]}, "box_mm", "a box on the page", ""),
        ({"box_mm": [5, 100, 0, 10]}, "box_mm", "a width and a height of at least 2 mm", ""),
        ({"box_mm": [5, 100, 50, -10]}, "box_mm", "a width and a height of at least 2 mm", ""),
        ({"box_mm": [1, 100, 90, 10], "rotate_deg": 45, "kind": "serial", "of": None}, "of", "one of the keys", ""),
        ({"box_mm": [0, 180, 90, 10], "rotate_deg": 90}, "box_mm", "a box on the page", "turned box"),
        ({"colour": "red"}, "colour", 'a colour like "#1f3d7a"', "in quotes"),
        ({"colour": None}, "colour", 'a colour like "#1f3d7a"', "comment"),
        ({"colour": "#12345"}, "colour", 'a colour like "#1f3d7a"', "six"),
        ({"align": "center"}, "align", 'one of "left", "centre", "right"', '"centre"?'),
        ({"min_size_pt": 12}, "min_size_pt", "at most size_pt, which is 9", ""),
        ({"size_pt": 200}, "size_pt", "a number from 5 to 72", ""),
        ({"of": "personality.txt"}, "of", 'one of "name"', '"personality.text"?'),
        ({"kind": "txt"}, "kind", 'one of "painting"', '"text"?'),
    ],
)
def test_a_bad_slot_is_told(faults_of, changes, key, expected, hint):
    (fault,) = faults_of(slot(changes))

    assert fault.key == f"ticket.slots[2].{key}"
    assert expected in fault.expected
    assert hint in fault.hint


@pytest.mark.parametrize("box", [[-3, -3, 106, 106], [0, 0, 100, 200], [-3, 100, 103, 103]])
def test_a_picture_may_reach_into_the_bleed(faults_of, box):
    assert faults_of({"ticket.slots": [PAINTING | {"box_mm": box}, QR]}) == []


def test_a_picture_may_not_reach_beyond_the_bleed(faults_of):
    (fault,) = faults_of({"ticket.slots": [PAINTING | {"box_mm": [-4, 0, 90, 90]}, QR]})

    assert "x from -3 to 103" in fault.expected


def test_a_code_that_phones_cannot_read_is_refused(faults_of):
    small = faults_of({"ticket.slots": [PAINTING, QR | {"box_mm": [80, 180, 10, 10]}]})
    inverted = faults_of({"ticket.slots": [PAINTING, QR | {"colour": "#ffffff", "background": "#000000"}]})
    pale = faults_of({"ticket.slots": [PAINTING, QR | {"colour": "#cccccc"}]})

    assert [fault.key for fault in small + inverted + pale] == [
        "ticket.slots[1].box_mm", "ticket.slots[1].colour", "ticket.slots[1].colour",
    ]  # fmt: skip


def test_every_ticket_has_the_matched_painting_and_a_code(faults_of):
    (no_painting,) = faults_of({"ticket.slots": [PAINTING | {"rank": 2}, QR]})
    (no_code,) = faults_of({"ticket.slots": [PAINTING, PAINTING]})
    (nothing,) = faults_of({"ticket.slots": []})

    assert no_painting.expected == "a painting slot of rank 1"
    assert no_code.expected == "a qr slot"
    assert nothing.expected == "a list of 2 to 60 items"


@pytest.mark.parametrize(
    ("template", "expected", "hint"),
    [
        ("/etc/passwd.pdf", "a path inside the artist's folder", "copy the file into the folder"),
        ("../vangogh/template.pdf", "a path inside the artist's folder", "leads out"),
        ("pages/../../x.pdf", "a path inside the artist's folder", "leads out"),
        ("pages\\x.pdf", "a path inside the artist's folder", "write /"),
        ("C:/x.pdf", "a path inside the artist's folder", "copy"),
        ("https://example.org/x.pdf", "a path inside the artist's folder", "copy"),
        ("", "a path inside the artist's folder", ""),
        ("temlate.pdf", "a PDF file in the artist's folder", 'did you mean "template.pdf"?'),
        ("artist.yaml", "a file whose name ends with .pdf", ""),
    ],
)
def test_a_template_must_be_a_pdf_in_the_folder(faults_of, template, expected, hint):
    (fault,) = faults_of({"ticket.template": template})

    assert fault.key == "ticket.template"
    assert expected in fault.expected
    assert hint in fault.hint


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "a PDF file"),
        (b"PK\x03\x04", "a PDF file"),
        (b"%PDF-1.7\n1 0 obj", "a whole PDF file"),
        (b"%PDF-" + bytes(6 * 2**20), "at most 5 MiB"),
    ],
    ids=["empty", "zip", "cut", "huge"],
)
def test_what_is_no_whole_pdf_is_refused(faults_of, tmp_path, content, expected):
    (tmp_path / "hokusai").mkdir()
    (tmp_path / "hokusai/template.pdf").write_bytes(content)

    (fault,) = faults_of()

    assert (fault.key, fault.expected) == ("ticket.template", expected)


def test_slots_know_their_kind(tmp_path):
    assert PaintingSlot(kind="painting", box_mm=(0, 0, 10, 10)).rank == 1
    assert QrSlot(kind="qr", box_mm=(0, 0, 20, 20)).background == "#ffffff"
    assert TextSlot(kind="text", of="name", box_mm=(1, 2, 30, 4), size_pt=9).box == Box(1, 2, 30, 4)


def test_a_turned_box_swaps_its_sides():
    assert Box(10, 20, 40, 10).turned(90) == pytest.approx(Box(25, 5, 10, 40))
