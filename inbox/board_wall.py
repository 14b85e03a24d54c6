"""The board on a wall: a screen with a token of its own, which outlives whoever hung it up and any idle hour. It reads
the board without names and nothing else; an administrator makes it and ends it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec

from inbox import board
from inbox.accounts import hashed
from inbox.actors import Actor, Permission, may
from inbox.board_shape import Board
from inbox.errors import Forbidden, Invalid, NotFound, Unauthenticated
from inbox.staffing import one_time_password
from inbox.store import walls as store
from inbox.store.database import Database, Reading, Transaction

#: A code is typed into a screen while the administrator stands before it.
CODE_LIFE = timedelta(hours=1)
#: How often a screen that asks every ten seconds is noted as seen.
NOTED = timedelta(minutes=5)
#: Whose eyes a wall has: a manager's, who sees all work and no persons.
EYES = Actor(0, "", "Wall", "manager")


class Wall(msgspec.Struct, frozen=True):
    """A line of the list; `state` waiting (for its code until `code_until`), lapsed, open or ended."""

    id: int
    label: str
    maker: str
    made_at: datetime
    state: str
    code_until: datetime
    seen_at: datetime | None


def everyone(reading: Reading, *, actor: Actor) -> tuple[Wall, ...]:
    """All screens, those that ended last. Raises Forbidden."""
    if not may(actor, Permission.SEE_STAFF):
        raise Forbidden("An administrator does this.")
    return tuple(
        Wall(row.id, row.label, row.maker, row.made_at, _state(row, reading.now), row.code_until, row.seen_at)
        for row in store.everyone(reading)
    )


def add(unit: Transaction, *, actor: Actor, label: str) -> str:
    """A new screen; answers the code that opens it, once and within the hour. Raises Forbidden, Invalid."""
    _permit(actor)
    if not label.strip():
        raise Invalid(fields={"label": "say where it hangs"})
    code = one_time_password()
    until = unit.now + CODE_LIFE
    kept = {"label": label.strip()[:100], "code_hash": hashed(code), "code_until": until, "made_by": actor.id}
    unit.record("wall.added", actor_id=actor.id, details={"wall": store.add(unit, **kept)})
    return code


def end(unit: Transaction, *, actor: Actor, wall_id: int) -> None:
    """The screen shows nothing from its next question on. Raises Forbidden, NotFound."""
    _permit(actor)
    if not store.end(unit, wall_id, unit.now):
        raise NotFound("There is no such screen, or it has ended.")
    unit.record("wall.ended", actor_id=actor.id, details={"wall": wall_id})


def open_by(unit: Transaction, code: str) -> str:
    """The token for a code, spaces and capitals aside. Raises Unauthenticated: used, too old, or never given."""
    token = secrets.token_urlsafe(32)
    wall_id = store.open_by(unit, hashed(code.strip().lower()), hashed(token))
    if wall_id is None:
        raise Unauthenticated("This code does not hold. A code works once and for an hour; ask for a new one.")
    unit.record("wall.opened", actor_id=None, details={"wall": wall_id})
    return token


def seen_by(database: Database, token: str) -> Board:
    """The board for the screen with this token, without names. Raises Unauthenticated."""
    with database.snapshot() as reading:
        row = store.live(reading, hashed(token)) if token else None
        if row is None:
            raise Unauthenticated("This screen shows nothing any more.")
        found = board.nameless(board.board(reading, actor=EYES))
        stale = row.seen_at is None or reading.now - row.seen_at > NOTED
    if stale:
        with database.transaction() as unit:
            store.seen(unit, row.id)
    return found


def _state(row: Any, now: datetime) -> str:
    if row.ended_at is not None:
        return "ended"
    if row.opened_at is not None:
        return "open"
    return "waiting" if row.code_until > now else "lapsed"


def _permit(actor: Actor) -> None:
    if not may(actor, Permission.CONFIGURE):
        raise Forbidden("An administrator does this.")
