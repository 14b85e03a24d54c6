"""The grown installation: `serve`, `worker` and `watch` as processes of their own over PostgreSQL and Redis."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.conftest import FreshDatabase
from tests.faults.clinic import Clinic, answers, opened
from tests.faults.waiting import until
from tests.support import services

STEPS = ["message.received", "reply.queued", "delivery.sent", "delivery.delivered"]


@contextmanager
def command(clinic: Clinic, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`warmline WORDS`; ended by SIGTERM and expected to end well."""
    settings = clinic.settings
    environment = {
        "WARMLINE_DATABASE_URL": settings.database_url,
        "WARMLINE_REDIS_URL": settings.redis_url,
        "WARMLINE_DATA_DIR": str(settings.data_dir),
        "WARMLINE_PUBLIC_URL": settings.public_url,
        "WARMLINE_SMTP_LISTEN": "off",
    }
    with (clinic.folder / f"{words[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui.cli", *words], env=os.environ | environment, stdout=log, stderr=log
        )
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, (clinic.folder / f"{words[0]}.log").read_text()[-2000:]
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def clinic(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Clinic]:
    with services.valkey() as redis, opened(fresh_database("postgres"), tmp_path, redis_url=redis) as made:
        yield made


def follow(socket: ClientConnection, until_verb: str) -> list[str]:
    """The verbs of the frames up to one, each frame following the one before."""
    verbs, mine = [], json.loads(socket.recv(10))["seq"]
    deadline = time.monotonic() + 30
    while until_verb not in verbs:
        frame = json.loads(socket.recv(max(0.1, deadline - time.monotonic())))
        assert frame.get("prev", mine) == mine
        mine = frame["seq"]
        verbs.append(frame["verb"])
    return verbs


def test_from_a_signed_text_to_a_delivered_answer(clinic: Clinic) -> None:
    headers = {"Authorization": f"Bearer {clinic.token(clinic.agent)}"}
    with ExitStack() as stack:
        for words in (("watch",), ("worker",), ("serve", "--port", str(clinic.port))):
            stack.enter_context(command(clinic, *words))
        until(lambda: answers(clinic), "the server is up", 60)
        address = clinic.address.replace("http", "ws")
        with (
            httpx.Client(base_url=f"{clinic.address}/api", headers=headers) as api,
            connect(f"{address}/live", additional_headers=headers, proxy=None) as socket,
        ):
            assert clinic.post(api, 1)
            found = until(lambda: api.get("/conversations").json()["items"], "the worker understood the text", 60)
            (conversation_id,) = [one["id"] for one in found]
            said = {"client_id": "answer", "text": "Of course."}
            assert api.post(f"/conversations/{conversation_id}/replies", json=said).status_code == 201
            verbs = follow(socket, "delivery.delivered")
            assert [verb for verb in verbs if verb in STEPS] == STEPS
            whole = api.get(f"/conversations/{conversation_id}").json()
            assert [message["status"] for message in whole["messages"]] == ["received", "delivered"]
