"""For how long people were there for calls: what occupancy is a part of. Refuses to guess: of one channel, reason,
queue or place nobody said so, and a word holds no longer than a session does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any

from inbox.actors import Actor
from inbox.cohort_shape import SECOND, Call
from inbox.store import metric_calls as store
from inbox.store.database import Reading
from inbox.store.metrics import Asked
from slas.hours import EPOCH
from slas.metrics import covered

#: What somebody declared holds until their next word, at most as long as a session lasts.
HOLDS = timedelta(hours=12)
_MICROSECOND = timedelta(microseconds=1)


def seconds(reading: Reading, actor: Actor, asked: Asked, calls: Sequence[Call]) -> float | None:
    """Over all people: said to be available, on a call or writing one up, each moment once. None where conversations
    are narrowed: presence belongs to no one of them."""
    if asked.channel or asked.reason or asked.location or asked.queue:
        return None
    since, until = _micros(asked.since), min(_micros(asked.until), _micros(asked.now))
    spans: dict[int, list[tuple[int, int]]] = {}
    said = _declared(store.declared(reading, actor, asked, before=HOLDS), until)
    for person, start, end in chain(said, _on(calls, until)):
        if min(end, until) > max(start, since):
            spans.setdefault(person, []).append((max(start, since), min(end, until)))
    return sum(covered(of) for of in spans.values()) / SECOND


def _declared(found: Iterable[Any], until: int) -> Iterator[tuple[int, int, int]]:
    since: dict[int, tuple[int, bool]] = {}
    for person, at, details in found:
        start, there = since.get(person, (at, False))
        if there:
            yield person, start, min(at, start + HOLDS // _MICROSECOND)
        since[person] = (at, _there(details))
    for person, (start, there) in since.items():
        if there:
            yield person, start, min(until, start + HOLDS // _MICROSECOND)


def _there(details: dict[str, Any]) -> bool:
    """Busy by a call is there for calls; busy by one's own word is not."""
    state = details.get("availability")
    return state in ("available", "after_call") or (state == "busy" and details.get("cause") == "call")


def _on(calls: Sequence[Call], until: int) -> Iterator[tuple[int, int, int]]:
    for call in calls:
        if call.answered is not None and call.agent is not None:
            yield call.agent, call.answered, call.wrapped or call.ended or until


def _micros(at: Any) -> int:
    return int((at - EPOCH) // _MICROSECOND)
