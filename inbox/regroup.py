"""What merge, unmerge, split and move have in common: who may, said why, of rows held together, done once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from inbox.actors import Actor, Permission, can_see, may
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.store import moves, threads, work
from inbox.store.database import Transaction
from inbox.working import vis_of

SHORTEST, LONGEST = 3, 400


def said_why(reason: str) -> str:
    """The reason, trimmed. Raises Invalid without one."""
    reason = reason.strip()
    if not SHORTEST <= len(reason) <= LONGEST:
        raise Invalid(fields={"reason": f"say why, in {SHORTEST} to {LONGEST} characters"})
    return reason


def done(unit: Transaction, client_id: str, kind: str, **place: int | None) -> int | None:
    """The act that this `client_id` did before. Raises Invalid when it was another one."""
    earlier = moves.by_client_id(unit, client_id)
    if earlier is None:
        return None
    if earlier.kind != kind or any(getattr(earlier, name) != value for name, value in place.items()):
        raise Invalid(fields={"client_id": "was used for something else; make a new one"})
    return int(earlier.id)


def held(
    unit: Transaction,
    actor: Actor,
    conversation_id: int,
    *,
    version: int | None = None,
    permission: Permission = Permission.MOVE,
) -> Row[Any]:
    """The row itself, a tombstone's too, held for this transaction. Raises NotFound, Forbidden, Conflict."""
    row = threads.lock(unit, conversation_id, version=version)
    sight = can_see(actor, vis_of(row))
    if not sight.operational:
        raise NotFound("There is no such conversation.")
    if not (sight.person and may(actor, permission, vis_of(row))):
        raise Forbidden(f"Your role does not allow this: {permission.value}.")
    return row


def refuse_unsettled(unit: Transaction, *ids: int) -> None:
    """What is on its way out or unread in quarantine is settled where it is. Raises Conflict."""
    if moves.unsettled(unit, ids):
        raise Conflict("A message is still on its way out, or waits in quarantine. Settle that first.")


def hand(unit: Transaction, row: Row[Any], *, team: str, owner_id: int | None, by_id: int, why: str) -> None:
    """Another team or person has it from now on."""
    if (team, owner_id) != (row.team, row.owner_id):
        work.end_assignment(unit, row.id, why)
        work.assign(unit, conversation_id=row.id, team=team, actor_id=owner_id, by_id=by_id, why=[why])


def visibilities(row: Row[Any], changed: dict[str, Any]) -> list[dict[str, Any]]:
    """Who could see it and who can, for the journal: whoever loses sight of it loses it on their screen."""
    before = {"team": row.team, "owner": row.owner_id, "clinical": row.clinical, "sensitive": row.sensitive}
    columns = {"team": "team", "owner": "owner_id", "clinical": "clinical", "sensitive": "sensitive"}
    return [before, {name: changed.get(column, before[name]) for name, column in columns.items()}]
