"""Who has a conversation: given by the engine on arrival, taken by a person, or handed over. One owner at a time."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from inbox.actors import TEAMS, Actor, Permission, may
from inbox.errors import Conflict, Forbidden, Invalid
from inbox.store import accounts, threads, waiting, work
from inbox.store.database import Transaction
from inbox.working import opened, vis_of
from routing.assign import RESTING, Candidate, Need, assign


class Place(msgspec.Struct, frozen=True):
    """Where new work goes: a person, or nobody yet and the team's queue."""

    actor_id: int | None
    why: tuple[str, ...]


def place(unit: Transaction, wanted: Need, *, patient_id: int | None = None, contact_id: int | None = None) -> Place:
    """The available person of the team who knows this patient or has the most room, or the team's queue. Licence,
    language and what a rule calls a must never relax."""
    rows = work.available(unit, wanted.team)
    if not rows:
        return Place(None, (f"nobody in {wanted.team} is available: it waits in the queue",))
    people: dict[int, list[Any]] = {}
    for row in rows:
        people.setdefault(row.id, []).append(row)
    known = waiting.last_agent(unit, patient_id, contact_id)
    candidates = [_candidate(lines, wanted.team, known) for lines in people.values()]
    choice = assign(candidates=candidates, need=wanted)
    if choice.actor_id is None:
        return Place(None, choice.why)
    work.foresee_load(unit, int(choice.actor_id), wanted.channel)
    return Place(int(choice.actor_id), choice.why)


def take(unit: Transaction, *, actor: Actor, conversation_id: int, version: int | None = None) -> int:
    """A person takes a conversation that nobody has; Conflict when somebody was first."""
    return give(unit, actor=actor, conversation_id=conversation_id, actor_id=actor.id, version=version, only_free=True)


def give(
    unit: Transaction,
    *,
    actor: Actor,
    conversation_id: int,
    actor_id: int | None = None,
    team: str | None = None,
    version: int | None = None,
    only_free: bool = False,
) -> int:
    """Hands a conversation to a person or a team; answers the new version. Taking for oneself needs *work*, giving to
    others *assign others*; handing one's own work back to a team needs *work* only. What a colleague has stays theirs
    while they are here: moving it is *override lease* (privacy.md section 3). Raises Forbidden with their name."""
    row = opened(unit, actor, conversation_id, Permission.WORK, version=version)
    new_team = team or row.team
    if new_team not in TEAMS:
        raise Invalid(fields={"team": f"one of {', '.join(TEAMS)}"})
    mine = actor_id in (None, actor.id)
    if not mine and not may(actor, Permission.ASSIGN_OTHERS, vis_of(row)):
        raise Forbidden("Only a supervisor assigns work to others.")
    if only_free and row.owner_id not in (None, actor.id):
        raise Conflict("Somebody else has taken it already.", owner=row.owner_id)
    _leave_colleagues(unit, actor, row)
    if actor_id not in (None, actor.id) and accounts.actor(unit, int(actor_id or 0)) is None:
        raise Invalid(fields={"actor_id": "nobody active has this id"})
    work.end_assignment(unit, row.id, "handed over")
    work.assign(unit, conversation_id=row.id, team=new_team, actor_id=actor_id, by_id=actor.id, why=["by a person"])
    new_version = threads.change(unit, row, {"owner_id": actor_id, "team": new_team})
    after = {"team": new_team, "owner": actor_id, "clinical": row.clinical, "sensitive": row.sensitive}
    before = {"team": row.team, "owner": row.owner_id, "clinical": row.clinical, "sensitive": row.sensitive}
    unit.record(
        "conversation.assigned",
        actor_id=actor.id,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        details={"to": actor_id, "team": new_team, "vis": [before, after]},
    )
    return new_version


def _leave_colleagues(unit: Transaction, actor: Actor, row: Row[Any]) -> None:
    if row.owner_id in (None, actor.id) or may(actor, Permission.ASSIGN_OTHERS, vis_of(row)):
        return
    held = work.held_by(unit, row.id)
    if held is None or held.availability == "off" or (held.lease_until is not None and held.lease_until <= unit.now):
        return
    raise Forbidden(
        f"{held.name} has it and is here. A supervisor can move it, or they hand it over.", owner=row.owner_id
    )


def _candidate(lines: list[Any], team: str, known: int | None) -> Candidate:
    first = lines[0]
    return Candidate(
        actor_id=str(first.id),
        roles=frozenset({first.role}),
        skills=frozenset(first.skills),
        teams=frozenset({team}),
        languages=frozenset(first.languages),
        availability=first.availability,
        load_percent=sum(RESTING.get(line.channel, 10) * line.open for line in lines if line.channel),
        capacity=first.capacity,
        idle_since=max((line.last_at for line in lines if line.last_at), default=first.availability_at),
        last_agent=first.id == known,
    )
