"""Fan-out after commit: one thread reads on in the journal and gives each socket the frames its person may see, in
order, without a gap. Redis, where there is one, only says that there is something to read.

A frame covers (prev, seq]. A socket that cannot keep up is closed and resumes by its cursor.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from itertools import chain
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any

import msgspec
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from inbox import accounts as sessions
from inbox import fanout, feed, presence
from inbox.actors import can_see
from inbox.feed import Round
from inbox.house import House
from inbox.jobs import Wire, listen
from inbox.pushes import Pushes
from inbox.store import accounts, journal
from inbox.store import feed as store
from inbox.store.database import Reading
from inbox.store.journal import Line
from inbox.subscriber import FORBIDDEN, SIGNED_OUT, Renderer, Subscriber

ROUND = 500
REPLAY_LIMIT, REPLAY_FRAMES = 10_000, 1_024
#: How often the pump looks by itself: with a Redis that wakes it, and while that is away.
POLL_SECONDS, DEAF_SECONDS = 1.0, 0.25
CHANNEL, PRESENCE = "warmline-head", "warmline-presence"
log = structlog.get_logger()


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
        self._pushes = Pushes(house.database)
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

    def here(
        self, subscriber: Subscriber, conversation_id: int | None, typing: bool = False, replying: bool = False
    ) -> None:
        """The socket's person has this open, or nothing; out of their sight it counts as nothing."""
        actor = subscriber.actor
        if conversation_id is not None:
            with self._house.database.snapshot() as reading:
                vis = store.visibilities(reading, [conversation_id]).get(conversation_id)
            if vis is None or not can_see(actor, vis).operational:
                conversation_id = None
        self._say(presence.Word(self._mark(subscriber), actor.id, actor.name, conversation_id, typing, replying))

    def patient(self, socket: str, conversation_id: int | None) -> None:
        """A patient writes in a chat, or ceases to. Nobody is named: who may see the conversation knows who it is."""
        self._say(presence.Word(f"{self._name}-{socket}", 0, "Patient", conversation_id, conversation_id is not None))

    def repliers(self, conversation_id: int) -> list[str]:
        """Who of the staff writes to this patient now, by name."""
        return self._room.repliers(conversation_id)

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
                frames = fanout.frames(Round(reading, lines), [subscriber])
            sent += sum(len(made) for _, made in frames)
            if sent > REPLAY_FRAMES:
                return False
            self._pushes.note(frames)
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
            frames = fanout.frames(round_, subscribers) if round_ else []
            extras = [*self._extras(reading, subscribers), *self._present(reading, subscribers)]
            self._pushes.note(frames)
            if lines:
                self.head = lines[-1].seq
            fanout.hand_out(frames, extras)
        for line in lines:
            self._heed(line)
        self._pass_on()
        return len(lines) == ROUND

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
            self.overhear(word)

    def overhear(self, word: presence.Word) -> None:
        """What a socket of another process said of itself."""
        self._room.hear(word, self._house.database.clock())
        self._woken.set()

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
