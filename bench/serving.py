"""Starts the measured server in a process of its own, and the clients in another."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[1]
START_SECONDS = 30.0


@contextmanager
def served(environment: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """A running server; yields its port and process id."""
    port = _free_port()
    own = {"WARMLINE_PUBLIC_URL": f"http://127.0.0.1:{port}", **environment}
    process = subprocess.Popen([sys.executable, "-m", "bench.server", str(port)], cwd=ROOT, env={**os.environ, **own})
    try:
        await_port(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def client(module: str, **asked: Any) -> Any:
    """Runs a client of ours as a process, asked by one JSON object on its input; answers its JSON output."""
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{module}"],
        cwd=ROOT,
        input=msgspec.json.encode(asked),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout)


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Returns once somebody listens; raises when the server ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server gave no answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
