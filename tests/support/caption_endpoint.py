"""A caption endpoint on loopback: a real HTTP server that answers what a test tells it to, and keeps what it was sent."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass
class Answer:
    """What the endpoint answers. `seconds` pass before it begins, and `trickle` seconds between its bytes."""

    body: bytes = b'{"caption": "a woman holding a cup of coffee"}'
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    seconds: float = 0.0
    trickle: float = 0.0
    is_dropped: bool = False
    """The connection ends without a word."""

    @classmethod
    def of(cls, said: object, status: int = 200, **headers: str) -> Answer:
        """An answer in JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(json.dumps(said).encode(), status, {"Content-Type": "application/json", **named})


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: Message
    body: bytes

    def form(self) -> dict[str, bytes]:
        """The fields of a multipart body."""
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        return {
            str(part.get_param("name", header="Content-Disposition")): part.get_payload(decode=True)
            for part in message_from_bytes(head + self.body).get_payload()
        }


class CaptionEndpoint:
    """Listens from `start` to `stop`, and inside a `with`."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.asked: list[Asked] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def do_POST(self) -> None:
                endpoint.handle(self)

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: object) -> None:
                """A caller that goes in the middle is nothing to tell of."""

        self._server = Server(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def url(self, path: str = "/caption") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def start(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def handle(self, call: BaseHTTPRequestHandler) -> None:
        """Take one request and give the answer."""
        length = int(call.headers.get("Content-Length", 0))
        self.asked.append(Asked(call.command, call.path, call.headers, call.rfile.read(length)))
        answer = self.answer
        time.sleep(answer.seconds)
        call.close_connection = True
        if answer.is_dropped:
            return
        call.send_response(answer.status)
        for name, value in answer.headers.items():
            call.send_header(name, value)
        call.send_header("Content-Length", str(len(answer.body)))
        call.end_headers()
        if not answer.trickle:
            call.wfile.write(answer.body)
            return
        for byte in answer.body:
            call.wfile.write(bytes([byte]))
            time.sleep(answer.trickle)
