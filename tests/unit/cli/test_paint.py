"""`articket paint` against a stand-in gateway: what is written, what is told, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from articket_cli.main import main
from tests.unit.cli.stand_in import JPEG, PDF, PNG, Script, StandInGateway
from tests.unit.cli.support import eventually

Open = Callable[..., StandInGateway]


@pytest.fixture
def gateway() -> Iterator[Open]:
    """Opens a gateway with a script."""
    with ExitStack() as stack:
        yield lambda **script: stack.enter_context(StandInGateway(Script(**script)))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "me.jpg"
    path.write_bytes(b"a photo")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def visit_json(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "visit.json").read_text())


def test_photo_becomes_every_painting_and_a_ticket(gateway: Open, photo: Path, out: Path):
    assert main(["paint", str(photo), "--out", str(out), "--url", gateway().url]) == 0

    assert files_in(out) == {"renoir.jpg", "vangogh.jpg", "ticket.pdf", "ticket.png", "visit.json"}
    assert (out / "renoir.jpg").read_bytes() == JPEG + b"renoir" + b"a photo"
    assert (out / "ticket.pdf").read_bytes() == PDF
    assert (out / "ticket.png").read_bytes() == PNG


def test_paintings_are_fetched_in_print_size(gateway: Open, photo: Path, out: Path):
    opened = gateway()
    main(["paint", str(photo), "--out", str(out), "--url", opened.url])

    assert "paintings/renoir?size=print" in opened.requests


def test_visit_json_tells_steps_match_and_versions(gateway: Open, photo: Path, out: Path):
    main(["paint", str(photo), "--out", str(out), "--url", gateway().url])
    told = visit_json(out)

    assert told["steps"] == [
        {
            "name": "caption",
            "start": "2026-11-22T10:00:00.100Z",
            "seconds": 0.05,
            "engine": "embedded",
            "engine_seconds": 0.04,
            "attempts": 1,
            "outcome": "done",
        }
    ]
    assert told["match"]["artist_id"] == "renoir"
    assert told["match"]["because"]["en"] == "You are bold and warm."
    assert told["versions"]["articket"]
    assert [one["artist_digest"] for one in told["paintings"]] == ["digest-of-renoir", "digest-of-vangogh"]
    assert set(told["files"]) == files_in(out)


def test_summary_names_the_match_the_files_and_the_visit(
    gateway: Open, photo: Path, out: Path, capsys: pytest.CaptureFixture[str]
):
    opened = gateway()
    main(["paint", str(photo), "--out", str(out), "--url", opened.url, "--lang", "ko"])
    told = capsys.readouterr().out

    assert "Renoir-ko: 대담하고 따뜻해서" in told
    assert "ticket.pdf" in told
    assert f"{opened.url}/api/v1/visits/visit-0" in told


def test_progress_goes_to_stderr_as_lines(gateway: Open, photo: Path, out: Path, capsys: pytest.CaptureFixture[str]):
    main(["paint", str(photo), "--out", str(out), "--url", gateway().url])

    assert "me.jpg  vangogh        done in 0.3 s" in capsys.readouterr().err


def test_several_photos_get_a_folder_each(gateway: Open, tmp_path: Path, out: Path):
    photos = [tmp_path / "a.jpg", tmp_path / "more" / "a.png", tmp_path / "b.jpg"]
    for path in photos:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(path.name.encode())

    assert main(["paint", *map(str, photos), "--out", str(out), "--url", gateway().url]) == 0
    assert {path.name for path in out.iterdir()} == {"a", "a-2", "b"}
    assert (out / "a-2" / "vangogh.jpg").read_bytes() == JPEG + b"vangogh" + b"a.png"


def test_failed_artist_ends_with_1_and_the_rest_is_there(
    gateway: Open, photo: Path, out: Path, capsys: pytest.CaptureFixture[str]
):
    out.mkdir()
    (out / "renoir.jpg").write_bytes(b"from an earlier run")

    assert main(["paint", str(photo), "--out", str(out), "--url", gateway(failing={"renoir"}).url]) == 1
    assert files_in(out) == {"vangogh.jpg", "ticket.pdf", "ticket.png", "visit.json"}
    assert "renoir: OUT_OF_MEMORY (3 attempts)" in capsys.readouterr().out
    assert {one["artist_id"]: one["outcome"] for one in visit_json(out)["paintings"]}["renoir"] == "failed"


def test_failed_visit_ends_with_1_and_says_why(gateway: Open, photo: Path, out: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["paint", str(photo), "--out", str(out), "--url", gateway(visit_fails=True).url]) == 1
    assert "no ticket: no painting could be made (ENGINE_FAILED)" in capsys.readouterr().err
    assert files_in(out) == {"visit.json"}


REFUSAL = {
    "status": 415,
    "reason": "photo_format",
    "detail": "photo: expected JPEG or PNG, found a text",
    "hint": "Send a picture.",
    "title": "…",
}


def test_what_is_no_picture_ends_with_2_and_the_gateways_words(
    gateway: Open, photo: Path, out: Path, capsys: pytest.CaptureFixture[str]
):
    opened = gateway(refused_photo=REFUSAL)

    assert main(["paint", str(photo), "--out", str(out), "--url", opened.url]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == f"articket: {photo}: expected JPEG or PNG, found a text. Hint: Send a picture."
    assert opened.visits["visit-0"].is_erased
    assert files_in(out) == set()


def test_stream_that_breaks_is_taken_up_where_it_broke(gateway: Open, photo: Path, out: Path):
    opened = gateway(events_per_stream=1)

    assert main(["paint", str(photo), "--out", str(out), "--url", opened.url]) == 0
    ids = [int(one) for one in opened.last_event_ids if one]
    assert ids == sorted(ids)


def test_booth_that_is_not_ready_yet_is_waited_for(gateway: Open, photo: Path, out: Path):
    assert main(["paint", str(photo), "--out", str(out), "--url", gateway(unavailable_first=2).url]) == 0


def test_json_prints_one_document_and_nothing_else(gateway: Open, photo: Path, out: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["paint", str(photo), "--out", str(out), "--url", gateway().url, "--json"]) == 0
    told = capsys.readouterr()

    assert json.loads(told.out)["visits"] == [visit_json(out)]
    assert told.err == ""


def test_json_of_bad_input_is_one_document_as_well(out: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["paint", "nothing.jpg", "--out", str(out), "--json"]) == 2
    assert "no such file" in json.loads(capsys.readouterr().out)["error"]["detail"]


def test_only_the_wanted_artists_are_asked_for(gateway: Open, photo: Path, out: Path):
    opened = gateway()

    assert main(["paint", str(photo), "--out", str(out), "--url", opened.url, "--artist", "vangogh"]) == 0
    assert opened.visits["visit-0"].artists == ["vangogh"]
    assert files_in(out) == {"vangogh.jpg", "ticket.pdf", "ticket.png", "visit.json"}


@pytest.mark.parametrize(("name", "content"), [("a.yaml", "place: sea"), ("a.json", '{"place": "sea"}')])
def test_answers_are_sent(gateway: Open, photo: Path, out: Path, tmp_path: Path, name: str, content: str):
    opened = gateway()
    answers = tmp_path / name
    answers.write_text(content)

    assert main(["paint", str(photo), "--out", str(out), "--url", opened.url, "--answers", str(answers)]) == 0
    assert opened.visits["visit-0"].asked == {"answers": {"place": "sea"}}


def test_match_is_sent(gateway: Open, photo: Path, out: Path):
    opened = gateway()
    main(["paint", str(photo), "--out", str(out), "--url", opened.url, "--match", "vangogh"])

    assert opened.visits["visit-0"].asked == {"match": "vangogh"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--artist", "vangough"], "--artist vangough: expected one of renoir, vangogh. Hint: did you mean vangogh?"),
        (["--match", "monet"], "this artist is left out: monet/artist.yaml: traits: expected traits, found nothing"),
        (["--artist", "renoir", "--match", "vangogh"], "expected one of the artists to paint (renoir)"),
        (["--answers", "{tmp}/none.yaml"], "found: No such file or directory"),
        (["--answers", "{tmp}/list.yaml"], "expected {question: choice}, found a list"),
        (["--answers", "{tmp}/torn.yaml"], "expected YAML or JSON, found neither in line 1"),
        (["--answers", "{tmp}/yes.yaml"], "expected the id of a choice, found True"),
        (["--answers", "{tmp}/question.yaml"], "plaze: expected a question of the quiz (place). Hint: did you mean place?"),
        (["--answers", "{tmp}/choice.yaml"], "place: expected one of sea, city, found see. Hint: did you mean sea?"),
    ],
)
def test_bad_wish_ends_with_2_and_one_line(
    gateway: Open,
    photo: Path,
    out: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    words: str,
):
    for name, content in {
        "list": "[sea]",
        "torn": "{",
        "yes": "place: yes",
        "question": "plaze: sea",
        "choice": "place: see",
    }.items():
        (tmp_path / f"{name}.yaml").write_text(content)
    opened = gateway()
    options = [option.format(tmp=tmp_path) for option in options]

    assert main(["paint", str(photo), "--out", str(out), "--url", opened.url, *options]) == 2
    complaints = [line for line in capsys.readouterr().err.splitlines() if line.startswith("articket: ")]
    assert len(complaints) == 1
    assert words in complaints[0]
    assert opened.visits == {}


def test_missing_photo_ends_with_2(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["paint", str(tmp_path / "no.jpg"), "--out", str(out)]) == 2
    assert "no.jpg: expected a photo, found no such file" in capsys.readouterr().err


@pytest.mark.parametrize(("make", "words"), [(Path.mkdir, "a folder"), (Path.touch, "an empty file")])
def test_what_cannot_be_a_photo_ends_with_2(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None], words: str
):
    make(tmp_path / "it")

    assert main(["paint", str(tmp_path / "it"), "--out", str(out)]) == 2
    assert f"found {words}" in capsys.readouterr().err


def test_folder_that_cannot_be_written_ends_with_2(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").touch()

    assert main(["paint", str(photo), "--out", str(tmp_path / "file")]) == 2
    assert "expected a folder that can be written, found: a file" in capsys.readouterr().err


def test_url_where_nothing_answers_ends_with_2(
    photo: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("articket_cli.paint.booths.REACH_SECONDS", 0.1)  # the wait itself is tested with the client

    assert main(["paint", str(photo), "--out", str(out), "--url", "http://127.0.0.1:9"]) == 2
    assert "--url http://127.0.0.1:9: expected an Articket booth" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://booth", "http://booth:port"])
def test_url_that_is_none_ends_with_2(photo: Path, out: Path, url: str):
    assert main(["paint", str(photo), "--out", str(out), "--url", url]) == 2


def test_url_of_another_service_ends_with_2(gateway: Open, photo: Path, out: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["paint", str(photo), "--out", str(out), "--url", gateway(is_other_service=True).url]) == 2
    assert "expected an Articket booth, found something-else" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interruption_erases_the_visit(gateway: Open, photo: Path, out: Path, number: int, status: int):
    opened = gateway(waits_for_ever=True)
    command = [sys.executable, "-m", "articket_cli", "paint", str(photo), "--out", str(out), "--url", opened.url]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as painting:
        assert eventually(lambda: any(visit.asked is not None for visit in opened.visits.values()), within=10)
        os.kill(painting.pid, number)
        _, told = painting.communicate(timeout=10)

    assert painting.returncode == status
    assert opened.visits["visit-0"].is_erased
    assert "Traceback" not in told
