"""A raised hand: one rung after another until somebody takes it. The conversation and its clocks stay as they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import note, page
from inbox.actors import Actor, Permission, may
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.practice import Practice
from inbox.store import accounts, threads, work
from inbox.store.database import Transaction
from inbox.working import journal, opened, vis_of
from slas import escalation as ladder

#: A quarter of this is waited on each rung when no clock says otherwise.
PERSON_TARGET = 3_600
#: On the highest rung the call is repeated, no oftener than this: it never ends by itself, and it must stay audible.
TOP_SECONDS = 1_800


def raise_hand(unit: Transaction, practice: Practice, *, actor: Actor, conversation_id: int, why: str = "") -> int:
    """A person asks for help; answers the escalation's id. A hand already raised goes one rung up."""
    row = opened(unit, actor, conversation_id, Permission.WORK)
    note.keep_reason(unit, row, actor=actor, act="Escalated", why=why)
    return begin(unit, practice, row, cause="person", ref=None, tier=1, target_seconds=PERSON_TARGET, by=actor)


def begin(
    unit: Transaction,
    practice: Practice,
    row: Row[Any],
    *,
    cause: str,
    ref: int | None,
    tier: int = 0,
    target_seconds: int,
    by: Actor | None = None,
) -> int:
    """The first rung above `tier`: to the owner or an available person of the team, else to the supervisor."""
    step = _step(row, tier, target_seconds)
    to_id, next_at = _person(unit, row, step.to), unit.now + _wait(practice, step)
    rung: dict[str, Any] = {"tier": step.tier, "to_kind": step.to, "to_id": to_id, "next_tier_at": next_at}
    escalation_id = work.escalate(unit, conversation_id=row.id, cause=cause, ref=ref, **rung)
    if step.pages:
        page.call(unit, escalation_id)
    told = {"cause": cause, "tier": step.tier, "to": step.to, "to_id": to_id}
    journal(unit, "escalation.raised", row, by, escalation=escalation_id, **told)
    return escalation_id


def climb(unit: Transaction, practice: Practice, raised: Row[Any]) -> bool:
    """Nobody took it in time: one rung up. False when somebody did meanwhile."""
    row = threads.get(unit, raised.conversation_id)
    step = _step(row, raised.tier, PERSON_TARGET, last=raised.to_kind)
    wait = _wait(practice, step)
    if step.tier == raised.tier:
        wait = max(wait, timedelta(seconds=TOP_SECONDS))
    to_id, next_at = _person(unit, row, step.to), unit.now + wait
    if not work.raise_tier(unit, raised, tier=step.tier, to_kind=step.to, to_id=to_id, next_tier_at=next_at):
        return False
    if step.pages:
        page.call(unit, raised.id)
    rung = {"tier": step.tier, "to": step.to, "to_id": to_id, "due": raised.next_tier_at.isoformat()}
    again = (step.tier, step.to) == (raised.tier, raised.to_kind)
    verb = "escalation.repeated" if again else "escalation.climbed"
    journal(unit, verb, row, None, escalation=raised.id, **rung)
    return True


def _step(row: Row[Any], tier: int, target_seconds: int, last: ladder.To | None = None) -> ladder.Step:
    owned = row.owner_id is not None
    return ladder.next_step(
        tier=tier, priority=row.priority, target_seconds=target_seconds, kind=row.reason, owned=owned, last=last
    )


def _wait(practice: Practice, step: ladder.Step) -> timedelta:
    return timedelta(seconds=practice.escalation_seconds or step.ack_within_seconds)


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who owns it from here and until when they act; empty: whoever answers, now."""

    owner: int | None = None
    due_at: datetime | None = None


MINE = Answer()


def acknowledge(
    unit: Transaction, *, actor: Actor, conversation_id: int, escalation_id: int, answer: Answer = MINE
) -> None:
    """Somebody answers for it: they own the conversation from here, or name an owner and a time (domain.md §9). Raises
    Conflict when somebody was first, Forbidden for naming others without the right to."""
    row = opened(unit, actor, conversation_id, Permission.WORK)
    owner_id = _answerer(unit, row, actor, answer)
    raised = work.escalation(unit, escalation_id)
    if raised is None or raised.conversation_id != row.id:
        raise NotFound("There is no such escalation.")
    if not work.acknowledge(unit, escalation_id, actor.id):
        raise Conflict("Somebody has taken it already.", acked_by=raised.acked_by)
    journal(unit, "escalation.acknowledged", row, actor, escalation=escalation_id, to=owner_id)
    values: dict[str, Any] = {}
    if row.owner_id != owner_id:
        values["owner_id"] = owner_id
        _hand_over(unit, row, actor, owner_id)
    if answer.due_at is not None:
        values["next_step_id"] = _answer_by(unit, row, owner_id, answer.due_at)
        journal(unit, "next_step.planned", row, actor, step=values["next_step_id"], due=answer.due_at.isoformat())
    if values:
        threads.change(unit, row, values)


def _answerer(unit: Transaction, row: Row[Any], actor: Actor, answer: Answer) -> int:
    """Oneself; or somebody else by a time, which whoever assigns work may say, and anybody of the one who has it."""
    if answer.due_at is not None and (answer.due_at.tzinfo is None or answer.due_at <= unit.now):
        raise Invalid(fields={"due_at": "a moment in the future with a time zone (RFC 3339)"})
    if answer.owner in (None, actor.id):
        return actor.id
    assert answer.owner is not None
    if answer.due_at is None:
        raise Invalid(fields={"due_at": "say until when they act"})
    if accounts.actor(unit, answer.owner) is None:
        raise Invalid(fields={"owner": "nobody active has this id"})
    if answer.owner != row.owner_id and not may(actor, Permission.ASSIGN_OTHERS, vis_of(row)):
        raise Forbidden("Only a supervisor assigns work to others. Take it yourself.")
    return answer.owner


def _hand_over(unit: Transaction, row: Row[Any], actor: Actor, owner_id: int) -> None:
    work.end_assignment(unit, row.id, "escalation taken")
    why = ["took the escalation"]
    work.assign(unit, conversation_id=row.id, team=row.team, actor_id=owner_id, by_id=actor.id, why=why)
    before = {"team": row.team, "owner": row.owner_id, "clinical": row.clinical, "sensitive": row.sensitive}
    vis = [before, before | {"owner": owner_id}]
    journal(unit, "conversation.assigned", row, actor, to=owner_id, team=row.team, vis=vis)


def _answer_by(unit: Transaction, row: Row[Any], owner_id: int, due_at: datetime) -> int:
    threads.end_step(unit, row.id)
    return threads.add_step(
        unit,
        conversation_id=row.id,
        what="Answer for the escalation",
        team=row.team,
        owner_id=owner_id,
        due_at=due_at,
        check_back=row.state == "waiting",
    )


def _person(unit: Transaction, row: Row[Any], to: str) -> int | None:
    if to == "assignee":
        return int(row.owner_id) if row.owner_id is not None else None
    if to == "team":
        free = [line.id for line in work.available(unit, row.team) if line.id != row.owner_id]
        return int(free[0]) if free else None
    role = {"supervisor": "supervisor", "manager": "manager", "on_call": "supervisor"}[to]
    people = accounts.of_role(unit, role)
    return int(people[0].id) if people else None
