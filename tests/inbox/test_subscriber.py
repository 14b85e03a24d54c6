"""A socket's frames leave in their order, at once where that is possible, and none leaves after it was ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from inbox.actors import Actor
from inbox.subscriber import SIGNED_OUT, JsonRenderer, Subscriber

AGENT = Actor(1, "agent@clinic.example", "Agent", "agent")


class Wire:
    """A client that reads, or does not."""

    def __init__(self) -> None:
        self.reads = True
        self.sent: list[bytes] = []

    def take(self, frames: Sequence[bytes]) -> bool:
        self.sent += frames if self.reads else []
        return self.reads


async def listening() -> tuple[Subscriber, Wire, asyncio.Task[list[bytes]]]:
    """A socket whose task waits for frames."""
    subscriber, wire = Subscriber(AGENT, JsonRenderer(), asyncio.get_running_loop()), Wire()
    subscriber.sink = wire.take
    waiting = asyncio.create_task(subscriber.frames())
    await asyncio.sleep(0)  # the task begins to wait
    return subscriber, wire, waiting


async def test_frames_for_a_client_that_reads_leave_at_once() -> None:
    subscriber, wire, waiting = await listening()
    subscriber.offer([b"1", b"2"])
    assert wire.sent == [b"1", b"2"]
    assert not waiting.done()
    waiting.cancel()


async def test_frames_for_one_that_does_not_read_wait_for_the_task() -> None:
    subscriber, wire, waiting = await listening()
    wire.reads = False
    subscriber.offer([b"1"])
    assert await waiting == [b"1"]


async def test_nothing_overtakes_frames_that_the_task_has_in_hand() -> None:
    subscriber, wire, waiting = await listening()
    wire.reads = False
    subscriber.offer([b"1"])
    assert await waiting == [b"1"]
    wire.reads = True  # the client reads again, and the task has not come back yet
    subscriber.offer([b"2"])
    assert wire.sent == []
    assert await subscriber.frames() == [b"2"]


async def test_nothing_overtakes_what_was_missed() -> None:
    subscriber, wire, waiting = await listening()
    subscriber.catch_up([b"1"])
    subscriber.offer([b"2"])
    assert wire.sent == []
    assert await waiting == [b"1", b"2"]


async def test_nothing_leaves_after_the_end() -> None:
    subscriber, wire, waiting = await listening()
    subscriber.close(SIGNED_OUT)
    await asyncio.sleep(0)  # the end reaches the loop
    subscriber.offer([b"1"])
    assert wire.sent == []
    assert await waiting == []
