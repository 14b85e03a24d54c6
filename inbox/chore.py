"""The work of the house as an administrator sees it: what waits, runs, gave up. Kinds, ids and names of errors only.

Refuses to cancel what a patient or colleague waits for: a message that leaves, an arrival nobody has understood yet.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from inbox import pace
from inbox.actors import Actor, Permission, may
from inbox.errors import Conflict, Forbidden, NotFound
from inbox.pace import Resting
from inbox.store import chores as store
from inbox.store.database import Reading, Transaction

#: What may be given up without anybody waiting for it.
CANCELLABLE = frozenset({"media", "sandbox", "effect"})
STATES = ("dead", "running", "pending")
MOST = 100


class Chore(msgspec.Struct, frozen=True):
    """A job; `ref` is the id of what it is about."""

    id: int
    kind: str
    queue: str
    state: str
    ref: int
    tries: int
    due_at: datetime
    last_error: str
    cancellable: bool


class Chores(msgspec.Struct, frozen=True):
    """Counts by kind and state, at most MOST rows of each state, and the carriers that are away."""

    counts: dict[str, dict[str, int]]
    rows: tuple[Chore, ...]
    resting: tuple[Resting, ...] = ()


def listed(reading: Reading, *, actor: Actor) -> Chores:
    """The dead first. Raises Forbidden."""
    if not may(actor, Permission.SEE_STAFF):
        raise Forbidden("Jobs are for administrators.")
    counts: dict[str, dict[str, int]] = {}
    for (kind, state), number in sorted(store.counts(reading).items()):
        counts.setdefault(kind, {})[state] = number
    rows = [_chore(row) for state in STATES for row in store.listed(reading, state, MOST)]
    return Chores(counts, tuple(rows), pace.resting(reading))


def retry(unit: Transaction, *, actor: Actor, job_id: int) -> None:
    """A dead job is tried again; a message that may have left is not sent twice, delivery sees to that."""
    row = _row(unit, actor, job_id)
    if not store.revive(unit, job_id):
        raise Conflict("It is not dead any more. Reload the page.", state=row.state)
    unit.work.append((row.id, row.queue))
    unit.record("job.retried", actor_id=actor.id, details={"job": job_id, "kind": row.kind})


def cancel(unit: Transaction, *, actor: Actor, job_id: int) -> None:
    """It is not tried again."""
    row = _row(unit, actor, job_id)
    if row.kind not in CANCELLABLE:
        raise Forbidden("Somebody waits for this. Try it again instead, or cancel the message in its conversation.")
    if not store.cancel(unit, job_id):
        raise Conflict("It runs or is done. Reload the page.", state=row.state)
    unit.record("job.cancelled", actor_id=actor.id, details={"job": job_id, "kind": row.kind})


def _row(unit: Transaction, actor: Actor, job_id: int) -> Any:
    if not may(actor, Permission.CONFIGURE):
        raise Forbidden("An administrator does this.")
    row = store.one(unit, job_id)
    if row is None:
        raise NotFound("There is no such job.")
    return row


def _chore(row: Any) -> Chore:
    # the first word of an error is its name; what follows may quote a message
    error = row.last_error.partition(":")[0][:60]
    may_go = row.kind in CANCELLABLE and row.state != "running"
    return Chore(row.id, row.kind, row.queue, row.state, row.ref, row.tries, row.due_at, error, may_go)
