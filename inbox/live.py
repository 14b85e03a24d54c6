"""Fan-out after commit: one thread reads on in the journal and gives each socket the frames its person may see, in
order, without a gap. Redis, where there is one, only says that there is something to read.

A frame covers (prev, seq]. A socket that cannot keep up is closed and resumes by its cursor.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain, count
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, NamedTuple, Protocol

import msgspec
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from inbox import accounts as sessions
from inbox import feed, presence
from inbox.actors import Actor, can_see
from inbox.feed import Round
from inbox.house import House
from inbox.jobs import Wire, listen
from inbox.store import accounts, journal
from inbox.store import feed as store
from inbox.store.database import Reading
from inbox.store.journal import Line

ROUND = 500
REPLAY_LIMIT, REPLAY_FRAMES = 10_000, 1_024
QUEUE_FRAMES = 256
QUEUE_BYTES = 1 << 20
#: How often the pump looks by itself: with a Redis that wakes it, and while that is away.
POLL_SECONDS, DEAF_SECONDS = 1.0, 0.25
SEEN_SECONDS = 300.0
OVERFLOW, SIGNED_OUT, FORBIDDEN = 4008, 4401, 4403
CHANNEL, PRESENCE = "warmline-head", "warmline-presence"
log = structlog.get_logger()


#: Frames outside the journal, such as fresh counts, and whom they are for.
Beside = Iterable[tuple["Subscriber", dict[str, Any]]]


class Renderer(Protocol):
    """How one kind of client wants its frames."""

    def render(self, round_: Round, line: Line, subscriber: Subscriber) -> dict[str, Any] | None:
        """The frame without `prev`, None when this client has no use for the entry."""

    def besides(self, reading: Reading, subscribers: Sequence[Subscriber]) -> Beside:
        """Frames outside the journal, such as fresh counts."""


class JsonRenderer:
    """Programs get the entry as `/api/events` gives it."""

    def render(self, round_: Round, line: Line, subscriber: Subscriber) -> dict[str, Any] | None:
        """The entry, if the subscriber follows its topic."""
        frame = feed.entry(round_, subscriber.actor, line)
        return frame if subscriber.topics is None or frame["topic"] in subscriber.topics else None

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
        self._loop = loop
        self._frames: deque[bytes] = deque()
        self._count, self._bytes = 0, 0
        self._ready, self._closing = asyncio.Event(), asyncio.Event()

    def offer(self, frames: Sequence[bytes]) -> None:
        """Queues frames, in the socket's own loop; too many close it."""
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
        await self._ready.wait()
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


class Frame(NamedTuple):
    """One frame for one socket: its bytes, where it ends, and the conversation whose words it shows."""

    data: bytes
    seq: int
    shows: int | None


Made = tuple[Subscriber, list[Frame]]


