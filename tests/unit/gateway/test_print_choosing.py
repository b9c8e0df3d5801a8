"""From the setting to the sinks, and what a printer's words mean."""

from pathlib import Path

import pytest

from articket_gateway.printing.choosing import SinkRefused, make_sinks
from articket_gateway.printing.ipp_words import reasons_of, takes_media, troubles_of
from articket_gateway.printing.sinks import Sink

MEDIA = "custom_ticket_100x200mm"


def made(*texts: str) -> list[Sink]:
    return make_sinks(texts, media=MEDIA)


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("ipp://printer.local/ipp/print", "ipp", "printer.local"),
        ("ipps://printer.local:8631/ipp/print", "ipp", "printer.local:8631"),
        ("ipp://user:secret@printer.local/ipp/print", "ipp", "printer.local"),
        ("ipp://server/printers/front", "ipp", "server/front"),
        ("front=ipp://printer.local/ipp/print", "ipp", "front"),
        ("s3://bucket/evening/tickets", "store", "bucket/evening/tickets"),
    ],
)
async def test_each_form_makes_its_sink(text: str, kind: str, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    (sink,) = made(text)
    assert (sink.kind, sink.name) == (kind, name)


def test_a_folder_is_made_where_the_one_above_it_is(tmp_path: Path):
    (sink,) = made(str(tmp_path / "tickets"))
    assert (sink.kind, sink.name) == ("folder", "tickets")
    assert (tmp_path / "tickets").is_dir()


@pytest.mark.parametrize(
    "text",
    [
        "ftp://somewhere/tickets",
        "http://printer.local/ipp/print",
        "ipp://",
        "ipp:///ipp/print",
        "ipp://printer.local:port/ipp/print",
        "s3://",
        "/proc/no/such/folder",
        "/proc/1/status",
    ],
)
def test_a_sink_that_makes_no_sense_is_refused_with_one_clear_line(text: str):
    with pytest.raises(SinkRefused, match="ARTICKET_GATEWAY_PRINT_SINKS: expected ") as raised:
        made(text)
    assert "\n" not in str(raised.value)
    assert "found" in str(raised.value)


def test_a_refusal_tells_no_password():
    with pytest.raises(SinkRefused) as raised:
        made("ipp://user:secret@printer.local/?x=1")
    assert "secret" not in str(raised.value)


def test_two_sinks_of_one_name_are_refused(tmp_path: Path):
    (tmp_path / "a/tickets").mkdir(parents=True)
    (tmp_path / "b/tickets").mkdir(parents=True)
    with pytest.raises(SinkRefused, match="two called 'tickets'"):
        made(str(tmp_path / "a/tickets"), str(tmp_path / "b/tickets"))
    assert len(made(str(tmp_path / "a/tickets"), f"second={tmp_path}/b/tickets")) == 2


@pytest.mark.parametrize(
    ("keywords", "reasons", "troubles"),
    [
        (["none"], (), ()),
        (["media-empty-error"], ("media-empty",), ("media-empty",)),
        (["toner-low-warning", "toner-empty-error"], ("marker-supply-empty", "marker-supply-low"), ("marker-supply-empty",)),
        (["media-empty-warning", "media-jam-error"], ("media-jam", "media-empty"), ("media-jam", "media-empty")),
        (["interlock-open"], ("cover-open",), ("cover-open",)),
        (["cups-insecure-filter-warning", "com.vendor_X <b>", ""], (), ()),
        (["vendor-thing-report"], ("vendor-thing",), ()),
    ],
)
def test_a_printers_words_become_stable_ones(keywords: list[str], reasons: tuple[str, ...], troubles: tuple[str, ...]):
    assert reasons_of(keywords) == reasons
    assert troubles_of(reasons) == troubles


def test_a_printer_with_very_many_words_is_cut_short():
    assert len(reasons_of([f"word-{i}" for i in range(500)])) < 20


@pytest.mark.parametrize(
    ("supported", "is_taken"),
    [
        ([MEDIA], True),
        (["iso_a4_210x297mm"], False),
        (["custom_min_50x50mm", "custom_max_216x356mm"], True),
        (["custom_min_50x50mm", "custom_max_90x356mm"], False),
        (["roll_min_0.75x0.25in", "roll_max_4x40in"], True),
        (["roll_min_nonsense", "roll_max_4in"], False),
        ([], False),
    ],
)
def test_paper_is_taken_by_name_or_by_size(supported: list[str], *, is_taken: bool):
    assert takes_media(MEDIA, supported) is is_taken
