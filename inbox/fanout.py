"""From journal lines to the bytes each socket gets: rendered once for everybody who sees the same, each frame covering
(prev, seq] of what its socket has. An entry that cannot be shown stops nobody's screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import structlog
from sqlalchemy.exc import SQLAlchemyError

from inbox import feed
from inbox.feed import Round
from inbox.store.journal import Line
from inbox.subscriber import Subscriber

log = structlog.get_logger()


class Frame(NamedTuple):
    """One frame for one socket: its bytes, where it ends, and the conversation whose words it shows."""

    data: bytes
    seq: int
    shows: int | None


Made = tuple[Subscriber, list[Frame]]


def frames(round_: Round, subscribers: Sequence[Subscriber]) -> list[Made]:
    """For each subscriber the frames that follow what it has; those with none are left out. Those who stand alike
    share one list of them."""
    cache: dict[Any, bytes | None] = {}
    alike: dict[Any, list[Frame]] = {}
    handed = []
    for subscriber in subscribers:
        topics = subscriber.topics
        stand = (subscriber.cursor, subscriber.renderer, topics, subscriber.renderer.stand(round_, subscriber))
        made = alike.get(stand)
        if made is None:
            made = _made(round_, subscriber, cache)
            # a client may say meanwhile what else it follows
            if subscriber.topics is topics:
                alike[stand] = made
        if made:
            handed.append((subscriber, made))
    return handed


def _made(round_: Round, subscriber: Subscriber, cache: dict[Any, bytes | None]) -> list[Frame]:
    made: list[Frame] = []
    cursor = subscriber.cursor
    for line in round_.lines:
        body = _body(round_, line, subscriber, cache) if line.seq > cursor else None
        if body is None:
            continue
        data = b'{"prev":%d,%s' % (cursor, body[1:])
        made.append(Frame(data, line.seq, _shows(round_, line, subscriber)))
        cursor = line.seq
    return made


def _body(round_: Round, line: Line, subscriber: Subscriber, cache: dict[Any, bytes | None]) -> bytes | None:
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


def _shows(round_: Round, line: Line, subscriber: Subscriber) -> int | None:
    return line.conversation_id if round_.sight(subscriber.actor, line).person else None


def hand_out(frames: Sequence[Made], extras: Sequence[tuple[Subscriber, dict[str, Any]]]) -> None:
    """Queues frames, and those outside the journal after them, in each socket's own loop: one call a loop."""
    parcels: dict[Subscriber, list[bytes]] = {}
    alike: dict[int, list[bytes]] = {}
    for subscriber, made in frames:
        parcels[subscriber] = alike.get(id(made)) or alike.setdefault(id(made), [frame.data for frame in made])
    for subscriber, frame in extras:
        parcels[subscriber] = [*parcels.get(subscriber, ()), feed.encode(frame)]
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Subscriber, list[bytes]]]] = {}
    for subscriber, parcel in parcels.items():
        by_loop.setdefault(subscriber.loop, []).append((subscriber, parcel))
    for loop, group in by_loop.items():
        loop.call_soon_threadsafe(_offer_all, group)


def _offer_all(group: Sequence[tuple[Subscriber, list[bytes]]]) -> None:
    for subscriber, frames in group:
        subscriber.offer(frames)
