"""`articket up` as a person runs it: a process of its own, with tiny services in the place of the real ones."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.unit.cli.support import eventually, is_alive

# Each says its settings and its pid, answers any TCP connection with HTTP 200, and stops on SIGTERM.
SERVICE = """
import os, signal, socket, sys
NAME = {name!r}
PREFIX = f"ARTICKET_{{NAME.upper()}}_"
settings = {{key.removeprefix(PREFIX): value for key, value in os.environ.items() if key.startswith(PREFIX)}}
print("pid", os.getpid(), flush=True)
print("2026-11-22T10:00:00.000Z INFO    x [-] start:", sorted(settings.items()), flush=True)
{extra}
signal.signal(signal.SIGTERM, lambda *_: (print("drained", flush=True), os._exit(0)))
server = socket.create_server((settings["HOST"], int(settings["PORT"])))
while True:
    connection, _ = server.accept()
    connection.recv(4096)
    body = b'{{"service": "articket-gateway", "status": "ok"}}'
    connection.sendall(b"HTTP/1.0 {status}\\r\\nContent-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
    connection.close()
"""
NAMES = ("caption", "stylize", "ticket", "gateway")


class Up:
    """A running `articket up`; what it prints is collected in `told`."""

    def __init__(self, process: "subprocess.Popen[str]", data_dir: Path) -> None:
        self.process = process
        self.data_dir = data_dir
        self.told = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told += line

    def says(self, words: str) -> bool:
        return eventually(lambda: words in self.told, within=15)

    def log(self, service: str) -> str:
        return (self.data_dir / "logs" / f"{service}.log").read_text()

    def pids(self, service: str) -> list[int]:
        return [int(pid) for pid in re.findall(r"^pid (\d+)", self.log(service), re.MULTILINE)]

    @property
    def local_url(self) -> str:
        found = re.search(r"staff +(http://\S+)/staff", self.told)
        assert found is not None
        return found[1]

    def ends(self) -> int:
        status = self.process.wait(15)
        self._reader.join(5)
        return status


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    """Starts `articket up` with stand-in services; `extra` is code by service, `status` the gateway's answer to /readyz."""
    artists = tmp_path / "artists"
    artists.mkdir()

    @contextmanager
    def started(
        *options: str, extra: dict[str, str] | None = None, status: str = "200 OK", env: dict[str, str] | None = None
    ) -> Iterator[Up]:
        for name in NAMES:
            package = tmp_path / "services" / f"articket_{name}"
            package.mkdir(parents=True, exist_ok=True)
            (package / "__init__.py").touch()  # without it the installed service would be found instead
            code = SERVICE.format(name=name, extra=(extra or {}).get(name, ""), status=status)
            (package / "__main__.py").write_text(code)
        command = [sys.executable, "-m", "articket_cli", "up", "--artists", str(artists)]
        command += ["--port", "0", "--data-dir", str(tmp_path / "var"), *options]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "services"), **(env or {})}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as process:
            up = Up(process, tmp_path / "var")
            try:
                yield up
            finally:
                process.kill()
                up.ends()

    with ExitStack() as stack:
        yield lambda *options, **script: stack.enter_context(started(*options, **script))


def test_booth_says_where_everything_is(start: Any):
    up = start()
    assert up.says("Ctrl-C stops the booth.")

    for words in ("phone    http://127.0.0.1:", "/kiosk", "/staff", "/metrics", "█", "--host 0.0.0.0"):
        assert words in up.told
    with urlopen(f"{up.local_url}/healthz", timeout=5) as answer:
        assert answer.status == 200


def test_services_are_told_where_the_others_are(start: Any):
    up = start()
    assert up.says("Ctrl-C stops the booth.")

    (port,) = re.findall(r"\('PORT', '(\d+)'\)", up.log("stylize"))
    assert f"('STYLIZE_TARGETS', '127.0.0.1:{port}')" in up.log("gateway")
    assert f"('DATA_DIR', '{up.data_dir}')" in up.log("gateway")


def test_chosen_engine_has_a_fallback_that_the_gateway_is_told_of(start: Any):
    chosen = {"ENGINE": "webui", "WEBUI_URL": "http://gpu:7860", "SERVES": "vangogh", "SLOTS": "1", "LOG_LEVEL": "DEBUG"}
    up = start(env={f"ARTICKET_STYLIZE_{name}": value for name, value in chosen.items()})
    assert up.says("Ctrl-C stops the booth.")

    assert "Starting caption, stylize, ticket, fallback and gateway." in up.told
    assert "engine   webui; painterly paints what it cannot, or while it is away" in up.told
    told = {name: dict(re.findall(r"\('(\w+)', '([^']*)'\)", up.log(name))) for name in ("stylize", "fallback", "gateway")}
    assert {name: told["stylize"][name] for name in chosen} == chosen
    undone = {"ENGINE": "painterly", "WEBUI_URL": "", "SERVES": "", "SLOTS": "", "LOG_LEVEL": "DEBUG"}
    assert {name: told["fallback"][name] for name in chosen} == undone
    assert told["gateway"]["STYLIZE_TARGETS"] == f"127.0.0.1:{told['stylize']['PORT']}"
    assert told["gateway"]["FALLBACK_TARGETS"] == f"127.0.0.1:{told['fallback']['PORT']}"
    assert len({told[name][port] for name in ("stylize", "fallback") for port in ("PORT", "METRICS_PORT")}) == 4


