"""One act on many conversations: counted first, frozen when it begins, each row by the use case of one conversation
with its own permission and outcome, taken back for five minutes. Up to TOGETHER rows are one transaction while that is
quick; a larger or slower act is a job that takes some rows at a time, with the row table as the truth (decision 0010).
"""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import bulk_acts, bulk_rows, filters, worklist
from inbox.actors import Actor
from inbox.errors import Conflict, Invalid, NotFound
from inbox.house import House
from inbox.store import bulk as store
from inbox.store import jobs
from inbox.store.database import Reading, Transaction
from inbox.store.jobs import Job, TakenOver

TOGETHER, MOST = 500, 10_000
UNDO = timedelta(minutes=5)


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do to which: `ids`, or all that a view with its filters and words holds. `expected_count` is what the
    person was shown: another number is a Conflict."""

    client_id: str
    act: str
    body: dict[str, Any] = {}
    ids: tuple[int, ...] = ()
    view: str | None = None
    filters: dict[str, str] = {}
    q: str = ""
    expected_count: int | None = None


def matching(reading: Reading, *, actor: Actor, view: str, codes: dict[str, str], q: str = "") -> list[int]:
    """All that a list holds for this person. Raises Invalid for more than MOST."""
    wanted = msgspec.structs.replace(filters.read(codes, viewer_id=actor.id), q=q)
    found = worklist.matching(reading, actor=actor, view=view, filters=wanted, limit=MOST + 1)
    if len(found) > MOST:
        raise Invalid(f"More than {MOST:,} match. Narrow the list.", fields={"filters": "narrow them"})
    return found


def begin(unit: Transaction, house: House, *, actor: Actor, wish: Wish) -> int:
    """Freezes the rows and does it, or notes the job that will; answers the act's id. The same client id does it
    once."""
    if not wish.client_id.strip() or len(wish.client_id) > 200:
        raise Invalid(fields={"client_id": "made by the client, new for each act, at most 200 characters"})
    earlier = store.by_client_id(unit, wish.client_id)
    if earlier is not None:
        if earlier.actor_id != actor.id or earlier.act != wish.act:
            raise Invalid(fields={"client_id": "was used for another act; make a new one"})
        return int(earlier.id)
    body = msgspec.to_builtins(bulk_acts.read(wish.act, wish.body))
    ids = _frozen(unit, actor, wish)
    bulk_id = store.add(unit, actor_id=actor.id, client_id=wish.client_id, act=wish.act, body=body, ids=ids)
    told = {"bulk": bulk_id, "act": wish.act, "total": len(ids), **_asked(wish)}
    unit.record("bulk.begun", actor_id=actor.id, details=told)
    _go(unit, house, bulk_id, len(ids), "bulk")
    return bulk_id


def undo(unit: Transaction, house: House, *, actor: Actor, bulk_id: int) -> int:
    """Puts back what nobody has changed since; the others are "kept". Raises Conflict after UNDO or while it runs."""
    act = _mine(store.lock(unit, bulk_id) if store.get(unit, bulk_id) else None, actor)
    if act.undone_at is not None:
        return bulk_id
    if bulk_acts.KINDS[act.act].undo is None:
        raise Conflict("This cannot be undone: a waived answer is owed again when the patient writes.")
    if act.state != "done":
        raise Conflict("It is still running. Wait for its end.", state=act.state)
    if unit.now - act.ended_at > UNDO:
        raise Conflict(f"It can be undone for {UNDO // timedelta(minutes=1)} minutes only.")
    store.change(unit, bulk_id, state="running", undone_at=unit.now)
    _go(unit, house, bulk_id, act.done, "bulk:undo")
    return bulk_id


def work(house: House, job: Job) -> None:
    """The job of a large act: some rows a transaction, so that nobody waits for all of them."""
    while house.database.write(_chunk, house, job):
        pass


def give_up(unit: Transaction, bulk_id: int) -> None:
    """Its job failed for good: what was not done is refused, so that nobody waits for it."""
    act = store.lock(unit, bulk_id)
    if act.state == "running":
        undoing = act.undone_at is not None
        left, outcome = ("done", "kept") if undoing else ("pending", "refused")
        store.settle_all(unit, bulk_id, left, outcome, "Something went wrong on our side. Try these again.")
        _end(unit, act)


def show(reading: Reading, *, actor: Actor, bulk_id: int, after: int = 0, outcome: str | None = None) -> dict[str, Any]:
    """How far one's own act is, and up to 500 rows with their outcomes. Raises NotFound for anybody else's."""
    act = _mine(store.get(reading, bulk_id), actor)
    found = store.rows(reading, bulk_id, after=after, outcome=outcome)
    tally = store.tally(reading, bulk_id)
    can_undo = (
        bulk_acts.KINDS[act.act].undo is not None
        and act.state == "done"
        and reading.now - act.ended_at <= UNDO
        and act.done > 0
    )
    return {
        "id": act.id,
        "act": act.act,
        "state": act.state,
        "total": act.total,
        **{name: tally.get(name, 0) for name in ("pending", "done", "refused", "undone", "kept")},
        "undo_until": act.ended_at + UNDO if can_undo else None,
        "rows": [{"conversation_id": row.conversation_id, "outcome": row.outcome, "why": row.why} for row in found],
        "next": found[-1].conversation_id if len(found) == 500 else None,
    }


def _asked(wish: Wish) -> dict[str, Any]:
    """Which list it was, in codes; that words narrowed it, not which: the access log has them sealed."""
    if wish.view is None:
        return {}
    return {"list": filters.canonical(wish.view, wish.filters), "searched": bool(wish.q)}


def _frozen(unit: Transaction, actor: Actor, wish: Wish) -> list[int]:
    if bool(wish.ids) == (wish.view is not None):
        raise Invalid(fields={"ids": "name conversations, or a view with its filters"})
    if len(wish.ids) > MOST:
        raise Invalid(fields={"ids": f"at most {MOST:,}"})
    listed = wish.ids or matching(unit, actor=actor, view=wish.view or "", codes=wish.filters, q=wish.q)
    ids = store.seen(unit, actor, set(listed)) if wish.ids else sorted(listed)
    if wish.expected_count is not None and len(ids) != wish.expected_count:
        raise Conflict(f"{len(ids):,} match now. Look again before you go on.", count=len(ids))
    if not ids:
        raise NotFound("There is no such conversation.")
    return ids


def _go(unit: Transaction, house: House, bulk_id: int, count: int, kind: str) -> None:
    """Now, or as a job what is too much or too slow for now. Rows go by id, so that two acts that share some wait for
    each other and never cross."""
    act, until = store.lock(unit, bulk_id), perf_counter() + bulk_rows.HOLD_SECONDS
    more = count > TOGETHER or bulk_rows.work(unit, house, act, until=until)
    while more and count <= TOGETHER and perf_counter() < until:
        more = bulk_rows.work(unit, house, act, until=until)
    if more:
        jobs.add(unit, kind=kind, ref=bulk_id, queue="bulk")
    else:
        _end(unit, act)


def _chunk(unit: Transaction, house: House, job: Job) -> bool:
    """The next rows; True when there may be more. A rival that holds the job now makes this roll back."""
    act = store.lock(unit, job.ref)
    if act.state == "running" and bulk_rows.work(unit, house, act, until=perf_counter() + bulk_rows.HOLD_SECONDS):
        if not jobs.renew(unit, job):
            raise TakenOver
        return True
    if act.state == "running":
        _end(unit, act)
    if not jobs.finish(unit, job):
        raise TakenOver
    return False


def _end(unit: Transaction, act: Row[Any]) -> None:
    tally = store.tally(unit, act.id)
    undone = act.undone_at is not None
    facts = {name: tally.get(name, 0) for name in (("undone", "kept") if undone else ("done", "refused"))}
    if undone:
        store.change(unit, act.id, state="undone")
    else:
        store.change(unit, act.id, state="done", ended_at=unit.now, **facts)
    verb = "bulk.undone" if undone else "bulk.done"
    unit.record(verb, actor_id=act.actor_id, details={"bulk": act.id, "act": act.act, "total": act.total, **facts})


def _mine(act: Row[Any] | None, actor: Actor) -> Row[Any]:
    if act is None or act.actor_id != actor.id:
        raise NotFound("There is no such act.")
    return act
