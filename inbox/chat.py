"""Carries what is said in a chat session to whoever has it on screen: the thread so far, each new message, how it goes.

Holds no database session while it waits; looks again after every commit of this process and, for others', every second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Literal

import anyio.to_thread
import msgspec
import structlog
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from inbox import chat_file, chat_place
from inbox.chat_file import ChatFile
from inbox.chat_place import Place
from inbox.house import House
from inbox.live import Hub
from inbox.private_link import revealed
from inbox.store import chat
from inbox.store.database import Reading

log = structlog.get_logger()

#: Another process commits without telling us.
POLL_SECONDS = 1.0
#: Commits that come together are one look.
PAUSE_SECONDS = 0.05
#: How often the line is counted, for all together.
LINE_SECONDS = 5.0


class Said(msgspec.Struct, frozen=True):
    """One message as its patient sees it. `client_id` is the widget's own id, empty for what we wrote; `files` bear
    addresses that run out."""

    id: str
    at: datetime
    text: str
    author: str
    direction: Literal["in", "out"]
    client_id: str = ""
    files: tuple[ChatFile, ...] = ()


class Course(msgspec.Struct, frozen=True):
    """How it goes: whether the conversation has ended (a new message opens it again), who of us is writing, and the
    place in the line while an answer is owed."""

    ended: bool = False
    writing: str = ""
    place: Place | None = None


class Seen(msgspec.Struct, frozen=True):
    """What one look at a session found."""

    shown: int
    course: Course


def thread(house: House, session: str) -> list[Said]:
    """What the session shows, oldest first; at most the newest 200."""
    with house.database.snapshot() as reading:
        rows = chat.thread(reading, session)
        files = chat.files(reading, [row.id for row in rows])
    return [
        _said(house, row, [chat_file.shown(house, session, file) for file in files.get(row.id, ())]) for row in rows
    ]


class Courier:
    """Serves the followers of one process; asks the database only while there are any."""

    def __init__(self, house: House, hub: Hub) -> None:
        self._house, self._hub = house, hub
        self._followers: dict[str, list[asyncio.Event]] = {}
        self._seen: dict[str, Seen] = {}
        self._places: dict[int, Place] = {}
        self._counted, self._counted_at = set[int](), 0.0
        self._news = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        house.database.published.append(self._on_commit)

    async def follow(self, session: str) -> AsyncIterator[Said | Course]:
        """The thread so far, then every new message, each once, and its course whenever that changes; ends only when
        its reader does."""
        shown: set[str] = set()
        course = Course()
        with self._following(session) as wake:
            while True:
                wake.clear()
                for said in await self._thread(session):
                    if said.id not in shown:
                        shown.add(said.id)
                        yield said
                if (now := self._seen.get(session, Seen(0, Course())).course) != course:
                    course = now
                    yield course
                await wake.wait()

    def typing(self, socket: str, session: str, *, on: bool) -> None:
        """Tells those who have its conversation open that the patient writes, or ceases to."""
        with self._house.database.snapshot() as reading:
            found = chat.newest(reading, [session]).get(session)
        if found is not None:
            self._hub.patient(socket, found.id if on else None)

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
            self._seen.pop(session, None)
        if not self._followers and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _look_again(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), POLL_SECONDS)
            self._news.clear()
            for session, seen in (await self._look()).items():
                if self._seen.get(session) != seen:
                    self._seen[session] = seen
                    for wake in self._followers.get(session, []):
                        wake.set()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _look(self) -> dict[str, Seen]:
        """A database that is away for a moment costs a look, not the followers."""
        try:
            return await anyio.to_thread.run_sync(self._read, list(self._followers))
        except DBAPIError as error:
            log.warning("chat.look_failed", kind=type(error).__name__)
            return {}

    async def _thread(self, session: str) -> list[Said]:
        try:
            return await anyio.to_thread.run_sync(thread, self._house, session)
        except DBAPIError as error:
            log.warning("chat.look_failed", kind=type(error).__name__)
            self._seen.pop(session, None)
            return []

    def _read(self, sessions: list[str]) -> dict[str, Seen]:
        with self._house.database.snapshot() as reading:
            counted, newest = chat.counts(reading, sessions), chat.newest(reading, sessions)
            self._count_line(reading, [row.id for row in newest.values() if row.state == "open"])
        return {one: Seen(n, self._course(newest[one])) for one, n in counted.items() if one in newest}

    def _course(self, row: Row[Any]) -> Course:
        writers = self._hub.repliers(row.id)
        place = self._places.get(row.id) if row.state == "open" else None
        return Course(row.state == "closed", writers[0].split()[0] if writers else "", place)

    def _count_line(self, reading: Reading, waiting: list[int]) -> None:
        """At most every LINE_SECONDS, unless somebody new waits."""
        now = time.monotonic()
        if waiting and (now - self._counted_at > LINE_SECONDS or not self._counted >= set(waiting)):
            self._places, self._counted, self._counted_at = chat_place.places(reading), set(waiting), now

    def _on_commit(self, _head: int) -> None:
        """Called by whichever thread committed."""
        if self._loop is not None and self._followers:
            with suppress(RuntimeError):  # the loop has ended; so have its followers
                self._loop.call_soon_threadsafe(self._news.set)


def _said(house: House, row: Row[Any], files: list[ChatFile]) -> Said:
    if row.direction == "out":
        text = revealed(house, row.id, row.body)
        return Said(str(row.id), row.at, text, row.author_name, "out", files=tuple(files))
    client_id = (row.external_id or "").partition(":")[2]
    return Said(str(row.id), row.at, row.body, "", "in", client_id, tuple(files))
