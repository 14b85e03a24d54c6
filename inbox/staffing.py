"""The people who work here, as an administrator changes them: role, teams, languages, capacity, ways to sign in.

Nobody changes their own role or teams, nobody removes the last administrator; who leaves hands their work back.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

import msgspec

from inbox import accounts
from inbox.actors import ROLES, TEAMS, Actor, Permission, may
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.store import accounts as people
from inbox.store import staffing as store
from inbox.store import threads, work
from inbox.store.database import Reading, Transaction

_TAG = re.compile(r"[a-z]{2,3}")
MOST_CAPACITY = 300


class Change(msgspec.Struct, frozen=True):
    """A person as they should be; `capacity` in percent of a full load. `version` is the one that was seen."""

    version: int
    name: str
    role: str
    teams: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    capacity: int = 100


class Person(msgspec.Struct, frozen=True):
    """A line of the list."""

    id: int
    email: str
    name: str
    role: str
    teams: tuple[str, ...]
    languages: tuple[str, ...]
    capacity: int
    availability: str
    active: bool
    open_work: int
    version: int


class Access(msgspec.Struct, frozen=True):
    """A person's sessions and tokens, without anything that opens a door."""

    sessions: tuple[Any, ...]
    tokens: tuple[Any, ...]


def speak(unit: Transaction, *, actor_id: int, languages: list[str], by: Actor | None) -> None:
    """Sets the languages (ISO 639) in which this person answers patients. Raises Invalid for an odd tag."""
    _check_languages(languages)
    store.set_values(unit, actor_id, {"languages": languages})
    details = {"actor": actor_id, "languages": languages}
    unit.record("actor.changed", actor_id=by.id if by else None, details=details)


def everyone(reading: Reading, *, actor: Actor) -> tuple[Person, ...]:
    """All people, those who left last. Raises Forbidden."""
    _permit(actor, Permission.SEE_STAFF)
    teams = store.teams(reading)
    return tuple(_person(row, teams.get(row.id, [])) for row in store.everyone(reading))


def access_of(reading: Reading, *, actor: Actor, actor_id: int) -> Access:
    """What of a person holds now, and held."""
    _permit(actor, Permission.SEE_STAFF)
    return Access(tuple(store.sessions_of(reading, actor_id)), tuple(store.tokens_of(reading, actor_id)))


def hire(unit: Transaction, *, actor: Actor, email: str, name: str, role: str, teams: list[str]) -> str:
    """A new account; answers the one-time password, which is shown once. A service account gets none."""
    _permit(actor)
    password = one_time_password()
    given = None if role == "service" else password
    accounts.add(unit, email=email, name=name, role=role, teams=teams, password=given, by=actor, one_time=True)
    return given or ""


def change(unit: Transaction, *, actor: Actor, actor_id: int, to: Change) -> None:
    """The person as wished for; whoever's role or teams changed signs in again, nobody else. Raises Conflict, Invalid,
    Forbidden."""
    _permit(actor)
    row = _row(unit, actor_id)
    before = store.teams(unit).get(actor_id, [])
    _check(unit, actor, row, before, to)
    values = {"name": to.name.strip(), "role": to.role, "languages": list(to.languages), "capacity": to.capacity}
    if row.version != to.version or not store.change(unit, actor_id, to.version, values):
        raise Conflict(
            f"{row.name} was changed in the meantime. What you wrote stays here; reload to see theirs.",
            version=row.version,
        )
    store.set_teams(unit, actor_id, to.teams)
    if (row.role, before) == (to.role, sorted(to.teams)):
        store.carry_sessions(unit, actor_id, to.version)
    fields = [name for name, value in values.items() if getattr(row, name) != value]
    fields += ["teams"] if before != sorted(to.teams) else []
    details = {
        "actor": actor_id,
        "fields": sorted(fields),
        "role": [row.role, to.role],
        "teams": [before, sorted(to.teams)],
    }
    unit.record("actor.changed", actor_id=actor.id, details=details)


def deactivate(unit: Transaction, *, actor: Actor, actor_id: int) -> int:
    """Nobody signs in as them any more, and their open work goes back to its queues; answers how much it was."""
    _permit(actor)
    row = _row(unit, actor_id)
    if actor_id == actor.id:
        raise Forbidden("Another administrator deactivates your account.")
    _keep_an_admin(unit, row)
    if not row.active:
        return 0
    store.change(unit, actor_id, row.version, {"active": False, "availability": "off"})
    _shut_out(unit, actor, actor_id)
    _end_tokens(unit, actor, actor_id)
    returned = store.open_work(unit, actor_id)
    for conversation_id in returned:
        _hand_back(unit, actor, conversation_id)
    unit.record("actor.deactivated", actor_id=actor.id, details={"actor": actor_id, "returned": len(returned)})
    return len(returned)


def reactivate(unit: Transaction, *, actor: Actor, actor_id: int) -> None:
    """They may sign in again."""
    _permit(actor)
    row = _row(unit, actor_id)
    if not row.active:
        store.change(unit, actor_id, row.version, {"active": True})
        unit.record("actor.reactivated", actor_id=actor.id, details={"actor": actor_id})


