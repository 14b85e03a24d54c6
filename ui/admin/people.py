"""People: who works here, in which role and teams, how they come in."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from inbox import staffing
from inbox.actors import ROLES
from inbox.store.database import Reading
from ui.admin import sentences
from ui.admin.desk import Desk

HOME = "/admin/people"
ONE = f"{HOME}/{{person_id:int}}"


class Hired(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new account."""

    email: str
    name: str
    role: str
    teams: tuple[str, ...] = ()


class Changed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person as they should be; languages with commas."""

    version: int
    name: str
    role: str
    teams: tuple[str, ...] = ()
    languages: str = "en"
    capacity: int = 100


class Labelled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a token is for."""

    label: str = ""


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act that needs no more words."""


@get(HOME, sync_to_thread=True)
def page(desk: NamedDependency[Desk], person: FromQuery[int | None] = None) -> Response[str]:
    """Everybody, and one of them in detail."""

    def read(reading: Reading) -> dict[str, Any]:
        listed = staffing.everyone(reading, actor=desk.actor)
        one = next((row for row in listed if row.id == person), None)
        held = staffing.access_of(reading, actor=desk.actor, actor_id=one.id) if one else None
        return {"listed": listed, "one": one, "held": held, "roles": ROLES, "sentences": sentences}

    return desk.show("people.html", "people", read)


@post(HOME, sync_to_thread=True, status_code=200)
def hire(data: JSONBody[Hired], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Adds somebody; the one-time password is in this answer and nowhere else."""
    named = {"email": data.email, "name": data.name, "role": data.role, "teams": list(data.teams)}
    password = desk.write(data, staffing.hire, **named)
    return {"html": desk.piece("secret.html", secret=password, what=f"One-time password of {data.name}")}


@post(ONE, sync_to_thread=True, status_code=200)
def change(person_id: FromPath[int], data: JSONBody[Changed], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Role, teams, languages, capacity."""
    languages = tuple(part.strip() for part in data.languages.split(",") if part.strip())
    to = staffing.Change(data.version, data.name, data.role, data.teams, languages, data.capacity)
    desk.write(data, staffing.change, actor_id=person_id, to=to)
    return {"go": f"{HOME}?person={person_id}"}


@post(f"{ONE}/departure", sync_to_thread=True, status_code=200)
def deactivate(person_id: FromPath[int], data: JSONBody[Nothing], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Nobody signs in as them; their work goes back to its queues."""
    desk.write(data, staffing.deactivate, actor_id=person_id)
    return {"go": f"{HOME}?person={person_id}"}


@post(f"{ONE}/comeback", sync_to_thread=True, status_code=200)
def reactivate(person_id: FromPath[int], data: JSONBody[Nothing], desk: NamedDependency[Desk]) -> dict[str, str]:
    """They may sign in again."""
    desk.write(data, staffing.reactivate, actor_id=person_id)
    return {"go": f"{HOME}?person={person_id}"}


@post(f"{ONE}/password", sync_to_thread=True, status_code=200)
def reset(person_id: FromPath[int], data: JSONBody[Nothing], desk: NamedDependency[Desk]) -> dict[str, str]:
    """A one-time password, in this answer and nowhere else."""
    password = desk.write(data, staffing.reset_password, actor_id=person_id)
    return {"html": desk.piece("secret.html", secret=password, what="One-time password")}


@post(f"{ONE}/sign-out", sync_to_thread=True, status_code=200)
def sign_out(person_id: FromPath[int], data: JSONBody[Nothing], desk: NamedDependency[Desk]) -> dict[str, str]:
    """Ends all their sessions."""
    desk.write(data, staffing.end_sessions, actor_id=person_id)
    return {"go": f"{HOME}?person={person_id}"}


@post(f"{ONE}/tokens", sync_to_thread=True, status_code=200)
def issue(person_id: FromPath[int], data: JSONBody[Labelled], desk: NamedDependency[Desk]) -> dict[str, str]:
    """A token, in this answer and nowhere else."""
    token = desk.write(data, staffing.issue_token, actor_id=person_id, label=data.label)
    return {"html": desk.piece("secret.html", secret=token, what="Token")}


@post(f"{ONE}/tokens/{{token_id:int}}/end", sync_to_thread=True, status_code=200)
def revoke(
    person_id: FromPath[int], token_id: FromPath[int], data: JSONBody[Nothing], desk: NamedDependency[Desk]
) -> dict[str, str]:
    """The token opens nothing any more."""
    desk.write(data, staffing.revoke_token, actor_id=person_id, token_id=token_id)
    return {"go": f"{HOME}?person={person_id}"}


HANDLERS = [page, hire, change, deactivate, reactivate, reset, sign_out, issue, revoke]
