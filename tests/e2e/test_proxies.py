"""A booth behind Caddy and nginx, with the very configurations of deploy/proxies: TLS ends there, answers are buffered, bodies
have at most 1 MB, and what says nothing is cut off."""

import io
import json
import os
import random
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from articket_mesh.testing_certificates import CertificateAuthority
from tests.support.booth import PHOTOS, ROOT, Booth, running_booth
from tests.support.plain_http import PLAIN
from tests.support.ports import free_port, wait_for_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("caddy") is None or shutil.which("nginx") is None, reason="apt-get install caddy nginx-light: not here"
    ),
]

MEGABYTE = 1_000_000
IDLE_SECONDS = 18
"""What nginx is given in place of its 60 s, so that the test takes no minute: a heartbeat every 15 s just keeps it open."""
VISITS = 40


@dataclass
class Proxy:
    """A proxy before the booth, the phone's way to it, and the booth's own address."""

    name: str
    url: str
    certificates: ssl.SSLContext
    booth: Booth
    restart: Callable[[], None]

    def phone(self) -> httpx.Client:
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": self.url, "Accept-Encoding": "gzip"}
        return httpx.Client(base_url=self.url, verify=self.certificates, timeout=30, headers=headers)


@dataclass
class Listener:
    """Follows a visit in a thread of its own and notes when each event has come."""

    http: httpx.Client
    path: str
    last_event_id: str | None = None
    events: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    error: Exception | None = None

    def __post_init__(self) -> None:
        self.opened = threading.Event()
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()
        assert self.opened.wait(10)

    @property
    def ids(self) -> list[int]:
        return [int(event["id"]) for _, event in self.events if "id" in event]

    def wait_for(self, is_it: Callable[[dict[str, Any]], bool], seconds: float = 45) -> None:
        end = time.monotonic() + seconds
        while not any(is_it(event) for _, event in self.events):
            assert self.thread.is_alive(), f"the stream has ended: {self.error}"
            assert time.monotonic() < end, "the event has not come"
            time.sleep(0.02)

    def _listen(self) -> None:
        headers = {} if self.last_event_id is None else {"Last-Event-ID": self.last_event_id}
        try:
            with self.http.stream("GET", f"{self.path}/events", headers=headers, timeout=60) as response:
                assert response.headers["cache-control"] == "no-store, no-transform"
                self.opened.set()
                event: dict[str, Any] = {}
                for line in response.iter_lines():
                    name, _, value = line.partition(":")
                    if name:
                        event[name] = json.loads(value) if name == "data" else value.strip()
                    elif "data" in event:
                        self.events.append((time.monotonic(), event))
                        event = {}
                    if line == "" and "data" not in event:
                        event = {}
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            self.error = error
        finally:
            self.opened.set()


@contextmanager
def running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[Callable[[], None]]:
    """Run a proxy for the block; what is given restarts it by force."""
    processes: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        for process in processes:
            process.kill()
            process.wait(10)
        processes[:] = [subprocess.Popen(command, env={**os.environ, **(environment or {})}, stderr=subprocess.DEVNULL)]
        wait_for_port(port, lambda: processes[0].poll() is None)

    try:
        start()
        yield start
    finally:
        for process in processes:
            process.terminate()
            process.wait(10)


@contextmanager
def caddy(folder: Path, booth: Booth) -> Iterator[Proxy]:
    port, http_port = free_port(), free_port()
    environment = {
        "BOOTH_SITE": f"https://localhost:{port}",
        "BOOTH_HTTP_PORT": str(http_port),
        "BOOTH_GATEWAY": booth.url.removeprefix("http://"),
        "XDG_DATA_HOME": str(folder / "caddy"),
        "XDG_CONFIG_HOME": str(folder / "caddy"),
    }
    with running(["caddy", "run", "--config", str(ROOT / "deploy/proxies/Caddyfile")], port, environment) as restart:
        root = folder / "caddy/caddy/pki/authorities/local/root.crt"
        end = time.monotonic() + 10
        while not root.exists() and time.monotonic() < end:
            time.sleep(0.05)
        yield Proxy("caddy", f"https://localhost:{port}", ssl.create_default_context(cafile=str(root)), booth, restart)


