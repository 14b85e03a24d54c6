"""A client in a process of its own: agents on live sockets, and messages that leave by the clock.

`{port, tokens[], rate, seconds}` on its input; `{lags[], sent, came_in_time}` on its output: a lag is the time from the
POST to the frame on the first agent's socket, NaN for a message that never came.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
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


async def idle(socket: ClientConnection) -> None:
    """Another agent's screen: takes what comes."""
    async for _ in socket:
        pass


async def run(asked: Asked) -> dict[str, Any]:
    """Connects everybody, sends, waits for what is late."""
    sockets = [await _connect(asked.port, token) for token in asked.tokens]
    watch = Watch()
    tasks = [asyncio.create_task(watch.follow(sockets[0])), *(asyncio.create_task(idle(one)) for one in sockets[1:])]
    await asyncio.sleep(SETTLE_SECONDS)
    sent = await _send(asked)
    in_time = len(watch.seen)
    until = time.perf_counter() + LATE_SECONDS
    while len(watch.seen) < len(sent) and time.perf_counter() < until:  # noqa: ASYNC110  # a client that only waits
        await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
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
