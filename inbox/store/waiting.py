"""SQL of work that nobody has and people who could take it: who is free, what waits in which order, who knew whom, and
whose lease ran out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, func, literal, literal_column, or_, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.list_order import DUE_ORDER
from inbox.store.tables import access, actor_teams, actors, assignments, calls, journal
from inbox.store.tables import conversations as c
from inbox.store.work import PERSON

LAPSED = "lease over"
#: The mark of a request that the engine could not judge.
LEFT = "left_to_people"

_free = (
    select(
        *PERSON,
        actor_teams.c.team,
    )
    .join(actor_teams, actor_teams.c.actor_id == actors.c.id)
    .where(actors.c.active, actors.c.availability == literal_column("'available'"))
    .order_by(actors.c.id)
)
_loads = (
    select(
        assignments.c.actor_id,
        c.c.channel,
        func.count().label("open"),
        func.max(assignments.c.at).label("last_at"),
    )
    .join(c, c.c.id == assignments.c.conversation_id)
    .where(
        assignments.c.actor_id.in_(bindparam("ids", expanding=True)),
        assignments.c.ended_at.is_(None),
        c.c.state == literal_column("'open'"),
    )
    .group_by(assignments.c.actor_id, c.c.channel)
)
_on_a_call = (
    select(calls.c.id).where(calls.c.conversation_id == c.c.id, calls.c.phase != literal_column("'over'")).exists()
)
#: Machines' mail and what nobody could read wait for whoever looks, unless their words are urgent.
_for_people = or_(
    and_(
        literal_column("conversations.marks NOT LIKE '%\"machine:%'"),
        literal_column("conversations.marks NOT LIKE '%\"quarantined\"%'"),
        literal_column(f"conversations.marks NOT LIKE '%\"{LEFT}\"%'"),
    ),
    c.c.flagged,
)
_waits = and_(
    c.c.owner_id.is_(None),
    c.c.state == literal_column("'open'"),
    c.c.snoozed_until.is_(None),
    c.c.merged_into.is_(None),
    _for_people,
    ~_on_a_call,
)


def free(reading: Reading) -> Sequence[Row[Any]]:
    """The available people, a row for each of their teams."""
    return reading.all(_free)


def loads(reading: Reading, ids: Collection[int]) -> Sequence[Row[Any]]:
    """What these people have open, a row for each person and channel, with when they were given the last of it."""
    return reading.all(_loads, {"ids": sorted(ids)})


def page(reading: Reading, teams: Collection[str], nurses: Collection[str], limit: int) -> list[Row[Any]]:
    """What waits for these teams, the most urgent first, clinical work only for teams with a nurse. A transaction holds
    it from here on and leaves out what a rival holds.

    Under a quarter of its time sorts a request one step higher, never into P0 (domain.md §7).
    """
    theirs = and_(c.c.team.in_(sorted(teams)), or_(~c.c.clinical, c.c.team.in_(sorted(nurses))))
    wanted = select(c).where(_waits, theirs).order_by(_aged(reading), DUE_ORDER, c.c.id).limit(limit)
    if isinstance(reading, Transaction):
        wanted = wanted.with_for_update(skip_locked=True, key_share=True)
    return list(reading.all(wanted))


def _aged(reading: Reading) -> ColumnElement[int]:
    now = literal(reading.now, c.c.due_at.type)
    left, whole = c.c.due_at - now, c.c.due_at - c.c.opened_at
    return case((and_(c.c.priority > 1, left * 4 < whole), c.c.priority - 1), else_=c.c.priority)


def refused(reading: Reading, ids: Collection[int]) -> dict[int, set[int]]:
    """Who let each of these lie until the lease ran out."""
    found: dict[int, set[int]] = {}
    wanted = select(assignments.c.conversation_id, assignments.c.actor_id).where(
        assignments.c.conversation_id.in_(sorted(ids)), assignments.c.end_cause == LAPSED
    )
    for row in reading.all(wanted):
        found.setdefault(row.conversation_id, set()).add(row.actor_id)
    return found


def knows(reading: Reading, rows: Iterable[Row[Any]]) -> dict[int, int]:
    """For each of these conversations whoever last had one of the same patient, or of the same address while nobody
    knows the patient."""
    return {
        row.id: known for row in rows if (known := last_agent(reading, row.subject_patient_id, row.sender_contact_id))
    }


def last_agent(reading: Reading, patient_id: int | None, contact_id: int | None) -> int | None:
    """Who last had a request of this patient, or of this address while nobody knows the patient."""
    mine = c.c.subject_patient_id == patient_id if patient_id is not None else c.c.sender_contact_id == contact_id
    if patient_id is None and contact_id is None:
        return None
    wanted = select(c.c.owner_id).where(mine, c.c.owner_id.is_not(None)).order_by(c.c.id.desc()).limit(1)
    found = reading.scalar(wanted)
    return int(found) if found is not None else None


def end_assignments(unit: Transaction, ids: Collection[int], cause: str) -> None:
    """The live assignments of these end."""
    live = update(assignments).where(assignments.c.conversation_id.in_(sorted(ids)), assignments.c.ended_at.is_(None))
    unit.execute(live.values(ended_at=unit.now, end_cause=cause))


def own(unit: Transaction, owners: dict[int, int]) -> None:
    """Conversations that this transaction holds get these owners."""
    rows = [{"which": conversation_id, "whose": actor_id} for conversation_id, actor_id in sorted(owners.items())]
    unit.execute(_own, rows)


_own = update(c).where(c.c.id == bindparam("which")).values(owner_id=bindparam("whose"), version=c.c.version + 1)


def leases_over(reading: Reading, limit: int) -> list[Row[Any]]:
    """Assignments whose time for a first touch is over."""
    due = and_(assignments.c.ended_at.is_(None), assignments.c.lease_until <= reading.now)
    return list(reading.all(select(assignments).where(due).order_by(assignments.c.lease_until).limit(limit)))


def leased_to(reading: Reading, actor_id: int) -> list[Row[Any]]:
    """What a person was given and has not touched, as far as anybody looked."""
    mine = and_(
        assignments.c.actor_id == actor_id, assignments.c.ended_at.is_(None), assignments.c.lease_until.is_not(None)
    )
    return list(reading.all(select(assignments).where(mine).order_by(assignments.c.conversation_id)))


def live(reading: Reading, conversation_id: int) -> Row[Any] | None:
    """The assignment that holds."""
    mine = and_(assignments.c.conversation_id == conversation_id, assignments.c.ended_at.is_(None))
    return reading.one(select(assignments).where(mine))


def touched(reading: Reading, assignment: Row[Any], window: timedelta) -> bool:
    """Whether whoever was given it opened it or did anything in it since; looks of one `window` share a row."""
    who, where_ = assignment.actor_id, assignment.conversation_id
    did = select(journal.c.seq).where(
        journal.c.conversation_id == where_, journal.c.actor_id == who, journal.c.at >= assignment.at
    )
    looked = select(access.c.id).where(
        access.c.conversation_id == where_,
        access.c.at >= assignment.at - window,
        access.c.actor_id == who,
        access.c.how == literal_column("'opened'"),
    )
    return reading.one(did.limit(1)) is not None or reading.one(looked.limit(1)) is not None


def keep(unit: Transaction, assignment_id: int) -> None:
    """It was touched: no lease any more."""
    unit.execute(update(assignments).where(assignments.c.id == assignment_id).values(lease_until=None))


def push_lease(unit: Transaction, assignment_id: int, until: datetime) -> None:
    """A lease whose end raised waits, so that it cannot stop the others."""
    unit.execute(update(assignments).where(assignments.c.id == assignment_id).values(lease_until=until))


def push_request(unit: Transaction, conversation_id: int, until: datetime) -> None:
    """A page whose distribution raised: its first request is left to people, so that it cannot stop the others."""
    row = unit.one(select(c.c.marks).where(c.c.id == conversation_id))
    marks = sorted({*(row.marks if row else ()), LEFT})
    unit.execute(update(c).where(c.c.id == conversation_id).values(marks=marks))