@contextmanager
def nginx(folder: Path, booth: Booth) -> Iterator[Proxy]:
    port = free_port()
    files = CertificateAuthority().issue(folder)
    text = (ROOT / "deploy/proxies/nginx.conf").read_text()
    places = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "server_name booth.example;": "server_name localhost;",
        "/etc/ssl/booth/fullchain.pem": str(files.cert),
        "/etc/ssl/booth/key.pem": str(files.key),
        "127.0.0.1:8080": booth.url.removeprefix("http://"),
        "proxy_read_timeout 60s;": f"proxy_read_timeout {IDLE_SECONDS}s;",
        "http {\n": "http {\n" + "".join(f"    {one}_temp_path {folder}/{one};\n" for one in ("client_body", "proxy")),
    }
    for place, value in places.items():
        assert text.count(place) == 1, place
        text = text.replace(place, value)
    (folder / "nginx.conf").write_text(text)
    user = "user root;" if os.getuid() == 0 else ""
    main = f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}"
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", main]
    with running(command, port) as restart:
        context = ssl.create_default_context(cafile=str(files.ca))
        yield Proxy("nginx", f"https://localhost:{port}", context, booth, restart)


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booth]:
    environment = {
        "ARTICKET_GATEWAY_TRUSTED_PROXIES": "127.0.0.1,::1",
        "ARTICKET_GATEWAY_VISITS_PER_ADDRESS": str(VISITS),
    }
    with running_booth(tmp_path_factory.mktemp("proxied") / "data", environment=environment) as booth:
        yield booth


@pytest.fixture(scope="module")
def proxies(trusting: Booth, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Proxy]]:
    with (
        caddy(tmp_path_factory.mktemp("caddy"), trusting) as one,
        nginx(tmp_path_factory.mktemp("nginx"), trusting) as other,
    ):
        yield {"caddy": one, "nginx": other}


@pytest.fixture(params=["caddy", "nginx"])
def proxy(request: pytest.FixtureRequest, proxies: dict[str, Proxy]) -> Proxy:
    return proxies[request.param]


def begin(phone: httpx.Client) -> str:
    response = phone.post("/api/v1/visits", json={"lang": "ko"})
    assert response.status_code == 201, response.text
    return f"/api/v1/visits/{response.json()['id']}"


def phone_photo() -> bytes:
    """Make a photo as large as our phones send: just under 900 kB."""
    noise = Image.frombytes("RGB", (800, 800), random.Random(time.time()).randbytes(800 * 800 * 3))
    for quality in range(95, 40, -5):
        body = io.BytesIO()
        noise.save(body, "JPEG", quality=quality)
        if len(body.getvalue()) <= 900_000:
            return body.getvalue()
    raise AssertionError("not small enough")


def is_done(event: dict[str, Any]) -> bool:
    data = event["data"]
    return event["event"] == "visit" and bool(data["ticket"])


