"""What every act on a conversation begins with: this person may see it and may do this, and it is not stale."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from inbox.actors import Actor, Permission, Vis, can_see, may
from inbox.errors import Forbidden, NotFound
from inbox.store import threads
from inbox.store.database import Transaction


def vis_of(row: Row[Any]) -> Vis:
    """What the visibility of a conversation row depends on."""
    return Vis(row.team, row.owner_id, row.clinical, row.sensitive, row.subject_patient_id, row.id)


def opened(
    unit: Transaction, actor: Actor, conversation_id: int, permission: Permission, *, version: int | None = None
) -> Row[Any]:
    """The conversation's row, held for this transaction. Out of scope is NotFound, not allowed Forbidden, stale
    Conflict."""
    row = threads.lock(unit, conversation_id)
    if not can_see(actor, vis_of(row)).operational:
        raise NotFound("There is no such conversation.")
    if not may(actor, permission, vis_of(row)):
        raise Forbidden(f"Your role does not allow this: {permission.value}.")
    if row.merged_into is not None:
        return opened(unit, actor, row.merged_into, permission)
    return threads.lock(unit, row.id, version=version)


def journal(unit: Transaction, verb: str, row: Row[Any], actor: Actor | None, **details: Any) -> None:
    """A journal entry about a conversation."""
    unit.record(
        verb,
        actor_id=actor.id if actor else None,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        details=details,
    )
