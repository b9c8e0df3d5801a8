"""`articket doctor`: a line for each thing, and for a problem the way to mend it."""

import socket
from pathlib import Path

import pytest

from articket_cli.claiming import claimed
from articket_cli.doctor import packages
from articket_cli.doctor.booths import find_booth, look_at_booth
from articket_cli.doctor.content import look_at_artists, look_at_fonts
from articket_cli.doctor.finding import Finding
from articket_cli.doctor.machine import look_at_data_dir, look_at_port, look_at_python, look_at_service_ports
from articket_cli.main import main
from tests.unit.cli.stand_in import Script, StandInGateway


def test_problem_comes_with_the_way_to_mend_it():
    assert str(Finding("port", "taken", "stop it")).splitlines()[1].strip() == "mend: stop it"


def test_this_python_and_its_ports_are_fine():
    assert not look_at_python().is_problem
    assert not look_at_service_ports().is_problem


def test_taken_port_is_a_problem_unless_it_is_the_booths():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert look_at_port(port, is_ours=False).is_problem
        assert not look_at_port(port, is_ours=True).is_problem


def test_data_folder_need_not_exist_yet(tmp_path: Path):
    assert not look_at_data_dir(tmp_path / "not" / "yet").is_problem
    assert not (tmp_path / "not").exists()


def test_data_folder_that_cannot_be_written_is_a_problem():
    assert look_at_data_dir(Path("/proc/articket")).is_problem


def test_missing_artists_are_a_problem(tmp_path: Path):
    assert next(look_at_artists(tmp_path / "none")).is_problem
    assert next(look_at_artists(tmp_path)).what == "artists"


def test_refused_artist_is_named(tmp_path: Path):
    (tmp_path / "monet").mkdir()
    finding = next(look_at_artists(tmp_path))

    assert finding.is_problem
    assert finding.found.startswith("monet/artist.yaml: expected the artist's file")


def test_ticket_fonts_are_found():
    assert not look_at_fonts().is_problem


def test_other_version_is_a_problem(tmp_path: Path):
    (tmp_path / "constraints.txt").write_text("httpx==0.0.1  # old\nsegno==1.6.6\n")
    (finding,) = packages.look_at_versions(tmp_path / "constraints.txt")

    assert finding.is_problem
    assert "httpx" in finding.found
    assert "segno" not in finding.found


def test_import_that_fails_and_one_that_crashes_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "crashing.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(packages, "COMPILED", ("json", "crashing", "no_such_module", "re"))
    findings = {finding.found.split(":")[0]: finding.found for finding in packages.look_at_imports()}

    assert set(findings) == {"crashing", "no_such_module"}
    assert findings["crashing"].endswith("crashed")


def test_running_booth_is_found_by_its_data_folder(tmp_path: Path):
    with StandInGateway(Script()) as gateway, claimed(tmp_path, gateway.url):
        url = find_booth(tmp_path, port=9)

        assert url == gateway.url
        assert look_at_booth(url).found.endswith("is ready")


def test_booth_that_does_not_answer_is_a_problem(tmp_path: Path):
    assert look_at_booth("http://127.0.0.1:9").is_problem
    assert not look_at_booth(None).is_problem


def test_problems_end_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packages, "COMPILED", ("json",))

    assert main(["doctor", "--artists", str(tmp_path / "none"), "--data-dir", str(tmp_path), "--port", "0"]) == 1
    assert "1 problem." in capsys.readouterr().out