def reset_password(unit: Transaction, *, actor: Actor, actor_id: int) -> str:
    """A new one-time password, shown once; all sessions and tokens end. Whoever comes in by it chooses their own."""
    _permit(actor)
    row = _row(unit, actor_id)
    if row.role == "service":
        raise Invalid(fields={"person": "a service account has tokens, no password"})
    password = one_time_password()
    people.give_password(unit, actor_id, accounts.password_hash(password))
    _shut_out(unit, actor, actor_id)
    _end_tokens(unit, actor, actor_id)
    unit.record("password.reset", actor_id=actor.id, details={"actor": actor_id})
    return password


def end_sessions(unit: Transaction, *, actor: Actor, actor_id: int) -> int:
    """Signs a person out everywhere; answers of how many sessions."""
    _permit(actor)
    _row(unit, actor_id)
    return _shut_out(unit, actor, actor_id)


def issue_token(unit: Transaction, *, actor: Actor, actor_id: int, label: str) -> str:
    """A bearer token of a service account, shown once: with one of a person's, an administrator would read and write in
    their name."""
    _permit(actor)
    row = _row(unit, actor_id)
    if row.role != "service":
        raise Invalid(fields={"person": "only a service account has tokens; people sign in"})
    if not label.strip():
        raise Invalid(fields={"label": "say what it is for"})
    return accounts.issue_token(unit, email=row.email, label=label.strip()[:100], by=actor)


def revoke_token(unit: Transaction, *, actor: Actor, actor_id: int, token_id: int) -> None:
    """The token opens nothing any more."""
    _permit(actor)
    _end_tokens(unit, actor, actor_id, token_id)


def one_time_password() -> str:
    """Sixteen letters and digits that nobody mistakes for each other, in fours."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def _permit(actor: Actor, permission: Permission = Permission.CONFIGURE) -> None:
    if not may(actor, permission):
        raise Forbidden("An administrator does this.")


def _row(reading: Reading, actor_id: int) -> Any:
    row = store.one(reading, actor_id)
    if row is None:
        raise NotFound("There is no such person.")
    return row


def _check(unit: Transaction, actor: Actor, row: Any, before: list[str], to: Change) -> None:
    fields = {}
    if not to.name.strip():
        fields["name"] = "may not be empty"
    if to.role not in ROLES:
        fields["role"] = f"one of {', '.join(ROLES)}"
    if unknown := [team for team in to.teams if team not in TEAMS]:
        fields["teams"] = f"unknown: {', '.join(unknown)}"
    if not 0 <= to.capacity <= MOST_CAPACITY:
        fields["capacity"] = f"0 to {MOST_CAPACITY} percent"
    if fields:
        raise Invalid(fields=fields)
    _check_languages(list(to.languages))
    if row.id == actor.id and (to.role != row.role or sorted(to.teams) != before):
        raise Forbidden("Nobody changes their own role or teams. Ask another administrator.")
    if to.role != "admin":
        _keep_an_admin(unit, row)


def _check_languages(languages: list[str]) -> None:
    if not languages or any(not _TAG.fullmatch(tag) for tag in languages):
        raise Invalid(fields={"languages": "two or three small letters each, such as en or es"})


def _keep_an_admin(unit: Transaction, row: Any) -> None:
    if row.role == "admin" and row.active and store.other_admins(unit, row.id) == 0:
        raise Invalid(fields={"role": "the last administrator stays: name another one first"})


def _shut_out(unit: Transaction, actor: Actor, actor_id: int) -> int:
    ended = store.end_sessions(unit, actor_id)
    for id_hash in ended:
        details = {"session": id_hash[:16], "by": actor.id}
        unit.record("session.revoked", actor_id=actor_id, details=details)
    return len(ended)


def _end_tokens(unit: Transaction, actor: Actor, actor_id: int, token_id: int | None = None) -> None:
    for ended in store.end_tokens(unit, actor_id, token_id):
        unit.record("token.revoked", actor_id=actor.id, details={"token": ended, "actor": actor_id})


def _hand_back(unit: Transaction, actor: Actor, conversation_id: int) -> None:
    row = threads.lock(unit, conversation_id)
    work.end_assignment(unit, row.id, "deactivated")
    work.assign(unit, conversation_id=row.id, team=row.team, actor_id=None, by_id=actor.id, why=["its owner left"])
    store.free_next_step(unit, row.id)
    threads.change(unit, row, {"owner_id": None})
    before = {"team": row.team, "owner": row.owner_id, "clinical": row.clinical, "sensitive": row.sensitive}
    unit.record(
        "conversation.assigned",
        actor_id=actor.id,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        details={"to": None, "team": row.team, "vis": [before, before | {"owner": None}]},
    )


def _person(row: Any, teams: list[str]) -> Person:
    return Person(
        row.id,
        row.email,
        row.name,
        row.role,
        tuple(teams),
        tuple(row.languages),
        row.capacity,
        row.availability,
        row.active,
        row.open_work,
        row.version,
    )
