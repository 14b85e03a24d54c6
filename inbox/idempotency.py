"""An act that its sender may repeat: under one key it happens once, in the transaction that remembers the key.

Keeps what came of it as an id, never the answer itself, which is read afresh.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec

from inbox.actors import Actor
from inbox.errors import Invalid
from inbox.store import idempotency as store
from inbox.store.database import Transaction

#: A key is remembered for so long; later it counts as new.
KEPT = timedelta(days=7)
LONGEST = 200


class Repeatable(msgspec.Struct, frozen=True):
    """What one `Idempotency-Key` of one person stands for; `digest` says whether a repeat asks for the same."""

    key: str
    digest: str


def once(unit: Transaction, act: Callable[[], int], *, actor: Actor, asked: Repeatable) -> int:
    """Runs `act` and answers its id, or the id that its first run answered. Raises Invalid when the key came with
    another request. Two at a time: the slower one meets a taken place and must be run again."""
    if not asked.key:
        return act()
    if len(asked.key) > LONGEST:
        raise Invalid(fields={"Idempotency-Key": f"at most {LONGEST} characters"})
    since = unit.now - KEPT
    earlier = store.find(unit, actor.id, asked.key, since=since)
    if earlier is None:
        result = act()
        store.keep(unit, actor.id, asked.key, digest=asked.digest, result=result, since=since)
        return result
    if earlier.digest != asked.digest:
        raise Invalid(fields={"Idempotency-Key": "was used for another request; make a new one"})
    return int(earlier.body)