@pytest.mark.parametrize("engine", ["", "painterly", "simulated"])
def test_an_engine_that_needs_nothing_has_no_fallback(start: Any, engine: str):
    up = start(env={"ARTICKET_STYLIZE_ENGINE": engine})
    assert up.says("Ctrl-C stops the booth.")

    assert not (up.data_dir / "logs" / "fallback.log").exists()
    assert "FALLBACK_TARGETS" not in up.log("gateway")
    assert "engine " not in up.told


def test_public_url_is_for_phones_and_the_gateway(start: Any):
    up = start("--public-url", "https://booth.example/")
    assert up.says("Ctrl-C stops the booth.")

    assert "phone    https://booth.example/\n" in up.told
    assert "('PUBLIC_URL', 'https://booth.example')" in up.log("gateway")
    assert "Phones cannot reach" not in up.told


def test_ordinary_lines_stay_in_the_file_and_warnings_are_shown(start: Any):
    warn = 'print("2026-11-22T10:00:00.000Z WARNING stylize [-] looks: paint is running out", flush=True)'
    up = start(extra={"stylize": warn})
    assert up.says("Ctrl-C stops the booth.")

    assert "stylize  WARNING looks: paint is running out" in up.told
    assert "INFO" not in up.told


def test_killed_service_comes_back_on_its_port(start: Any):
    up = start()
    assert up.says("Ctrl-C stops the booth.")
    os.kill(up.pids("stylize")[0], signal.SIGKILL)

    assert up.says("stylize  down: SIGKILL")
    assert eventually(lambda: len(up.pids("stylize")) == 2)
    first, second = re.findall(r"\('PORT', '(\d+)'\)", up.log("stylize"))
    assert first == second


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stop_signal_drains_every_service(start: Any, number: int):
    up = start()
    assert up.says("Ctrl-C stops the booth.")
    os.kill(up.process.pid, number)

    assert up.ends() == 0
    assert up.told.endswith("Stopped.\n")
    for name in NAMES:
        assert "drained" in up.log(name)
        assert not any(is_alive(pid) for pid in up.pids(name))


def test_stop_signal_while_starting_ends_the_services(start: Any):
    up = start(status="503 Not Yet")
    assert eventually(lambda: (up.data_dir / "logs" / "gateway.log").exists() and up.pids("gateway"))
    os.kill(up.process.pid, signal.SIGINT)

    assert up.ends() == 0
    assert not is_alive(up.pids("gateway")[0])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")
def test_killed_supervisor_leaves_no_service_and_the_folder_free(start: Any):
    up = start()
    assert up.says("Ctrl-C stops the booth.")
    pids = [pid for name in NAMES for pid in up.pids(name)]
    up.process.kill()
    up.ends()

    assert eventually(lambda: not any(is_alive(pid) for pid in pids))
    assert start().says("Ctrl-C stops the booth.")


def test_second_booth_on_the_same_data_is_refused(start: Any):
    first = start()
    assert first.says("Ctrl-C stops the booth.")
    second = start()

    assert second.ends() == 2
    assert f"a booth at {first.local_url} (process {first.process.pid}) is using it" in second.told


def test_taken_port_is_refused(start: Any):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        up = start("--port", str(port))

        assert up.ends() == 2
        assert f"port {port} on 127.0.0.1: expected a free port, found another program listening there" in up.told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--host", "192.0.2.7"], "192.0.2.7:"),
        (["--public-url", "booth"], "--public-url booth: expected http://"),
        (["--artists", "nowhere"], "--artists nowhere: expected a folder of artist folders, found nothing there"),
        (["--data-dir", "/dev/null"], "--data-dir /dev/null: expected a folder that can be written"),
        (["--port", "80801"], "argument --port: expected a port from 0 to 65535, found '80801'"),
    ],
)
def test_bad_input_is_one_line(start: Any, options: list[str], words: str):
    up = start(*options)

    assert up.ends() == 2
    assert words in up.told
    assert up.told.count("\n") == 1


def test_service_that_cannot_start_is_named_with_its_last_lines(start: Any):
    up = start(extra={"ticket": 'raise SystemExit("the fonts are missing")'}, status="503 Not Yet")

    assert up.ends() == 1
    assert "the booth did not come up: ticket ends as soon as it is started" in up.told
    assert "  | the fonts are missing" in up.told
    assert "Traceback" not in up.told
    assert not any(is_alive(pid) for name in NAMES for pid in up.pids(name))


def test_service_that_cannot_use_its_settings_is_not_tried_again(start: Any):
    up = start(
        extra={"ticket": 'print("ARTICKET_TICKET_PORT: expected a port", flush=True); sys.exit(2)'}, status="503 Not Yet"
    )

    assert up.ends() == 1
    assert len(up.pids("ticket")) == 1
    assert "  | ARTICKET_TICKET_PORT: expected a port" in up.told


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_supervisor_is_small(start: Any):
    up = start()
    assert up.says("Ctrl-C stops the booth.")
    status = Path(f"/proc/{up.process.pid}/status").read_text()

    assert int(status.split("VmRSS:")[1].split()[0]) <= 30_000