def test_a_whole_visit_passes_and_nothing_it_needs_is_larger_than_a_megabyte(proxy: Proxy):
    with proxy.phone() as phone, httpx.Client(base_url=proxy.booth.url, **PLAIN) as direct:
        page = phone.get("/")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"]  # the gateway knows that the phone came by https
        for address in page.text.split('href="')[1:]:
            if address.startswith("/web/"):
                assert len(phone.get(address.partition('"')[0]).content) <= MEGABYTE
        path = begin(phone)
        near, far = Listener(direct, path), Listener(phone, path)
        assert phone.put(f"{path}/photo", content=phone_photo()).status_code == 202
        assert phone.put(f"{path}/answers", json={"match": "vangogh"}).status_code == 202
        far.wait_for(is_done)
        near.wait_for(is_done)
        came = {event["id"]: at for at, event in near.events if "id" in event}
        late = [at - came[event["id"]] for at, event in far.events if event.get("id") in came]
        assert len(late) >= 2
        assert max(late) < 0.5, "the proxy has held events back"
        addresses = [f"{what}?size={size}" for what in ("photo", "paintings/vangogh") for size in ("thumb", "screen", "print")]
        for what in (*addresses, "ticket.png", "ticket.pdf?size=screen", ""):
            response = phone.get(f"{path}/{what}".rstrip("/"))
            assert response.status_code == 200, what
            assert len(response.content) <= MEGABYTE, what
        whole = phone.get(f"{path}/ticket.pdf")
        part = phone.get(f"{path}/ticket.pdf", headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, whole.content[100:200])
        assert phone.get(f"{path}/ticket.pdf", headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
        assert phone.delete(path).status_code == 204
        for listener in (near, far):
            listener.thread.join(10)
            assert listener.events[-1][1]["event"] == "erased"
        assert phone.get(f"{path}/photo").status_code == 410


def test_a_stream_that_is_cut_is_resumed_without_loss(proxy: Proxy):
    with proxy.phone() as phone:
        path = begin(phone)
        first = Listener(phone, path)
        assert phone.put(f"{path}/photo", content=(PHOTOS / "pet-cat.jpg").read_bytes()).status_code == 202
        first.wait_for(lambda event: event["event"] == "visit" and bool(event["data"]["photo_url"]))
    proxy.restart()  # by force: the stream ends in the middle
    first.thread.join(10)
    assert not first.thread.is_alive()
    with proxy.phone() as phone:
        assert phone.put(f"{path}/answers", json={"match": "renoir"}).status_code == 202
        second = Listener(phone, path, str(first.ids[-1]))
        second.wait_for(is_done)
        everything = Listener(phone, path, "0")
        everything.wait_for(is_done)
        ids = [one for one in everything.ids if one <= second.ids[-1]]
        assert [one for one in first.ids if one] + second.ids == [one for one in ids if one >= min(filter(None, first.ids))]
        phone.delete(path)
        for listener in (second, everything):
            listener.thread.join(10)


def test_a_stream_in_which_nothing_happens_outlives_the_proxys_patience(proxies: dict[str, Proxy]):
    phones = [proxy.phone() for proxy in proxies.values()]
    paths = [begin(phone) for phone in phones]
    listeners = [Listener(phone, path) for phone, path in zip(phones, paths, strict=True)]
    time.sleep(IDLE_SECONDS + 3)
    for phone, path, listener in zip(phones, paths, listeners, strict=True):
        assert listener.thread.is_alive(), f"cut off: {listener.error}"
        assert phone.delete(path).status_code == 204
        listener.wait_for(lambda event: event["event"] == "erased", 5) if listener.thread.is_alive() else None
        listener.thread.join(5)
        assert listener.events[-1][1]["event"] == "erased"
        phone.close()


def test_what_is_too_large_or_for_operators_ends_at_the_proxy(proxy: Proxy):
    with proxy.phone() as phone:
        path = begin(phone)
        assert phone.put(f"{path}/photo", content=bytes(1_100_000)).status_code == 413
        for address in ("/metrics", "/readyz", "/healthz"):
            assert phone.get(address).status_code == 404


def test_another_sites_page_is_refused_behind_the_proxy_too(proxy: Proxy):
    with proxy.phone() as phone:
        path = begin(phone)
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            asked = {name: value for name, value in phone.headers.items() if name not in ("sec-fetch-site", "origin")}
            with httpx.Client(base_url=proxy.url, verify=proxy.certificates, headers={**asked, **headers}) as other:
                assert other.delete(path).json()["reason"] == "cross_site"
        del phone.headers["sec-fetch-site"]  # an older browser: only its Origin says that the page is ours
        assert phone.delete(path).status_code == 204


def test_claims_about_the_address_do_not_pass_the_proxy(proxies: dict[str, Proxy]):
    statuses: list[int] = []
    for number, proxy in enumerate(proxies.values()):
        with proxy.phone() as phone:
            for one in range(VISITS):
                forged = {"X-Forwarded-For": f"198.51.{number}.{one}", "Forwarded": f"for=198.51.{number}.{one}"}
                statuses.append(phone.post("/api/v1/visits", headers=forged).status_code)
    assert statuses[-1] == 429
    assert statuses.count(201) < VISITS
