"""Addresses and folders: free ports, URLs, a data folder for one booth at a time."""

import os
import socket
from pathlib import Path

import pytest

from articket_cli import addresses
from articket_cli.booth import plan_booth
from articket_cli.claiming import claimed, holder_of
from articket_cli.errors import BadInputError
from articket_cli.locations import find_artists, find_checkout, find_quiz


def test_free_ports_are_free_and_different():
    ports = addresses.free_ports(7)

    assert len(set(ports)) == 7
    assert all(addresses.why_not_bindable("127.0.0.1", port) is None for port in ports)


def test_port_in_use_is_noticed():
    with socket.create_server(("127.0.0.1", 0)) as server:
        error = addresses.why_not_bindable("127.0.0.1", server.getsockname()[1])

    assert error is not None
    assert addresses.is_taken(error)


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")])
def test_url_is_written_for_both_kinds_of_address(host: str, url: str):
    assert addresses.url_of(host, 80) == url


@pytest.mark.parametrize(("host", "is_here"), [("127.0.0.1", True), ("localhost", True), ("10.0.0.1", False), ("booth", False)])
def test_loopback_is_known(host: str, is_here: bool):
    assert addresses.is_loopback(host) is is_here


def plan(tmp_path: Path, host: str):
    return plan_booth(host=host, port=8080, public_url=None, data_dir=tmp_path, artists=tmp_path, quiz=None)


def test_every_network_is_shown_as_this_machines_own_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(addresses, "lan_address", lambda: "192.168.0.10")  # the machine of a test may have none

    assert plan(tmp_path, "0.0.0.0").public_url == "http://192.168.0.10:8080"
    assert plan(tmp_path, "0.0.0.0").local_url == "http://127.0.0.1:8080"


def test_setting_of_the_person_is_kept_where_the_plan_has_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARTICKET_GATEWAY_DRAIN_SECONDS", "60")
    monkeypatch.setenv("ARTICKET_GATEWAY_PORT", "1")
    environment = plan(tmp_path, "127.0.0.1").environment("gateway")

    assert "ARTICKET_GATEWAY_DRAIN_SECONDS" not in environment
    assert environment["ARTICKET_GATEWAY_PORT"] == "8080"


def test_data_folder_belongs_to_one_booth(tmp_path: Path):
    with claimed(tmp_path / "var", "http://first"):
        second = claimed(tmp_path / "var", "http://second")
        with pytest.raises(BadInputError, match=f"a booth at http://first \\(process {os.getpid()}\\) is using it"):
            second.__enter__()


def test_holder_is_known_while_it_holds(tmp_path: Path):
    with claimed(tmp_path, "http://here"):
        holder = holder_of(tmp_path)

    assert holder is not None
    assert holder.url == "http://here"
    assert holder_of(tmp_path) is None


def test_this_checkout_is_found():
    checkout = find_checkout()

    assert checkout is not None
    assert find_artists(None) == checkout / "plugins" / "artists"
    assert find_quiz(find_artists(None)) == checkout / "plugins" / "quiz" / "quiz.yaml"


def test_quiz_beside_the_artists_comes_first(tmp_path: Path):
    (tmp_path / "quiz").mkdir()
    (tmp_path / "quiz" / "quiz.yaml").touch()

    assert find_quiz(tmp_path / "artists") == tmp_path / "quiz" / "quiz.yaml"
