"""SQL of what was put elsewhere: conversations that were joined, what moves with them, and each act's row.

A tombstone's `merged_into` makes a forest: what is in a conversation stays with its root, and `origin_id` says under
which tree it goes when a branch is cut again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Table, and_, case, delete, func, insert, select, union_all, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import (
    arrivals,
    calls,
    conversations,
    drafts,
    escalations,
    messages,
    moves,
    notes,
    secure_texts,
    uploads,
)

#: What is said and done in a conversation and moves with it. Clocks move one by one (`inbox/shared_promises`).
CARRIED: tuple[Table, ...] = (messages, notes, calls, escalations)


def add(unit: Transaction, **values: Any) -> int:
    """One act; answers its id."""
    move_id = unit.new_id()
    unit.execute(insert(moves).values(id=move_id, at=unit.now, **values))
    return move_id


def by_client_id(reading: Reading, client_id: str) -> Row[Any] | None:
    """The act that a client made with its own id."""
    return reading.one(select(moves).where(moves.c.client_id == client_id)) if client_id else None


def live(reading: Reading, kind: str, from_id: int) -> Row[Any] | None:
    """The merge that holds for this loser."""
    holds = (moves.c.kind == kind, moves.c.from_id == from_id, moves.c.undone_at.is_(None))
    return reading.one(select(moves).where(*holds))


def end(unit: Transaction, move_id: int, *, by_id: int, reason: str) -> None:
    """The act is undone; its row stays."""
    ended = {"undone_at": unit.now, "undone_by": by_id, "undo_reason": reason}
    unit.execute(update(moves).where(moves.c.id == move_id).values(ended))


def beneath(reading: Reading, conversation_id: int) -> set[int]:
    """The conversation and all that were merged into it, directly or through others."""
    tree = select(conversations.c.id).where(conversations.c.id == conversation_id).cte("tree", recursive=True)
    tree = tree.union(select(conversations.c.id).where(conversations.c.merged_into == tree.c.id))
    return {row.id for row in reading.all(select(tree.c.id))}


def carry(unit: Transaction, from_id: int, to_id: int) -> None:
    """All that was said and done there is here from now on and keeps where it came from."""
    for table in CARRIED:
        here = table.c.conversation_id == from_id
        origin = func.coalesce(table.c.origin_id, table.c.conversation_id)
        unit.execute(update(table).where(here).values(origin_id=origin, conversation_id=to_id))
    follow(unit, to_id)


def carry_back(unit: Transaction, from_id: int, to_id: int, origins: Collection[int]) -> None:
    """What came from these conversations, out of `from_id`."""
    for table in CARRIED:
        theirs = and_(table.c.conversation_id == from_id, table.c.origin_id.in_(sorted(origins)))
        unit.execute(update(table).where(theirs).values(conversation_id=to_id))
    follow(unit, to_id)


def carry_some(unit: Transaction, from_id: int, to_id: int, message_ids: Collection[int]) -> None:
    """These messages, with the calls they are the voicemails of, belong there: a split is where they come from now."""
    theirs = and_(messages.c.id.in_(sorted(message_ids)), messages.c.conversation_id == from_id)
    legs = select(messages.c.call_id).where(theirs, messages.c.call_id.is_not(None))
    placed = {"origin_id": to_id, "conversation_id": to_id}
    unit.execute(update(calls).where(calls.c.id.in_(legs), calls.c.conversation_id == from_id).values(placed))
    unit.execute(update(messages).where(theirs).values(placed))
    follow(unit, to_id)


def follow(unit: Transaction, to_id: int) -> None:
    """Private texts lie where their message lies: what the patient answers through the link lands there."""
    here = select(messages.c.id).where(messages.c.conversation_id == to_id)
    unit.execute(update(secure_texts).where(secure_texts.c.message_id.in_(here)).values(conversation_id=to_id))


def adopt(unit: Transaction, message_ids: Collection[int], origin_id: int) -> None:
    """These messages count as of that conversation when branches are cut."""
    if message_ids:
        mine = messages.c.id.in_(sorted(message_ids))
        unit.execute(update(messages).where(mine).values(origin_id=origin_id))


def said(reading: Reading, conversation_id: int) -> Sequence[Row[Any]]:
    """Its messages in the order in which they were said, without their words."""
    names = ("id", "at", "received_at", "direction", "author_kind", "status", "machine", "contact_id", "origin_id")
    wanted = select(*(messages.c[name] for name in names)).where(messages.c.conversation_id == conversation_id)
    return reading.all(wanted.order_by(messages.c.at, messages.c.id))


def number(unit: Transaction, ids: Sequence[int]) -> None:
    """The places of a conversation's messages, from 1 in this order."""
    for start in range(0, len(ids), 500):
        part = {one: start + place for place, one in enumerate(ids[start : start + 500], 1)}
        placed = case(part, value=messages.c.id)
        unit.execute(update(messages).where(messages.c.id.in_(part)).values(sequence=placed))


def senders(reading: Reading, ids: Collection[int]) -> dict[int, int]:
    """The address that each of these conversations began from, by conversation."""
    wanted = select(conversations.c.id, conversations.c.sender_contact_id).where(
        conversations.c.id.in_(sorted(ids)), conversations.c.sender_contact_id.is_not(None)
    )
    return {row.id: row.sender_contact_id for row in reading.all(wanted)}


def unsettled(reading: Reading, ids: Collection[int]) -> bool:
    """Whether a message is still on its way out, or an arrival lies in quarantine."""
    leaving = select(messages.c.id).where(
        messages.c.conversation_id.in_(sorted(ids)), messages.c.status.in_(("queued", "sending"))
    )
    unread = select(arrivals.c.id).where(arrivals.c.conversation_id.in_(sorted(ids)), arrivals.c.state == "quarantined")
    return reading.one(union_all(leaving, unread).limit(1)) is not None


def carry_drafts(unit: Transaction, from_id: int, to_id: int) -> None:
    """Words begun there are found here; where their author has begun others here, both stand one after the other."""
    unit.execute(update(uploads).where(uploads.c.conversation_id == from_id).values(conversation_id=to_id))
    here = drafts.alias("here")
    joined = and_(here.c.conversation_id == to_id, here.c.actor_id == drafts.c.actor_id, here.c.mode == drafts.c.mode)
    both = select(drafts.c.id, drafts.c.body, drafts.c.uploads, here.c.id.label("other"), here.c.body.label("begun"))
    both = both.add_columns(here.c.uploads.label("files")).join(here, joined).where(drafts.c.conversation_id == from_id)
    for row in unit.all(both):
        words = "\n\n".join(part for part in (row.begun, row.body) if part.strip())
        kept = {"body": words, "uploads": [*row.files, *row.uploads], "version": drafts.c.version + 1}
        unit.execute(update(drafts).where(drafts.c.id == row.other).values(kept))
        unit.execute(delete(drafts).where(drafts.c.id == row.id))
    unit.execute(update(drafts).where(drafts.c.conversation_id == from_id).values(conversation_id=to_id))
