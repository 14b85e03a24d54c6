"""A Twilio on loopback that calls are asked of: it checks each request against Twilio's own document where that is at
hand, and answers with the call it was asked about. It keeps what it was asked."""

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

CONTRACT = (
    Path(__file__).parents[2] / os.environ.get("WARMLINE_CONTRACTS", "../shared/contracts") / "twilio_api_v2010.json"
)


class Switchboard:
    """`asked` are paths below the account with their forms, in order; `hangs_up` breaks off the next of such a path."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.hangs_up = ""
        self.refused: list[str] = []

    def check(self, path: str, form: dict[str, str]) -> None:
        """Notes every field that the document does not know for this path."""
        if not CONTRACT.exists():
            return
        fields = next((known for pattern, known in _paths() if pattern.fullmatch(path)), None)
        self.refused += [path] if fields is None else sorted(set(form) - fields)


@cache
def _paths() -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    """The paths that may be posted to, each with the fields of its form."""
    return tuple(
        (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), frozenset(content["schema"].get("properties", {})))
        for path, methods in json.loads(CONTRACT.read_bytes())["paths"].items()
        for content in methods.get("post", {}).get("requestBody", {}).get("content", {}).values()
    )


@contextmanager
def switchboard() -> Iterator[tuple[Switchboard, str]]:
    """A switchboard and its address."""
    made = Switchboard()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"board": made}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    board: Switchboard
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        path = self.path.partition("/Accounts/")[2].partition("/")[2]
        self.board.asked.append((path, form))
        self.board.check(self.path, form)
        if path == self.board.hangs_up:
            self.close_connection = True
            return
        sid = path.rpartition("/")[2].removesuffix(".json")
        sid = sid if sid.startswith("CA") else f"CA{len(self.board.asked):032x}"
        raw = json.dumps({"sid": sid, "call_sid": sid, "status": "queued"}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        pass
