"""Internal words between colleagues. They live in their own table: no way of sending can reach them."""

from __future__ import annotations

from sqlalchemy import insert, select

from inbox.actors import Actor, Permission
from inbox.errors import Invalid
from inbox.store import threads
from inbox.store.database import Transaction
from inbox.store.tables import notes
from inbox.working import journal, opened

LONGEST = 20_000


def write(
    unit: Transaction,
    *,
    actor: Actor,
    conversation_id: int,
    text: str,
    client_id: str | None = None,
    mentions: list[int] | None = None,
    clinical: bool = False,
) -> int:
    """Adds a note and answers its id; the same client id adds it once."""
    permission = Permission.NOTE_CLINICAL if clinical else Permission.NOTE
    row = opened(unit, actor, conversation_id, permission)
    if not text.strip() or len(text) > LONGEST or "\0" in text:
        raise Invalid(fields={"text": f"1 to {LONGEST} characters"})
    earlier = unit.one(select(notes).where(notes.c.client_id == client_id)) if client_id else None
    if earlier is not None:
        if earlier.conversation_id != row.id or earlier.body != text:
            raise Invalid(fields={"client_id": "was used for another note; make a new one"})
        return int(earlier.id)
    note_id = unit.new_id()
    unit.execute(
        insert(notes).values(
            id=note_id,
            conversation_id=row.id,
            author_id=actor.id,
            body=text,
            **{"class": "clinical" if clinical else "phi"},
            mentions=mentions or [],
            client_id=client_id,
            at=unit.now,
        )
    )
    threads.change(unit, row, {})
    journal(unit, "note.written", row, actor, note=note_id, mentions=mentions or [])
    return note_id
