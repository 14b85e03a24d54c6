"""Internal words between colleagues. They live in their own table: no way of sending can reach them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select

from inbox import mention
from inbox.actors import Actor, Permission
from inbox.errors import Invalid
from inbox.store import drafts, threads
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
    teams: list[str] | None = None,
    clinical: bool = False,
) -> int:
    """Adds a note and answers its id; the same client id adds it once. `teams` names all of them who may read it."""
    permission = Permission.NOTE_CLINICAL if clinical else Permission.NOTE
    row = opened(unit, actor, conversation_id, permission)
    _check(text, "text")
    earlier = unit.one(select(notes).where(notes.c.client_id == client_id)) if client_id else None
    if earlier is not None:
        if earlier.conversation_id != row.id or earlier.body != text:
            raise Invalid(fields={"client_id": "was used for another note; make a new one"})
        return int(earlier.id)
    named = mention.resolve(unit, row, people=mentions or [], teams=teams or [], clinical=clinical)
    note_id = _keep(unit, row, actor, text, clinical=clinical, mentions=named, client_id=client_id)
    drafts.end(unit, row.id, actor.id, "note")
    threads.change(unit, row, {})
    return note_id


def keep_reason(unit: Transaction, row: Row[Any], *, actor: Actor, act: str, why: str) -> None:
    """The words a person gave for an act, kept as their note: the journal holds no words. Blank ones are not kept."""
    if why.strip():
        _check(why, "why")
        _keep(unit, row, actor, f"{act}: {why.strip()}", clinical=False, mentions=[], client_id=None)


def _check(text: str, field: str) -> None:
    if not text.strip() or len(text) > LONGEST or "\0" in text:
        raise Invalid(fields={field: f"1 to {LONGEST} characters"})


def _keep(
    unit: Transaction,
    row: Row[Any],
    actor: Actor,
    text: str,
    *,
    clinical: bool,
    mentions: list[int],
    client_id: str | None,
) -> int:
    note_id = unit.new_id()
    unit.execute(
        insert(notes).values(
            id=note_id,
            conversation_id=row.id,
            author_id=actor.id,
            body=text,
            **{"class": "clinical" if clinical else "phi"},
            mentions=mentions,
            client_id=client_id,
            at=unit.now,
        )
    )
    journal(unit, "note.written", row, actor, note=note_id, mentions=mentions)
    return note_id
