"""A pretend Twilio on loopback that the real SDK talks to: it takes a message first and answers when it likes."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.faults.waiting import pause


class Provider:
    """`taken` are the texts it will deliver, in order, with the attempt each was sent as; `ways` says by recipient how
    it answers: a delay in seconds, 429, 500, "hang" or "reset"; None is at once."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.forms: list[dict[str, str]] = []
        self.asked: list[str] = []
        self.ways: dict[str, float | str | None] = {}
        self.delay = 0.0
        self.released = threading.Event()
        self._lock = threading.Lock()

    def take(self, form: dict[str, str]) -> str:
        attempt = parse_qs(urlsplit(form.get("StatusCallback", "")).query).get("a", ["none"])[0]
        with self._lock:
            self.taken.append((form.get("Body", ""), attempt))
            return f"SMf{len(self.taken):031x}"


@contextmanager
def provider() -> Iterator[tuple[Provider, str]]:
    """A provider and its address."""
    made = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": made}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        made.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    provider: Provider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        self.provider.forms.append(form)
        self.provider.asked.append(form.get("Body", ""))
        way = self.provider.ways.get(form["To"])
        if way == 429:
            self.provider.ways[form["To"]] = None  # the next try is welcome
            self._answer(429, {"code": 20429, "message": "Too many", "status": 429}, {"Retry-After": "1"})
        elif way == 500:
            self._answer(500, {"code": 20500, "message": "Fault", "status": 500})
        elif way == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        else:
            sid = self.provider.take(form)
            if way == "hang":
                self.provider.released.wait(60)
            pause(self.provider.delay)
            self._answer(201, {"sid": sid, "status": "queued", "to": form["To"], "body": form.get("Body", "")})

    def _answer(self, status: int, body: dict[str, object], headers: dict[str, str] | None = None) -> None:
        raw = json.dumps(body).encode()
        try:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except OSError:
            self.close_connection = True  # whoever asked was killed

    def log_message(self, *_: object) -> None:
        pass
