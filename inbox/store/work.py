"""SQL of who has a conversation and until when: assignments, snoozes, escalations, closures."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, bindparam, func, insert, literal_column, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import (
    actor_teams,
    actors,
    assignments,
    closures,
    conversations,
    escalations,
    firings,
    next_steps,
    snoozes,
)

#: What the engine knows of a person before it gives them work.
PERSON = (
    actors.c.id,
    actors.c.role,
    actors.c.languages,
    actors.c.skills,
    actors.c.capacity,
    actors.c.availability,
    actors.c.availability_at,
)
_available = (
    select(
        *PERSON,
        conversations.c.channel,
        func.count(conversations.c.id).label("open"),
        func.max(assignments.c.at).label("last_at"),
    )
    .join(actor_teams, actor_teams.c.actor_id == actors.c.id)
    .outerjoin(assignments, and_(assignments.c.actor_id == actors.c.id, assignments.c.ended_at.is_(None)))
    .outerjoin(
        conversations,
        and_(conversations.c.id == assignments.c.conversation_id, conversations.c.state == literal_column("'open'")),
    )
    .where(
        actor_teams.c.team == bindparam("team"), actors.c.active, actors.c.availability == literal_column("'available'")
    )
    .group_by(
        *PERSON,
        conversations.c.channel,
    )
    .order_by(actors.c.id)
)
_end_assignment = (
    update(assignments)
    .where(assignments.c.conversation_id == bindparam("conversation"), assignments.c.ended_at.is_(None))
    .values(ended_at=bindparam("moment"), end_cause=bindparam("cause"))
)
_end_snooze = (
    update(snoozes)
    .where(snoozes.c.conversation_id == bindparam("conversation"), snoozes.c.ended_at.is_(None))
    .values(ended_at=bindparam("moment"), end_cause=bindparam("cause"))
)


def assign(
    unit: Transaction,
    *,
    conversation_id: int,
    team: str,
    actor_id: int | None,
    by_id: int | None,
    why: list[str],
    lease_until: datetime | None = None,
) -> None:
    """A live assignment; the one before must have ended. Without a touch until `lease_until` it goes back."""
    row = {
        "id": unit.new_id(),
        "conversation_id": conversation_id,
        "team": team,
        "actor_id": actor_id,
        "by_id": by_id,
        "why": why,
        "at": unit.now,
        "lease_until": lease_until,
    }
    unit.insert_later(assignments, [row])


def end_assignment(unit: Transaction, conversation_id: int, cause: str) -> None:
    """The live assignment ends."""
    unit.execute(_end_assignment, {"conversation": conversation_id, "moment": unit.now, "cause": cause})


def held_by(reading: Reading, conversation_id: int) -> Row[Any] | None:
    """Whoever has a conversation: `name`, declared `availability` and `lease_until`; None for a queue or somebody who
    left."""
    live = and_(assignments.c.conversation_id == conversations.c.id, assignments.c.ended_at.is_(None))
    wanted = select(actors.c.name, actors.c.availability, assignments.c.lease_until).select_from(
        conversations.join(actors, actors.c.id == conversations.c.owner_id).outerjoin(assignments, live)
    )
    return reading.one(wanted.where(conversations.c.id == conversation_id, actors.c.active))


def is_held_for(reading: Reading, conversation_id: int, why: str) -> bool:
    """Whether this alone is why somebody has it: nobody gave it since."""
    live = (assignments.c.conversation_id == conversation_id, assignments.c.ended_at.is_(None))
    return bool(reading.scalar(select(assignments.c.why).where(*live)) == [why])


class Free(NamedTuple):
    """An available person, and how much of one channel they have open; `channel` None for nothing."""

    id: int
    role: str
    languages: list[str]
    skills: list[str]
    capacity: int
    availability: str
    availability_at: datetime | None
    channel: str | None
    open: int
    last_at: datetime | None


def available(unit: Transaction, team: str) -> list[Free]:
    """The available people of a team with the channels of what they have open, one row per person and channel."""
    known = unit.foreseen.get(("available", team))
    if known is None:
        known = [Free._make(row) for row in unit.all(_available, {"team": team})]
        if unit.foreseen:
            unit.foreseen["available", team] = known
    return known


def foresee_load(unit: Transaction, actor_id: int, channel: str) -> None:
    """What a person was just given counts when the next of the group is assigned."""
    for question, people in unit.foreseen.items():
        one = next((free for free in people if free.id == actor_id), None) if question[0] == "available" else None
        if one is not None:
            people.append(one._replace(channel=channel, open=1, last_at=unit.now))


def snooze(unit: Transaction, *, conversation_id: int, until: datetime, by_id: int) -> None:
    """Hidden until then."""
    unit.execute(
        insert(snoozes).values(id=unit.new_id(), conversation_id=conversation_id, until=until, by_id=by_id, at=unit.now)
    )


def end_snooze(unit: Transaction, conversation_id: int, cause: str) -> bool:
    """Shown again; False when nothing was snoozed."""
    values = {"conversation": conversation_id, "moment": unit.now, "cause": cause}
    return unit.execute(_end_snooze, values).rowcount > 0


def snoozes_due(reading: Reading, limit: int) -> list[Row[Any]]:
    """Snoozes whose time has come."""
    due = and_(snoozes.c.ended_at.is_(None), snoozes.c.until <= reading.now)
    return list(reading.all(select(snoozes).where(due).order_by(snoozes.c.until).limit(limit)))


def check_backs_due(reading: Reading, limit: int) -> list[Row[Any]]:
    """Waiting conversations whose check-back time has come."""
    wanted = (
        select(next_steps.c.id, next_steps.c.conversation_id, next_steps.c.due_at)
        .join(conversations, conversations.c.id == next_steps.c.conversation_id)
        .where(
            next_steps.c.done_at.is_(None),
            next_steps.c.due_at <= reading.now,
            conversations.c.state == literal_column("'waiting'"),
        )
    )
    return list(reading.all(wanted.order_by(next_steps.c.due_at).limit(limit)))


def escalate(unit: Transaction, **values: Any) -> int:
    """A raised hand with its conversation_id, cause, ref, tier, to_kind, to_id and next_tier_at; answers its id."""
    escalation_id = unit.new_id()
    unit.execute(insert(escalations).values(id=escalation_id, raised_at=unit.now, **values))
    return escalation_id


def escalation(reading: Reading, escalation_id: int) -> Row[Any] | None:
    """One escalation."""
    return reading.one(select(escalations).where(escalations.c.id == escalation_id))


def open_escalations(reading: Reading, conversation_id: int) -> list[Row[Any]]:
    """Hands still raised in a conversation, the oldest first."""
    live = and_(escalations.c.conversation_id == conversation_id, escalations.c.acked_at.is_(None))
    return list(reading.all(select(escalations).where(live).order_by(escalations.c.id)))


def escalations_due(reading: Reading, limit: int) -> list[Row[Any]]:
    """Hands that nobody took in time."""
    due = and_(escalations.c.acked_at.is_(None), escalations.c.next_tier_at <= reading.now)
    return list(reading.all(select(escalations).where(due).order_by(escalations.c.next_tier_at).limit(limit)))


def raise_tier(
    unit: Transaction, row: Row[Any], *, tier: int, to_kind: str, to_id: int | None, next_tier_at: datetime | None
) -> bool:
    """One step up the ladder; False when somebody took it meanwhile."""
    still = and_(
        escalations.c.id == row.id,
        escalations.c.acked_at.is_(None),
        escalations.c.tier == row.tier,
        escalations.c.next_tier_at == row.next_tier_at,
    )
    values = {"tier": tier, "to_kind": to_kind, "to_id": to_id, "next_tier_at": next_tier_at}
    return unit.execute(update(escalations).where(still).values(values)).rowcount == 1


def acknowledge(unit: Transaction, escalation_id: int, actor_id: int | None) -> bool:
    """Taken; False when somebody was first."""
    still = and_(escalations.c.id == escalation_id, escalations.c.acked_at.is_(None))
    values = {"acked_at": unit.now, "acked_by": actor_id, "next_tier_at": None}
    return unit.execute(update(escalations).where(still).values(values)).rowcount == 1


def push_escalation(unit: Transaction, escalation_id: int, until: datetime) -> None:
    """A hand whose climb raised waits, so that it cannot stop the others; likewise the next two."""
    unit.execute(update(escalations).where(escalations.c.id == escalation_id).values(next_tier_at=until))


def push_snooze(unit: Transaction, snooze_id: int, until: datetime) -> None:
    """A snooze whose end raised."""
    unit.execute(update(snoozes).where(snoozes.c.id == snooze_id).values(until=until))


def push_step(unit: Transaction, step_id: int, until: datetime) -> None:
    """A next step whose check-back raised."""
    unit.execute(update(next_steps).where(next_steps.c.id == step_id).values(due_at=until))


def fire(unit: Transaction, kind: str, ref: int, generation: int) -> None:
    """Notes that a timer fired: a second time is refused by the primary key."""
    unit.execute(insert(firings).values(kind=kind, ref=ref, generation=generation, at=unit.now))


def close(unit: Transaction, values: dict[str, Any]) -> int:
    """A closure row."""
    closure_id = unit.new_id()
    unit.execute(insert(closures).values(id=closure_id, closed_at=unit.now, **values))
    return closure_id


def reopen(unit: Transaction, conversation_id: int, *, by_id: int | None, cause: str) -> Row[Any] | None:
    """Ends the live closure and answers it."""
    live = and_(closures.c.conversation_id == conversation_id, closures.c.reopened_at.is_(None))
    row = unit.one(select(closures).where(live))
    if row is not None:
        unit.execute(
            update(closures)
            .where(closures.c.id == row.id)
            .values(reopened_at=unit.now, reopened_by=by_id, reopen_cause=cause)
        )
    return row


def first_reopened(reading: Reading, conversation_id: int) -> Row[Any] | None:
    """The newest closure of a conversation that was reopened."""
    wanted = select(closures).where(closures.c.conversation_id == conversation_id, closures.c.reopened_at.is_not(None))
    return reading.one(wanted.order_by(closures.c.id.desc()).limit(1))
