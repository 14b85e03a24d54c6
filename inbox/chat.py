"""Carries what is said in a chat session to whoever has it on screen: the thread so far, then each new message.

Holds no database session while it waits; looks again after every commit of this process and, for others', every second.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Literal

import anyio.to_thread
import msgspec
import structlog
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from inbox.house import House
from inbox.private_link import revealed
from inbox.store import chat

log = structlog.get_logger()

#: Another process commits without telling us.
POLL_SECONDS = 1.0
#: Commits that come together are one look.
PAUSE_SECONDS = 0.05


class Said(msgspec.Struct, frozen=True):
    """One message as its patient sees it. `client_id` is the widget's own id, empty for what we wrote."""

    id: str
    at: datetime
    text: str
    author: str
    direction: Literal["in", "out"]
    client_id: str = ""


class Course(msgspec.Struct, frozen=True):
    """Whether the conversation has ended; a new message opens it again."""

    ended: bool


def thread(house: House, session: str) -> list[Said]:
    """What the session shows, oldest first; at most the newest 200."""
    with house.database.snapshot() as reading:
        return [_said(house, row) for row in chat.thread(reading, session)]


class Courier:
    """Serves the followers of one process; asks the database only while there are any."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._followers: dict[str, list[asyncio.Event]] = {}
        self._counts: dict[str, tuple[int, bool]] = {}
        self._news = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        house.database.published.append(self._on_commit)

    async def follow(self, session: str) -> AsyncIterator[Said | Course]:
        """The thread so far, then every new message, each once, and whenever the conversation ends or goes on; ends
        only when its reader does."""
        shown: set[str] = set()
        course = Course(ended=False)
        with self._following(session) as wake:
            while True:
                wake.clear()
                for said in await self._thread(session):
                    if said.id not in shown:
                        shown.add(said.id)
                        yield said
                if (now := Course(ended=self._counts.get(session, (0, False))[1])) != course:
                    course = now
                    yield course
                await wake.wait()

    @contextmanager
    def _following(self, session: str) -> Iterator[asyncio.Event]:
        wake = asyncio.Event()
        self._followers.setdefault(session, []).append(wake)
        self._start()
        try:
            yield wake
        finally:
            self._leave(session, wake)

    def _start(self) -> None:
        if self._watch is None or self._watch.done():
            self._loop = asyncio.get_running_loop()
            self._news = asyncio.Event()
            self._watch = asyncio.create_task(self._look_again())

    def _leave(self, session: str, wake: asyncio.Event) -> None:
        self._followers[session].remove(wake)
        if not self._followers[session]:
            del self._followers[session]
            self._counts.pop(session, None)
        if not self._followers and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _look_again(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), POLL_SECONDS)
            self._news.clear()
            for session, count in (await self._read_counts()).items():
                if self._counts.get(session) != count:
                    self._counts[session] = count
                    for wake in self._followers.get(session, []):
                        wake.set()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _read_counts(self) -> dict[str, tuple[int, bool]]:
        """A database that is away for a moment costs a look, not the followers."""
        try:
            return await anyio.to_thread.run_sync(self._count, list(self._followers))
        except DBAPIError as error:
            log.warning("chat.look_failed", kind=type(error).__name__)
            return {}

    async def _thread(self, session: str) -> list[Said]:
        try:
            return await anyio.to_thread.run_sync(thread, self._house, session)
        except DBAPIError as error:
            log.warning("chat.look_failed", kind=type(error).__name__)
            self._counts.pop(session, None)
            return []

    def _count(self, sessions: list[str]) -> dict[str, tuple[int, bool]]:
        with self._house.database.snapshot() as reading:
            ended = chat.ended(reading, sessions)
            return {session: (n, session in ended) for session, n in chat.counts(reading, sessions).items()}

    def _on_commit(self, _head: int) -> None:
        """Called by whichever thread committed."""
        if self._loop is not None and self._followers:
            with suppress(RuntimeError):  # the loop has ended; so have its followers
                self._loop.call_soon_threadsafe(self._news.set)


def _said(house: House, row: Row[Any]) -> Said:
    if row.direction == "out":
        return Said(str(row.id), row.at, revealed(house, row.id, row.body), row.author_name, "out")
    return Said(str(row.id), row.at, row.body, "", "in", (row.external_id or "").partition(":")[2])
