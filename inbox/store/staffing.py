"""SQL of people as an administrator changes them: everybody with what is theirs, their ways in and open work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import actor_teams, actors, conversations, next_steps, sessions, tokens


def everyone(reading: Reading) -> Sequence[Row[Any]]:
    """All people, active ones first, with how much open work is theirs."""
    mine = (
        select(func.count())
        .select_from(conversations)
        .where(conversations.c.owner_id == actors.c.id, conversations.c.state != "closed")
        .scalar_subquery()
    )
    return reading.all(select(actors, mine.label("open_work")).order_by(actors.c.active.desc(), actors.c.name))


def one(reading: Reading, actor_id: int) -> Row[Any] | None:
    """A person, active or not."""
    return reading.one(select(actors).where(actors.c.id == actor_id))


def teams(reading: Reading) -> dict[int, list[str]]:
    """The teams of everybody."""
    found: dict[int, list[str]] = {}
    for row in reading.all(select(actor_teams).order_by(actor_teams.c.team)):
        found.setdefault(row.actor_id, []).append(row.team)
    return found


def sessions_of(reading: Reading, actor_id: int) -> Sequence[Row[Any]]:
    """A person's sessions that nobody ended, newest first."""
    wanted = select(sessions).where(sessions.c.actor_id == actor_id, sessions.c.revoked_at.is_(None))
    return reading.all(wanted.order_by(sessions.c.active_at.desc()).limit(20))


def tokens_of(reading: Reading, actor_id: int) -> Sequence[Row[Any]]:
    """A person's tokens, newest first."""
    return reading.all(select(tokens).where(tokens.c.actor_id == actor_id).order_by(tokens.c.id.desc()).limit(50))


def other_admins(unit: Transaction, actor_id: int) -> int:
    """How many active administrators there are besides this person. All are held: two who demote each other at once
    would both count the other."""
    wanted = select(actors.c.id).where(actors.c.role == "admin", actors.c.active)
    return len([row for row in unit.all(wanted.order_by(actors.c.id).with_for_update()) if row.id != actor_id])


def change(unit: Transaction, actor_id: int, version: int, values: dict[str, Any]) -> bool:
    """Changes a person of this version; False when somebody was first."""
    same = update(actors).where(actors.c.id == actor_id, actors.c.version == version)
    return unit.execute(same.values(**values, version=version + 1)).rowcount == 1


def set_values(unit: Transaction, actor_id: int, values: dict[str, Any]) -> None:
    """What does not touch anybody's rights."""
    unit.execute(update(actors).where(actors.c.id == actor_id).values(**values))


def set_teams(unit: Transaction, actor_id: int, names: Sequence[str]) -> None:
    """In the place of the teams there were."""
    unit.execute(delete(actor_teams).where(actor_teams.c.actor_id == actor_id))
    if names:
        unit.execute(insert(actor_teams), [{"actor_id": actor_id, "team": name} for name in names])


def carry_sessions(unit: Transaction, actor_id: int, version: int) -> None:
    """Sessions of this version hold in the next one: the change touched nobody's rights."""
    live = update(sessions).where(sessions.c.actor_id == actor_id, sessions.c.actor_version == version)
    unit.execute(live.values(actor_version=version + 1))


def end_sessions(unit: Transaction, actor_id: int) -> list[str]:
    """Ends all sessions; answers their hashes."""
    live = update(sessions).where(sessions.c.actor_id == actor_id, sessions.c.revoked_at.is_(None))
    return [row[0] for row in unit.execute(live.values(revoked_at=unit.now).returning(sessions.c.id_hash))]


def end_tokens(unit: Transaction, actor_id: int, token_id: int | None = None) -> list[int]:
    """Ends all tokens of a person, or one; answers their ids."""
    live = update(tokens).where(tokens.c.actor_id == actor_id, tokens.c.revoked_at.is_(None))
    if token_id is not None:
        live = live.where(tokens.c.id == token_id)
    return [row[0] for row in unit.execute(live.values(revoked_at=unit.now).returning(tokens.c.id))]


def open_work(reading: Reading, actor_id: int) -> list[int]:
    """The open conversations that are this person's."""
    mine = select(conversations.c.id).where(conversations.c.owner_id == actor_id, conversations.c.state != "closed")
    return [row[0] for row in reading.all(mine.order_by(conversations.c.id))]


def free_next_step(unit: Transaction, conversation_id: int) -> None:
    """The team owns what is next."""
    live = update(next_steps).where(next_steps.c.conversation_id == conversation_id, next_steps.c.done_at.is_(None))
    unit.execute(live.values(owner_id=None))
