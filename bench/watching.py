"""A client in a process of its own: agents on live sockets, and messages that leave by the clock.

`{port, tokens[], rate, seconds}` on its input; `{lags[], sent, came_in_time}` on its output: a lag is the time from the
POST to the frame on the first agent's socket, NaN for a message that never came.
"""

from __future__ import annotations

import asyncio
import base64
import math
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any

import msgspec
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from bench.posting import Line, signed_request

SETTLE_SECONDS = 1.0
LATE_SECONDS = 15.0


class Asked(msgspec.Struct):
    """Who watches, and what is sent."""

    port: int
    tokens: list[str]
    rate: float
    seconds: float
    connections: int = 32


class Watch:
    """What the first agent's socket showed, by the provider's id."""

    def __init__(self) -> None:
        self.seen: dict[str, float] = {}

    async def follow(self, socket: ClientConnection) -> None:
        """Notes when each message came."""
        async for frame in socket:
            now = time.perf_counter()
            message = msgspec.json.decode(frame).get("data", {}).get("message")
            if message:
                self.seen.setdefault(message["external_id"], now)


class Taker(asyncio.Protocol):
    """Another agent's screen: takes what comes. It stands for a machine of its own, so its bytes are not read: on a
    clinic's network nobody's screen waits for another's to be parsed."""

    def __init__(self) -> None:
        self.opened = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        """The first bytes answer the upgrade."""
        if not self.opened.done():
            self.opened.set_result(data.startswith(b"HTTP/1.1 101"))


async def take(port: int, token: str, shows: str = "") -> asyncio.BaseTransport:
    """Opens such a screen: a program's, or one that `shows` a topic. Raises RuntimeError when the server refuses it."""
    transport, taker = await asyncio.get_running_loop().create_connection(Taker, "127.0.0.1", port)
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    transport.write(
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nAuthorization: Bearer {token}\r\n"
        f"{'Sec-WebSocket-Protocol: warmline.html.v1' + chr(13) + chr(10) if shows else ''}\r\n".encode()
    )
    if not await taker.opened:
        raise RuntimeError("a screen was refused")
    if shows:
        said = msgspec.json.encode({"topics": [shows]})
        transport.write(bytes([0x81, 0x80 | len(said), 0, 0, 0, 0]) + said)  # text, masked with nought
    return transport


@contextmanager
def crowd(port: int, tokens: Sequence[str], shows: str) -> Iterator[None]:
    """Screens that show a topic while this is entered, in a thread of their own. Raises as `take` does."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="crowd", daemon=True)
    thread.start()
    try:
        for token in tokens:
            asyncio.run_coroutine_threadsafe(take(port, token, shows), loop).result(LATE_SECONDS)
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def run(asked: Asked) -> dict[str, Any]:
    """Connects everybody, sends, waits for what is late."""
    others = [await take(asked.port, token) for token in asked.tokens[1:]]
    watch = Watch()
    watching = asyncio.create_task(watch.follow(await _connect(asked.port, asked.tokens[0])))
    await asyncio.sleep(SETTLE_SECONDS)
    sent = await _send(asked)
    in_time = len(watch.seen)
    until = time.perf_counter() + LATE_SECONDS
    while len(watch.seen) < len(sent) and time.perf_counter() < until:  # noqa: ASYNC110  # a client that only waits
        await asyncio.sleep(0.02)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    for transport in others:
        transport.close()
    lags = [watch.seen.get(name, math.nan) - at for name, at in sent.items()]
    return {"lags": [lag if lag == lag else None for lag in lags], "sent": len(sent), "came_in_time": in_time}


async def _connect(port: int, token: str) -> ClientConnection:
    headers = {"Authorization": f"Bearer {token}"}
    return await connect(
        f"ws://127.0.0.1:{port}/live", additional_headers=headers, compression=None, max_size=None, ping_interval=None
    )


async def _send(asked: Asked) -> dict[str, float]:
    """One message after the other by the clock; answers when each was due."""
    lines: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
    for _ in range(asked.connections):
        lines.put_nowait(await Line.open(asked.port))
    sent: dict[str, float] = {}
    start = int(time.time() * 1000) % 1_000_000 * 1_000

    async def post(number: int) -> None:
        line = await lines.get()
        await line.ask(signed_request(asked.port, "/in/twilio/messages", number))
        lines.put_nowait(line)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as sending:
        for place in range(int(asked.rate * asked.seconds)):
            due = begun + place / asked.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sent[f"SM{start + place:032d}"] = due
            sending.create_task(post(start + place))
    return sent


if __name__ == "__main__":
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(given))))
