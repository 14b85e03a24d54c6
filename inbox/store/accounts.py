"""SQL of people, teams, sessions, tokens and failed sign-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from inbox.actors import Actor
from inbox.store.database import Reading, Transaction
from inbox.store.tables import actor_teams, actors, failed_sign_ins, sessions, tokens


def add(
    unit: Transaction,
    *,
    email: str,
    name: str,
    role: str,
    teams: list[str],
    password_hash: str | None,
    must_change: bool = False,
) -> int:
    """A new person; the mail address is unique."""
    actor_id = unit.new_id()
    unit.execute(
        insert(actors).values(
            id=actor_id,
            email=email,
            name=name,
            role=role,
            password_hash=password_hash,
            must_change=must_change,
            created_at=unit.now,
            availability="off",
        )
    )
    if teams:
        unit.execute(insert(actor_teams), [{"actor_id": actor_id, "team": team} for team in teams])
    return actor_id


def by_email(reading: Reading, email: str) -> Row[Any] | None:
    """The active person with this address, with the password hash."""
    return reading.one(select(actors).where(actors.c.email == email, actors.c.active))


def actor(reading: Reading, actor_id: int) -> Actor | None:
    """A person as of now; None when unknown or no longer active."""
    row = reading.one(select(actors).where(actors.c.id == actor_id, actors.c.active))
    return _actor(reading, row) if row else None


def _actor(reading: Reading, row: Row[Any]) -> Actor:
    teams = reading.all(select(actor_teams.c.team).where(actor_teams.c.actor_id == row.id))
    held = frozenset(team for (team,) in teams)
    return Actor(row.id, row.email, row.name, row.role, held, row.version, row.must_change)


def of_team(reading: Reading, team: str) -> list[Row[Any]]:
    """The active members of a team."""
    wanted = select(actors).join(actor_teams, actor_teams.c.actor_id == actors.c.id)
    return list(reading.all(wanted.where(actor_teams.c.team == team, actors.c.active).order_by(actors.c.id)))


def of_role(reading: Reading, role: str) -> list[Row[Any]]:
    """The active people of a role."""
    return list(reading.all(select(actors).where(actors.c.role == role, actors.c.active).order_by(actors.c.id)))


def everyone(reading: Reading) -> list[Row[Any]]:
    """All active people."""
    return list(reading.all(select(actors).where(actors.c.active).order_by(actors.c.name)))


def people(reading: Reading) -> list[Actor]:
    """All active people with their teams, by name."""
    teams: dict[int, set[str]] = {}
    for row in reading.all(select(actor_teams)):
        teams.setdefault(row.actor_id, set()).add(row.team)
    return [
        Actor(row.id, row.email, row.name, row.role, frozenset(teams.get(row.id, ())), row.version)
        for row in everyone(reading)
    ]


def availability(reading: Reading, actor_id: int) -> str:
    """What a person last declared about themselves."""
    row = reading.one(select(actors.c.availability).where(actors.c.id == actor_id))
    return str(row.availability) if row else "off"


def give_password(unit: Transaction, actor_id: int, password_hash: str) -> None:
    """A password that somebody else made: good for choosing another."""
    unit.execute(update(actors).where(actors.c.id == actor_id).values(password_hash=password_hash, must_change=True))


def choose_password(unit: Transaction, actor_id: int, password_hash: str) -> bool:
    """A password of one's own in the place of a given one; False when it was no given one."""
    mine = update(actors).where(actors.c.id == actor_id, actors.c.must_change)
    return unit.execute(mine.values(password_hash=password_hash, must_change=False)).rowcount == 1


def password_hash(reading: Reading, actor_id: int) -> str:
    """What is kept of a person's password; empty for who has none."""
    return str(reading.scalar(select(actors.c.password_hash).where(actors.c.id == actor_id)) or "")


def set_availability(unit: Transaction, actor_id: int, availability: str) -> None:
    """What a person declares about themselves."""
    unit.execute(
        update(actors).where(actors.c.id == actor_id).values(availability=availability, availability_at=unit.now)
    )


