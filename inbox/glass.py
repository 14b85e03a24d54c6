"""Looking beyond one's role with a reason (privacy.md §4): one patient, thirty minutes, a verdict by somebody else
afterwards. Refuses a conversation out of scope, a reason too short to mean anything, and a verdict on oneself.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox.actors import MATRIX, Actor, Glass, Permission, Sight, can_see, may
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.store import glass as store
from inbox.store import threads
from inbox.store.database import Reading, Transaction
from inbox.working import journal, vis_of

HOLDS = timedelta(minutes=30)
#: A verdict is due within so long (privacy.md section 4).
VERDICT = timedelta(hours=72)
SHORTEST, LONGEST, MOST = 15, 400, 200


class Broken(msgspec.Struct, frozen=True):
    """A glass on the list of those that wait for a verdict; `late` when it should have one by now."""

    id: int
    at: datetime
    until: datetime
    ended_at: datetime | None
    actor_id: int
    actor: str
    role: str
    why: str
    conversation_id: int
    patient_id: int | None
    late: bool


def live(reading: Reading, actor_id: int) -> tuple[Glass, ...]:
    """What a person may look at beyond their role now."""
    return tuple(Glass(row.id, row.subject_id, row.until) for row in store.live(reading, actor_id))


def opens(actor: Actor, row: Any) -> bool:
    """Whether this person may break the glass here, and would see more by it."""
    vis = vis_of(row)
    return may(actor, Permission.BREAK_GLASS, vis) and can_see(actor, vis) != _through(actor, row)


def look(unit: Transaction, *, actor: Actor, conversation_id: int, why: str) -> int:
    """Opens what the role alone does not show of this patient; answers the glass's id. One that holds already is the
    answer. Raises NotFound out of scope, Forbidden, Conflict where there is nothing more to see, Invalid."""
    row = threads.lock(unit, conversation_id)
    if not can_see(actor, vis_of(row)).operational:
        raise NotFound("There is no such conversation.")
    if not may(actor, Permission.BREAK_GLASS, vis_of(row)):
        raise Forbidden(f"Your role does not allow this: {Permission.BREAK_GLASS.value}.")
    subject = _subject(row)
    held = next((one for one in store.live(unit, actor.id) if one.subject_id == subject), None)
    if held is not None:
        return int(held.id)
    if not opens(actor, row):
        raise Conflict("Your role shows all there is to see here.")
    if not SHORTEST <= len(why.strip()) <= LONGEST or "\0" in why:
        raise Invalid(fields={"why": f"say why, in {SHORTEST} to {LONGEST} characters"})
    until = unit.now + HOLDS
    who = {"actor_id": actor.id, "role": actor.role, "why": why.strip()}
    whom = {"conversation_id": row.id, "patient_id": row.subject_patient_id, "subject_id": subject}
    glass_id = store.add(unit, **who, **whom, until=until)
    journal(unit, "glass.broken", row, actor, glass=glass_id, until=until.isoformat(), role=actor.role)
    return glass_id


def end(unit: Transaction, *, actor: Actor, conversation_id: int) -> None:
    """One's own glass on this patient is over; that there is none is no fault."""
    row = threads.lock(unit, conversation_id)
    if not can_see(actor, vis_of(row)).operational:
        raise NotFound("There is no such conversation.")
    for glass_id in store.end(unit, actor.id, [_subject(row), row.id]):
        journal(unit, "glass.ended", row, actor, glass=glass_id)


def waiting(reading: Reading, *, actor: Actor) -> tuple[Broken, ...]:
    """Those that wait for a verdict: all for compliance, those of own teams for a supervisor. Raises Forbidden."""
    _permit(actor)
    found = [row for row in store.unjudged(reading, MOST) if _may_judge(actor, row)]
    return tuple(
        Broken(
            row.id,
            row.at,
            row.until,
            row.ended_at,
            row.actor_id,
            row.actor_name,
            row.role,
            row.why,
            row.conversation_id,
            row.patient_id,
            row.at < reading.now - VERDICT,
        )
        for row in found
    )


def judge(unit: Transaction, *, actor: Actor, glass_id: int, verdict: str) -> None:
    """What somebody else makes of a look. Raises Forbidden for one's own, Conflict for one that has a verdict."""
    _permit(actor)
    row = store.held(unit, glass_id)
    if row is None or not _may_judge(actor, row):
        raise NotFound("There is no such look.")
    if row.actor_id == actor.id:
        raise Forbidden("Somebody else judges what you looked at.")
    if row.judged_at is not None:
        raise Conflict("It has a verdict already.")
    if not 3 <= len(verdict.strip()) <= LONGEST or "\0" in verdict:
        raise Invalid(fields={"verdict": f"3 to {LONGEST} characters"})
    store.judge(unit, glass_id, actor_id=actor.id, verdict=verdict.strip())
    unit.record(
        "glass.judged",
        actor_id=actor.id,
        conversation_id=row.conversation_id,
        patient_id=row.patient_id,
        details={"glass": glass_id, "of": row.actor_id},
    )


def _subject(row: Row[Any]) -> int:
    """This patient only; while nobody confirmed who it is, this conversation only."""
    known = row.subject_patient_id is not None and row.subject_certainty == "confirmed"
    return int(row.subject_patient_id if known else row.id)


def _through(actor: Actor, row: Row[Any]) -> Sight:
    glass = Glass(0, _subject(row), datetime.max.replace(tzinfo=UTC))
    return can_see(msgspec.structs.replace(actor, glasses=(glass,)), vis_of(row))


def _may_judge(actor: Actor, row: Row[Any]) -> bool:
    return MATRIX[Permission.JUDGE_GLASS][actor.role] == "A" or row.team in actor.teams


def _permit(actor: Actor) -> None:
    if not may(actor, Permission.JUDGE_GLASS):
        raise Forbidden("Looks with a reason are judged by compliance and supervisors.")
