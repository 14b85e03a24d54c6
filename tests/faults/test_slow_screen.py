"""A socket that never reads beside one that does: the others are shown everything at once, the slow one is closed."""

import asyncio
import base64
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import connect

from inbox.live import Hub
from tests.faults.clinic import Clinic
from tests.faults.waiting import until
from tests.support.serving import free_port, serving
from ui.app import create_app

BURSTS, EACH, WIDE = 40, 20, "wide " * 2_000


def stuck(address: str, headers: dict[str, str]) -> socket.socket:
    """A websocket by hand that asks and then never reads."""
    host, port = address.removeprefix("http://").split(":")
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect((host, int(port)))
    key = base64.b64encode(os.urandom(16)).decode()
    asked = {"Host": f"{host}:{port}", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    lines = [f"{name}: {value}" for name, value in (asked | {"Sec-WebSocket-Key": key} | headers).items()]
    raw.sendall("\r\n".join(["GET /live HTTP/1.1", *lines, "", ""]).encode())
    assert raw.recv(12) == b"HTTP/1.1 101"
    return raw


def write(clinic: Clinic, conversation_id: int) -> int:
    """A burst of wide entries; answers the journal's head after it."""
    heads: list[int] = []
    clinic.house.database.published.append(heads.append)
    with clinic.house.database.transaction() as unit:
        for _ in range(EACH):
            unit.record("test.written", actor_id=None, conversation_id=conversation_id, details={"wide": WIDE})
    clinic.house.database.published.remove(heads.append)
    return heads[-1]


async def test_others_are_shown_all_and_the_slow_one_is_closed(clinic: Clinic) -> None:
    (conversation_id,) = clinic.land(1)
    headers = {"Authorization": f"Bearer {clinic.token(clinic.agent)}"}
    app = create_app(clinic.settings, house=clinic.house)
    async with serving(app, clinic.port) as address:
        url = f"{address.replace('http', 'ws')}/live"
        async with connect(url, additional_headers=headers, proxy=None) as reader:
            await reader.recv()
            hub: Hub = app.state.running.hub
            slow = await asyncio.to_thread(stuck, address, headers)
            await asyncio.to_thread(until, lambda: len(hub._subscribers) == 2, "both are there")
            for _ in range(BURSTS):
                head = await asyncio.to_thread(write, clinic, conversation_id)
                async with asyncio.timeout(5):
                    while json.loads(await reader.recv())["seq"] < head:
                        pass
            await asyncio.to_thread(until, lambda: len(hub._subscribers) == 1, "the slow one is closed")
            slow.close()


@asynccontextmanager
async def naive() -> AsyncIterator[tuple[str, list[Any]]]:
    """A server whose sockets are sent to one after the other by whoever broadcasts."""
    sockets: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            sockets.append(send)
            while (await receive())["type"] != "websocket.disconnect":
                pass
        else:
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})

    async with serving(app, free_port()) as address:
        yield address, sockets


async def test_a_broadcaster_that_awaits_each_stalls_everybody() -> None:
    async with naive() as (address, sockets):
        slow = await asyncio.to_thread(stuck, address, {})
        async with connect(f"{address.replace('http', 'ws')}/live", proxy=None, max_queue=None):

            async def broadcast() -> None:
                for _ in range(BURSTS * EACH):
                    for send in sockets:
                        await send({"type": "websocket.send", "text": WIDE})

            stalled = False
            try:
                async with asyncio.timeout(2):
                    await broadcast()
            except TimeoutError:
                stalled = True
            slow.close()
        assert stalled