def add_session(unit: Transaction, *, id_hash: str, actor: Actor, address: str, agent: str) -> None:
    """A session; only the hash of its id is kept."""
    unit.execute(
        insert(sessions).values(
            id_hash=id_hash,
            actor_id=actor.id,
            created_at=unit.now,
            active_at=unit.now,
            actor_version=actor.version,
            address=address,
            agent=agent[:200],
        )
    )


def session(reading: Reading, id_hash: str) -> Row[Any] | None:
    """A session that was not revoked, together with its person's current version."""
    person = actors.c.version.label("current_version"), actors.c.active.label("is_active")
    wanted = select(sessions, *person, actors.c.settings, actors.c.availability)
    joined = wanted.join(actors, actors.c.id == sessions.c.actor_id)
    return reading.one(joined.where(sessions.c.id_hash == id_hash, sessions.c.revoked_at.is_(None)))


def touch_session(unit: Transaction, id_hash: str) -> None:
    """A person did something."""
    unit.execute(update(sessions).where(sessions.c.id_hash == id_hash).values(active_at=unit.now))


def rest_session(unit: Transaction, id_hash: str, active_at: datetime) -> int | None:
    """Sets back when it was last used; answers whose it is, None if it had ended."""
    mine = update(sessions).where(sessions.c.id_hash == id_hash, sessions.c.revoked_at.is_(None))
    owner = unit.scalar(mine.values(active_at=active_at).returning(sessions.c.actor_id))
    return int(owner) if owner is not None else None


def revoke_session(unit: Transaction, id_hash: str) -> int | None:
    """Ends a session; answers whose it was, None if it had ended already."""
    ended = update(sessions).where(sessions.c.id_hash == id_hash, sessions.c.revoked_at.is_(None))
    owner = unit.scalar(ended.values(revoked_at=unit.now).returning(sessions.c.actor_id))
    return int(owner) if owner is not None else None


def other_sessions(reading: Reading, actor_id: int, id_hash: str) -> list[str]:
    """The hashes of a person's sessions that nobody ended, without this one."""
    live = select(sessions.c.id_hash).where(sessions.c.actor_id == actor_id, sessions.c.revoked_at.is_(None))
    return [row.id_hash for row in reading.all(live.where(sessions.c.id_hash != id_hash))]


def add_token(unit: Transaction, *, actor_id: int, label: str, token_hash: str, expires_at: datetime) -> int:
    """A bearer token; only its hash is kept."""
    token_id = unit.new_id()
    unit.execute(
        insert(tokens).values(
            id=token_id,
            actor_id=actor_id,
            label=label,
            token_hash=token_hash,
            created_at=unit.now,
            expires_at=expires_at,
        )
    )
    return token_id


def token(reading: Reading, token_hash: str) -> Row[Any] | None:
    """A live token of an active person."""
    wanted = select(tokens).join(actors, actors.c.id == tokens.c.actor_id)
    return reading.one(
        wanted.where(
            tokens.c.token_hash == token_hash,
            tokens.c.revoked_at.is_(None),
            tokens.c.expires_at > reading.now,
            actors.c.active,
        )
    )


def note_failure(unit: Transaction, *, account_hash: str, address: str) -> None:
    """A sign-in that failed."""
    unit.execute(
        insert(failed_sign_ins).values(id=unit.new_id(), account_hash=account_hash, address=address, at=unit.now)
    )


def failures(reading: Reading, *, account_hash: str, address: str, since: datetime) -> tuple[int, int]:
    """How many failed since then: for this account, from this address."""
    count = select(func.count()).select_from(failed_sign_ins).where(failed_sign_ins.c.at > since)
    mine = reading.scalar(count.where(failed_sign_ins.c.account_hash == account_hash))
    here = reading.scalar(count.where(failed_sign_ins.c.address == address))
    return int(mine), int(here)
