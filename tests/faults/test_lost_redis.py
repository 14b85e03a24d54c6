"""Redis forgets everything, dies or hangs while texts come in: none is lost, work and screens go on by their polls."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

import httpx
import pytest
import redis
from websockets.asyncio.client import connect

from inbox import jobs
from inbox.errors import SettingWrong
from tests.conftest import FreshDatabase
from tests.faults import roles
from tests.faults.clinic import Clinic, answers, opened
from tests.faults.processes import running
from tests.faults.waiting import until
from tests.support import services

SOON = 6.0


class Server:
    """A Redis of the test's own, to be hurt."""

    def __init__(self, folder: Path) -> None:
        # a unix socket's path may have 107 bytes
        self.path = Path(f"/tmp/warmline-{os.getpid()}.sock")
        self.url = f"unix://{self.path}?db=0"
        self.command = [str(services._valkey_binary()), "--port", "0", "--unixsocket", str(self.path)]
        self.command += ["--save", "", "--dir", str(folder)]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        until(self.answers, "Redis is up")

    def answers(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.path), socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def forget(self) -> None:
        with redis.Redis(unix_socket_path=str(self.path)) as client:
            client.flushall()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.path.unlink(missing_ok=True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path)
    yield started
    started.kill()


@pytest.fixture
def grown(fresh_database: FreshDatabase, tmp_path: Path, server: Server) -> Iterator[Clinic]:
    """On PostgreSQL, with the work in processes of its own."""
    with opened(fresh_database("postgres"), tmp_path, redis_url=server.url) as made:
        yield made


@contextmanager
def working(clinic: Clinic, work: Callable[..., object] = roles.work) -> Iterator[httpx.Client]:
    """A server and an inbound worker; answers a client for the door."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(running(roles.serve, clinic.settings, clinic.port, log=clinic.folder / "serve.log")),
            stack.enter_context(running(work, clinic.settings, "inbound", log=clinic.folder / "work.log")),
        ]
        until(lambda: all(process.alive() for process in processes) and answers(clinic), "the server is up")
        yield stack.enter_context(httpx.Client(timeout=10))


@asynccontextmanager
async def screen(clinic: Clinic) -> AsyncIterator[Callable[[str], "asyncio.Future[None]"]]:
    """A program on the socket; what is yielded waits until it was shown these words."""
    token, address = clinic.token(clinic.agent), clinic.address.replace("http", "ws")
    headers = {"authorization": f"Bearer {token}"}
    async with connect(f"{address}/live", additional_headers=headers, proxy=None) as socket:

        async def shown(words: str) -> None:
            async with asyncio.timeout(SOON):
                while words not in json.dumps(json.loads(await socket.recv())):
                    pass

        yield lambda words: asyncio.ensure_future(shown(words))


async def test_texts_reach_the_screens_whatever_redis_does(grown: Clinic, server: Server) -> None:
    numbers = count()
    with working(grown) as client:
        async with screen(grown) as shown:

            async def write() -> None:
                number = next(numbers)
                seen = shown(f"Text {number}:")
                assert await asyncio.to_thread(grown.post, client, number)
                await seen

            await write()
            server.forget()
            await write()
            server.kill()
            await write()
            await write()
            server.start()
            await write()
            server.signal(signal.SIGSTOP)
            await write()
            server.signal(signal.SIGCONT)
            await write()
    sent = [f"SM{number:032x}" for number in range(next(numbers))]
    assert sorted(str(message.external_id) for message in grown.messages("in")) == sent


def test_a_job_that_only_redis_knows_is_lost(grown: Clinic, server: Server) -> None:
    with working(grown, roles.work_on_wake_ups_alone) as client:
        assert grown.post(client, 0)
        until(lambda: grown.messages("in"), "the first text is understood")
        server.kill()
        assert grown.post(client, 1)
        server.start()
        with pytest.raises(AssertionError, match="not within"):
            until(lambda: len(grown.messages("in")) == 2, "the text that Redis never heard of", 3)


def test_a_redis_that_drops_keys_by_itself_is_refused(server: Server) -> None:
    with redis.Redis(unix_socket_path=str(server.path)) as client:
        jobs.check_eviction(client)
        client.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(SettingWrong, match=r"^WARMLINE_REDIS_URL .* Example: `redis-cli"):
            jobs.check_eviction(client)