class Hub:
    """All sockets of this process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._subscribers: set[Subscriber] = set()
        self._lock = Lock()
        self._woken, self._deaf, self._stopping = Event(), Event(), Event()
        self._thread = Thread(target=self._run, name="live", daemon=True)
        self._ears: Thread | None = None
        self._wire: Wire | None = None
        self._shown: dict[tuple[int, int], float] = {}
        self._name = secrets.token_hex(4)
        self._room = presence.Room()
        self._said: SimpleQueue[presence.Word] = SimpleQueue()
        self.head = 0
        self.epoch = ""

    def start(self) -> None:
        """Begins to read on from the journal's head."""
        self.epoch = store.epoch(self._house.database)
        with self._house.database.snapshot() as reading:
            self.head = journal.head(reading.connection)
        self._house.database.published.append(self._published)
        self._thread.start()
        if self._house.settings.redis_url:
            self._wire = Wire(self._house.settings.redis_url)
            self._ears = Thread(target=self._listen, name="live-redis", daemon=True)
            self._ears.start()

    def stop(self) -> None:
        """Closes every socket with 1012 and ends."""
        self._house.database.published.remove(self._published)
        self._stopping.set()
        self._woken.set()
        self._thread.join()
        self.drop(1012)

    def drop(self, code: int) -> None:
        """Closes every socket; each resumes by its cursor."""
        for subscriber in list(self._subscribers):
            subscriber.close(code)

    def subscribe(self, subscriber: Subscriber, since: int | None, epoch: str = "") -> dict[str, Any] | None:
        """Brings a socket from `since` to now and keeps it there. Answers the reset frame when it must reload instead.

        What was missed is read and rendered first; then, with the pump held, the rest, so that nothing falls between.
        """
        if epoch and epoch != self.epoch:
            return self._reset("another database history")
        newest = self._newest()
        if since is None:
            since = newest
        if since > newest:
            return self._reset("the cursor is ahead of the journal")
        subscriber.cursor = since
        if not self._replay(subscriber, since, newest):
            return self._reset("too much was missed")
        with self._lock:
            if not self._replay(subscriber, newest, self.head):
                return self._reset("too much was missed")
            self._subscribers.add(subscriber)
            self._beat(subscriber)
        return None

    def leave(self, subscriber: Subscriber) -> None:
        """The socket is gone."""
        with self._lock:
            self._subscribers.discard(subscriber)

    def here(self, subscriber: Subscriber, conversation_id: int | None, typing: bool = False) -> None:
        """The socket's person has this open, or nothing; out of their sight it counts as nothing."""
        actor = subscriber.actor
        if conversation_id is not None:
            with self._house.database.snapshot() as reading:
                vis = store.visibilities(reading, [conversation_id]).get(conversation_id)
            if vis is None or not can_see(actor, vis).operational:
                conversation_id = None
        self._say(presence.Word(self._mark(subscriber), actor.id, actor.name, conversation_id, typing))

    def away(self, subscriber: Subscriber) -> None:
        """The socket ended, and with it its person's presence."""
        self._say(presence.Word(self._mark(subscriber), subscriber.actor.id, "", None))

    def _mark(self, subscriber: Subscriber) -> str:
        return f"{self._name}-{subscriber.mark}"

    def _say(self, word: presence.Word) -> None:
        self._said.put(word)
        if self._room.hear(word, self._house.database.clock()) or self._wire is not None:
            self._woken.set()

    def beat(self, subscriber: Subscriber) -> None:
        """Queues a heartbeat: the newest `seq`, also over what the person may not see, and the server's time."""
        with self._lock:
            self._beat(subscriber)

    def _beat(self, subscriber: Subscriber) -> None:
        """Handed over under the lock: a frame of the pump that overtook it would not fit to what the client has."""
        subscriber.cursor = max(subscriber.cursor, self.head)
        now = self._house.database.clock()
        beat = {"verb": "heartbeat", "seq": subscriber.cursor, "now": now, "epoch": self.epoch}
        subscriber.loop.call_soon_threadsafe(subscriber.offer, [feed.encode(beat)])

    def recheck(self, subscriber: Subscriber) -> None:
        """Today's rights, asked anew: a role that changed, a session that ended or fell idle, a token that ended."""
        with self._house.database.snapshot() as reading:
            actor = accounts.actor(reading, subscriber.actor.id)
            ended = bool(subscriber.id_hash) and not sessions.holds(reading, subscriber.id_hash)
        if actor != subscriber.actor:
            subscriber.close(FORBIDDEN)
        elif ended:
            subscriber.close(SIGNED_OUT)

    def _newest(self) -> int:
        with self._house.database.snapshot() as reading:
            return journal.head(reading.connection)

    def _reset(self, why: str) -> dict[str, Any]:
        return {"reset": True, "why": why, "seq": self._newest(), "epoch": self.epoch}

    def _replay(self, subscriber: Subscriber, since: int, until: int) -> bool:
        """Queues what lies in (since, until]; False when that is too much to replay."""
        if until - since > REPLAY_LIMIT:
            return False
        sent = 0
        while since < until:
            with self._house.database.snapshot() as reading:
                lines = [line for line in journal.after(reading.connection, since, ROUND) if line.seq <= until]
                frames = self._frames(Round(reading, lines), [subscriber])
            sent += sum(len(made) for _, made in frames)
            if sent > REPLAY_FRAMES:
                return False
            self._note_pushes(frames)
            for one, made in frames:
                one.loop.call_soon_threadsafe(one.catch_up, [frame.data for frame in made])
            since = lines[-1].seq if lines else until
        return True

    def _published(self, head: int) -> None:
        self._woken.set()
        if self._wire is not None:
            self._wire.ask("live.unheard", lambda redis: redis.publish(CHANNEL, head))

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.wait(DEAF_SECONDS if self._deaf.is_set() else POLL_SECONDS)
            self._woken.clear()
            try:
                while self._round():
                    pass
            except SQLAlchemyError as error:  # the database may be away: screens say so, the pump goes on
                log.error("live.failed", error=type(error).__name__)
                self._stopping.wait(0.2)

    def _round(self) -> bool:
        """Reads and fans out one batch; True when there may be more."""
        with self._lock, self._house.database.snapshot() as reading:
            lines = journal.after(reading.connection, self.head, ROUND)
            subscribers = list(self._subscribers)
            round_ = Round(reading, lines) if lines else None
            frames = self._frames(round_, subscribers) if round_ else []
            extras = [*self._extras(reading, subscribers), *self._present(reading, subscribers)]
            self._note_pushes(frames)
            if lines:
                self.head = lines[-1].seq
            self._hand_out(frames, extras)
        for line in lines:
            self._heed(line)
        self._pass_on()
        return len(lines) == ROUND

    def _frames(self, round_: Round, subscribers: Sequence[Subscriber]) -> list[Made]:
        """For each subscriber the frames that follow what it has."""
        cache: dict[Any, bytes | None] = {}
        handed = []
        for subscriber in subscribers:
            made: list[Frame] = []
            cursor = subscriber.cursor
            for line in round_.lines:
                body = self._body(round_, line, subscriber, cache) if line.seq > cursor else None
                if body is None:
                    continue
                data = b'{"prev":%d,%s' % (cursor, body[1:])
                made.append(Frame(data, line.seq, self._shows(round_, line, subscriber)))
                cursor = line.seq
            if made:
                handed.append((subscriber, made))
        return handed

    def _body(self, round_: Round, line: Line, subscriber: Subscriber, cache: dict[Any, bytes | None]) -> bytes | None:
        """The frame without `prev`, encoded once for everybody who sees the same."""
        actor = subscriber.actor
        if not round_.shows(actor, line):
            if not round_.took_away(actor, line):
                return None
            return feed.encode(feed.gone(line))
        sights = round_.sights(actor, line)
        key = (line.seq, type(subscriber.renderer), sights, *_particulars(round_, line, subscriber))
        if key not in cache:
            cache[key] = _rendered(round_, line, subscriber)
        return cache[key]

    def _shows(self, round_: Round, line: Line, subscriber: Subscriber) -> int | None:
        return line.conversation_id if round_.sight(subscriber.actor, line).person else None

    def _note_pushes(self, frames: Sequence[Made]) -> None:
        """Who is about to be shown whom, unless they were in the last five minutes: no row, no frame. Only then does a
        cursor move, or a log that cannot be written would cost the screens their frames."""
        now = time.monotonic()
        fresh: dict[int, set[int]] = {}
        for subscriber, made in frames:
            for conversation_id in {frame.shows for frame in made if frame.shows is not None}:
                if self._shown.get((conversation_id, subscriber.actor.id), 0.0) < now:
                    fresh.setdefault(conversation_id, set()).add(subscriber.actor.id)
        if fresh:
            with self._house.database.transaction(ids=len(fresh) + 250) as unit:
                store.note_pushes(unit, [(conversation, sorted(viewers)) for conversation, viewers in fresh.items()])
        self._remember(fresh, now)
        for subscriber, made in frames:
            subscriber.cursor, subscriber.dirty = made[-1].seq, True

    def _remember(self, fresh: dict[int, set[int]], now: float) -> None:
        until = now + SEEN_SECONDS
        self._shown.update({(shown, viewer): until for shown, viewers in fresh.items() for viewer in viewers})
        if len(self._shown) > 200_000:
            self._shown = {key: until for key, until in self._shown.items() if until > now}

    def _extras(self, reading: Reading, subscribers: Sequence[Subscriber]) -> list[tuple[Subscriber, dict[str, Any]]]:
        by_renderer: dict[Renderer, list[Subscriber]] = {}
        for subscriber in subscribers:
            if subscriber.dirty:
                by_renderer.setdefault(subscriber.renderer, []).append(subscriber)
        return list(chain.from_iterable(renderer.besides(reading, group) for renderer, group in by_renderer.items()))

    def _present(
        self, reading: Reading, subscribers: Sequence[Subscriber]
    ) -> Iterable[tuple[Subscriber, dict[str, Any]]]:
        """Who came, went or writes, for those who may know; all there is for who has just come."""
        changed = self._room.changed(reading.now)
        occupied = self._room.occupied() if any(one.uninformed for one in subscribers) else set()
        visible = store.visibilities(reading, changed | occupied) if changed or occupied else {}
        for subscriber in subscribers:
            wanted = sorted(changed | occupied if subscriber.uninformed else changed)
            subscriber.uninformed = False
            for frame in presence.frames(self._room, subscriber, visible, wanted):
                yield subscriber, frame

    def _pass_on(self) -> None:
        """Tells other processes what the sockets of this one said of themselves."""
        while not self._said.empty():
            word = self._said.get()
            if self._wire is not None:
                said = msgspec.json.encode(word)
                self._wire.ask("presence.unheard", lambda redis, said=said: redis.publish(PRESENCE, said))  # type: ignore[misc]  # a default argument binds this round's word

    def _overhear(self, said: bytes) -> None:
        word = msgspec.json.decode(said, type=presence.Word)
        if not word.socket.startswith(f"{self._name}-"):
            self._room.hear(word, self._house.database.clock())
            self._woken.set()

    def _hand_out(self, frames: Sequence[Made], extras: Sequence[tuple[Subscriber, dict[str, Any]]]) -> None:
        parcels: dict[Subscriber, list[bytes]] = {sub: [frame.data for frame in made] for sub, made in frames}
        for subscriber, frame in extras:
            parcels.setdefault(subscriber, []).append(feed.encode(frame))
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Subscriber, list[bytes]]]] = {}
        for subscriber, made in parcels.items():
            by_loop.setdefault(subscriber.loop, []).append((subscriber, made))
        for loop, group in by_loop.items():
            loop.call_soon_threadsafe(_offer_all, group)

    def _heed(self, line: Line) -> None:
        """A session that ended or was locked closes its sockets, whoever changed is asked for their rights anew."""
        if line.verb in {"session.revoked", "session.locked"}:
            for subscriber in list(self._subscribers):
                if subscriber.actor.id == line.actor_id and subscriber.id_hash.startswith(line.details["session"]):
                    subscriber.close(SIGNED_OUT)
        elif line.verb in {"actor.changed", "actor.deactivated"}:
            for subscriber in list(self._subscribers):
                if subscriber.actor.id == line.details.get("actor"):
                    self.recheck(subscriber)

    def _listen(self) -> None:
        """Hears other processes' commits through Redis; while it is away the pump's poll serves."""
        while not self._stopping.is_set():
            try:
                with listen(self._house.settings.redis_url).pubsub(ignore_subscribe_messages=True) as ears:  # type: ignore[no-untyped-call]  # redis-py
                    ears.subscribe(CHANNEL, PRESENCE)
                    self._deaf.clear()
                    self._attend(ears)
            except RedisError as error:
                self._deaf.set()
                log.warning("live.deaf", error=type(error).__name__)
                self._stopping.wait(1.0)

    def _attend(self, ears: Any) -> None:
        while not self._stopping.is_set():
            heard = ears.get_message(timeout=1.0)
            if heard is None:
                continue
            if heard["channel"] == PRESENCE.encode():
                self._overhear(heard["data"])
            else:
                self._woken.set()


def _rendered(round_: Round, line: Line, subscriber: Subscriber) -> bytes | None:
    try:
        frame = subscriber.renderer.render(round_, line, subscriber)
        return feed.encode(frame) if frame is not None else None
    except SQLAlchemyError:
        raise
    except Exception as error:  # noqa: BLE001 - one entry that cannot be shown must not stop every screen
        log.error("live.unshowable", seq=line.seq, error=type(error).__name__)
        return None


def _particulars(round_: Round, line: Line, subscriber: Subscriber) -> tuple[Any, ...]:
    """What else a rendered frame depends on: whether this client follows the topic, and for screens its views."""
    topic = f"conversation:{line.conversation_id}"
    follows = subscriber.topics is None or topic in subscriber.topics
    personal = getattr(subscriber.renderer, "views", None)
    return (follows, personal(round_, line, subscriber) if personal else ())


def _offer_all(group: Sequence[tuple[Subscriber, list[bytes]]]) -> None:
    for subscriber, frames in group:
        subscriber.offer(frames)
