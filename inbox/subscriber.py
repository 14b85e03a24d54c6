"""One live socket as the hub knows it: who it is, what it follows, how far it is, and a queue that is bounded. Whoever
cannot keep up is closed and resumes by its cursor.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import count
from typing import Any, Protocol

from inbox import feed
from inbox.actors import Actor
from inbox.feed import Round
from inbox.store.database import Reading
from inbox.store.journal import Line

QUEUE_FRAMES = 256
QUEUE_BYTES = 1 << 20
OVERFLOW, SIGNED_OUT, FORBIDDEN = 4008, 4401, 4403

#: Frames outside the journal, such as fresh counts, and whom they are for.
Beside = Iterable[tuple["Subscriber", dict[str, Any]]]


class Renderer(Protocol):
    """How one kind of client wants its frames."""

    def render(self, round_: Round, line: Line, subscriber: Subscriber) -> dict[str, Any] | None:
        """The frame without `prev`, None when this client has no use for the entry."""

    def stand(self, round_: Round, subscriber: Subscriber) -> Hashable:
        """What its frames depend on besides its topics: those who stand alike are sent the very same."""

    def besides(self, reading: Reading, subscribers: Sequence[Subscriber]) -> Beside:
        """Frames outside the journal, such as fresh counts."""


class JsonRenderer:
    """Programs get the entry as `/api/events` gives it."""

    def render(self, round_: Round, line: Line, subscriber: Subscriber) -> dict[str, Any] | None:
        """The entry, if the subscriber follows its topic."""
        frame = feed.entry(round_, subscriber.actor, line)
        return frame if subscriber.topics is None or frame["topic"] in subscriber.topics else None

    def stand(self, round_: Round, subscriber: Subscriber) -> Hashable:
        """The role, the teams, and the person where an entry names them."""
        return round_.stand(subscriber.actor)

    def besides(self, reading: Reading, subscribers: Sequence[Subscriber]) -> Beside:
        """Nothing besides."""
        return ()


_numbers = count()


class Subscriber:
    """One socket: who, what it follows, how far it is, and its bounded queue."""

    def __init__(self, actor: Actor, renderer: Renderer, loop: asyncio.AbstractEventLoop, id_hash: str = "") -> None:
        self.actor, self.renderer, self.id_hash = actor, renderer, id_hash
        self.topics: frozenset[str] | None = None
        self.cursor = 0
        self.close_code = 0
        self.dirty = False
        self.extra_at = 0.0
        #: Its number among the sockets of this process, and whether it has yet to be told who is where.
        self.mark = next(_numbers)
        self.uninformed = True
        #: Takes frames at once, or says False: then they wait for whoever awaits `frames`.
        self.sink: Callable[[Sequence[bytes]], bool] | None = None
        self._idle = False
        self._loop = loop
        self._frames: deque[bytes] = deque()
        self._count, self._bytes = 0, 0
        self._ready, self._closing = asyncio.Event(), asyncio.Event()

    def offer(self, frames: Sequence[bytes]) -> None:
        """Hands frames over, in the socket's own loop; too many that wait close it. Hundreds of sockets hear of each
        change: waking a task for each would take as long as all the rest."""
        waits = not self._idle or self._frames or self.close_code
        if not waits and self.sink is not None and self.sink(frames):
            return
        self._count += len(frames)
        self._bytes += sum(map(len, frames))
        if self._count > QUEUE_FRAMES or self._bytes > QUEUE_BYTES:
            self._end(OVERFLOW)
        self.catch_up(frames)

    def catch_up(self, frames: Sequence[bytes]) -> None:
        """Queues what was missed. Not counted: whoever resumes would be closed for it and never get on."""
        if not self.close_code:
            self._frames.extend(frames)
            self._ready.set()

    def close(self, code: int) -> None:
        """Ends the socket from any thread."""
        self._loop.call_soon_threadsafe(self._end, code)

    async def closed(self) -> None:
        """Returns when the socket is to close, also while a frame waits for a client that does not read."""
        await self._closing.wait()

    def _end(self, code: int) -> None:
        self.close_code = self.close_code or code
        self._frames.clear()
        self._closing.set()
        self._ready.set()

    async def frames(self) -> list[bytes]:
        """Waits for frames and takes them all; returns an empty list when the socket is to close."""
        self._idle = True
        await self._ready.wait()
        self._idle = False
        if self.close_code:
            return []
        self._ready.clear()
        taken = list(self._frames)
        self._frames.clear()
        self._count, self._bytes = 0, 0
        return taken

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop the socket lives in."""
        return self._loop
