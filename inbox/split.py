"""Two requests told in one conversation become two: some messages go to a new one that names where from. Merging it
back undoes it. Refuses to take all there is, or nothing that the patient said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import shared_promises, standing
from inbox.actors import Actor
from inbox.errors import Conflict, Invalid
from inbox.house import House
from inbox.practice import Practice
from inbox.promise import Ledger, first_due
from inbox.regroup import done, held, refuse_unsettled, said_why
from inbox.store import moves, threads, work
from inbox.store.database import Transaction
from inbox.working import journal

#: What the new conversation has of the one it came from: whom it is about, who wrote, who has it, how strict it is.
ALIKE = (
    "subject_patient_id",
    "original_patient_id",
    "subject_certainty",
    "sender_contact_id",
    "sender_proxy_id",
    "sender_name",
    "account",
    "channel",
    "line",
    "subject",
    "reason",
    "reasons",
    "priority",
    "clinical",
    "sensitive",
    "red_flags",
    "flagged",
    "because",
    "language",
    "team",
    "owner_id",
    "location",
    "unread",
)


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """These messages, or those from one on, with all after it."""

    reason: str
    message_ids: tuple[int, ...] = ()
    from_message_id: int | None = None
    client_id: str | None = None
    version: int | None = None


def split(unit: Transaction, house: House, *, actor: Actor, conversation_id: int, asked: Split) -> int:
    """Answers the new conversation's id. Raises Conflict for a closed or stale one, NotFound, Forbidden, Invalid."""
    reason = said_why(asked.reason)
    earlier = done(unit, asked.client_id or "", "split", from_id=conversation_id)
    if earlier is not None:
        return earlier
    row = held(unit, actor, conversation_id, version=asked.version)
    if row.state == "closed":
        raise Conflict("It is closed. Reopen it first.", state=row.state, merged_into=row.merged_into)
    refuse_unsettled(unit, row.id)
    said = moves.said(unit, row.id)
    taken = _taken(said, asked)
    new_id = unit.new_id()
    places: dict[str, Any] = {"from_id": row.id, "to_id": new_id, "client_id": asked.client_id or None}
    ids = [one.id for one in taken]
    moves.add(unit, kind="split", reason=reason, by_id=actor.id, before={"messages": ids}, **places)
    journal(unit, "conversation.split", row, actor, into=new_id, messages=ids)
    receives = bool(row.receiving) and _last_ours(said) in ids
    _begin(unit, row, new_id, taken, actor)
    moves.carry_some(unit, row.id, new_id, ids)
    practice = house.configuration.practice()
    _leave(unit, practice, row, receiving=bool(row.receiving) and not receives)
    _settle(unit, practice, threads.lock(unit, new_id), row, receives=receives)
    return new_id


def _taken(said: Sequence[Row[Any]], asked: Split) -> list[Row[Any]]:
    """The messages asked for, in the order in which they were said. Raises Invalid."""
    ids = [one.id for one in said]
    if asked.from_message_id is not None and asked.from_message_id in ids:
        wanted = set(ids[ids.index(asked.from_message_id) :])
    else:
        wanted = {*asked.message_ids, *([asked.from_message_id] if asked.from_message_id is not None else [])}
    taken = [one for one in said if one.id in wanted]
    if not taken or wanted - set(ids):
        raise Invalid(fields={"message_ids": "messages of this conversation"})
    if len(taken) == len(said):
        raise Invalid(fields={"message_ids": "leave at least one where they are, or move the whole conversation"})
    if all(one.direction == "out" for one in taken):
        raise Invalid(fields={"message_ids": "at least one that the patient wrote"})
    return taken


def _last_ours(said: Sequence[Row[Any]]) -> int | None:
    """Our latest message: what answers it belongs where it is (domain.md §3)."""
    return next((one.id for one in reversed(said) if one.direction == "out" and one.status != "cancelled"), None)


def _begin(unit: Transaction, row: Row[Any], new_id: int, taken: Sequence[Row[Any]], actor: Actor) -> None:
    step_id, why = unit.new_id(), ["split off"]
    began = {"state": "open", "opened_at": taken[0].at, "last_at": taken[-1].at, "related_id": row.id}
    alike = {name: getattr(row, name) for name in ALIKE}
    threads.add_conversation(unit, alike | began | {"id": new_id, "next_step_id": step_id, "receiving": False})
    due_at = row.due_at or unit.now
    told: dict[str, Any] = {"conversation_id": new_id, "team": row.team}
    threads.add_step(unit, step_id=step_id, what="Read and decide", owner_id=row.owner_id, due_at=due_at, **told)
    work.assign(unit, actor_id=row.owner_id, by_id=actor.id, why=why, **told)
    details = {"channel": row.channel, "team": row.team, "priority": row.priority, "reason": row.reason}
    unit.record(
        "conversation.opened",
        actor_id=actor.id,
        conversation_id=new_id,
        patient_id=row.subject_patient_id,
        details=details | {"split_from": row.id},
    )


def _leave(unit: Transaction, practice: Practice, row: Row[Any], *, receiving: bool) -> None:
    """The promise of an answer stays only where one is still owed."""
    stood, ledger = standing.stand(unit, row), Ledger(unit, practice, row.id)
    if not stood.owed:
        shared_promises.stop_replies(unit, ledger, "conversation.split")
    left = {"receiving": receiving, "needs_reply": row.needs_reply and stood.owed}
    threads.change(unit, row, stood.values | left | first_due(ledger.clocks).values())


def _settle(unit: Transaction, practice: Practice, new: Row[Any], row: Row[Any], *, receives: bool) -> None:
    stood, ledger = standing.stand(unit, new), Ledger(unit, practice, new.id, fresh=True)
    shared_promises.share(row, ledger, moves.said(unit, new.id))
    values = stood.values | {"receiving": receives, "needs_reply": stood.owed}
    threads.change(unit, new, values | first_due(ledger.clocks).values())
