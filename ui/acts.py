"""What a person does to a conversation: one handler per use case, for screens and, under `/api`, for programs alike.

JSON in, JSON out; the change itself reaches every screen through the socket. Refuses fields nobody defined.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from inbox import assignment, closure, escalation, identity, next_step, note, priority, reply, snooze
from inbox.errors import Invalid
from inbox.house import House
from ui.guards import Caller


class Note(msgspec.Struct, forbid_unknown_fields=True):
    """Words for colleagues."""

    text: str
    client_id: str | None = None
    mentions: list[int] = []
    clinical: bool = False


class Assignment(msgspec.Struct, forbid_unknown_fields=True):
    """To `me`, to a person or to a team's queue."""

    me: bool = False
    actor_id: int | None = None
    team: str | None = None
    version: int | None = None


class Snooze(msgspec.Struct, forbid_unknown_fields=True):
    """Hidden until a moment (RFC 3339)."""

    until: datetime


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """The next step; without an owner the present one, else the team."""

    what: str
    due_at: datetime
    owner: int | None = None
    team: str | None = None
    waiting: bool | None = None


class Hand(msgspec.Struct, forbid_unknown_fields=True):
    """Why help is asked for."""

    why: str = ""


class Subject(msgspec.Struct, forbid_unknown_fields=True):
    """Whom it is about; null for nobody we know."""

    patient_id: int | None


class Priority(msgspec.Struct, forbid_unknown_fields=True):
    """0 (emergent) to 4 (informational); lowering needs a reason."""

    priority: int
    reason: str = ""


@post("/conversations/{conversation_id:int}/replies", sync_to_thread=True)
def send_reply(
    conversation_id: FromPath[int], data: reply.Draft, house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """Queues a reply; the same `client_id` queues it once. 409 with the newer message after `base_seq`."""
    return {"id": _act(house, reply.send, caller, conversation_id, house, draft=data)}


@post("/conversations/{conversation_id:int}/notes", sync_to_thread=True)
def write_note(
    conversation_id: FromPath[int], data: Note, house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """Adds a staff note."""
    words = {"text": data.text, "client_id": data.client_id, "mentions": data.mentions, "clinical": data.clinical}
    return {"id": _act(house, note.write, caller, conversation_id, **words)}


@post("/conversations/{conversation_id:int}/assignment", sync_to_thread=True)
def assign(
    conversation_id: FromPath[int], data: Assignment, house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """Takes it, or gives it to a person or a team."""
    if data.me:
        return {"version": _act(house, assignment.take, caller, conversation_id, version=data.version)}
    if data.actor_id is None and data.team is None:
        raise Invalid(fields={"actor_id": "name a person, a team, or me"})
    to = {"actor_id": data.actor_id, "team": data.team, "version": data.version}
    return {"version": _act(house, assignment.give, caller, conversation_id, **to)}


@post("/conversations/{conversation_id:int}/snooze", sync_to_thread=True)
def put_off(
    conversation_id: FromPath[int], data: Snooze, house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """Hides it until a moment."""
    return {"version": _act(house, snooze.snooze, caller, conversation_id, until=data.until)}


@delete("/conversations/{conversation_id:int}/snooze", status_code=200, sync_to_thread=True)
def wake(
    conversation_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """Shows it again now."""
    return {"version": _act(house, snooze.wake, caller, conversation_id)}


@post("/conversations/{conversation_id:int}/next-step", sync_to_thread=True)
def plan(
    conversation_id: FromPath[int], data: Step, house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """Replaces the next step."""
    step: dict[str, Any] = {"what": data.what, "due_at": data.due_at, "owner_id": data.owner, "team": data.team}
    step["waiting"] = data.waiting
    return {"version": _act(house, next_step.plan, caller, conversation_id, house, **step)}


@post("/conversations/{conversation_id:int}/escalations", sync_to_thread=True)
def escalate(
    conversation_id: FromPath[int], data: Hand, house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """Raises a hand, or an already raised one by a rung."""
    practice = house.configuration.practice()
    return {"id": _act(house, escalation.raise_hand, caller, conversation_id, practice, why=data.why)}


@post(
    "/conversations/{conversation_id:int}/escalations/{escalation_id:int}/acknowledgement",
    status_code=204,
    sync_to_thread=True,
)
def acknowledge(
    conversation_id: FromPath[int],
    escalation_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
) -> None:
    """Answers a raised hand."""
    _act(house, escalation.acknowledge, caller, conversation_id, escalation_id=escalation_id)


@post("/conversations/{conversation_id:int}/closure", sync_to_thread=True)
def close(
    conversation_id: FromPath[int], data: closure.Ending, house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """Closes; 422 lists all that is missing."""
    return {"id": _act(house, closure.close, caller, conversation_id, house, ending=data)}


@delete("/conversations/{conversation_id:int}/closure", status_code=200, sync_to_thread=True)
def reopen(
    conversation_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """Reopens."""
    return {"version": _act(house, closure.reopen, caller, conversation_id, house)}


@post("/conversations/{conversation_id:int}/identity", sync_to_thread=True)
def identify(
    conversation_id: FromPath[int], data: Subject, house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """Says whom it is about."""
    return {"version": _act(house, identity.confirm, caller, conversation_id, patient_id=data.patient_id)}


@post("/conversations/{conversation_id:int}/priority", sync_to_thread=True)
def prioritise(
    conversation_id: FromPath[int], data: Priority, house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """Sets the priority."""
    level = {"priority": data.priority, "why": data.reason}
    practice = house.configuration.practice()
    return {"version": _act(house, priority.set_priority, caller, conversation_id, practice, **level)}


def _act(house: House, work: Any, caller: Caller, conversation_id: int, *parts: Any, **named: Any) -> Any:
    return house.database.write(work, *parts, actor=caller.actor, conversation_id=conversation_id, **named)


HANDLERS = [
    send_reply,
    write_note,
    assign,
    put_off,
    wake,
    plan,
    escalate,
    acknowledge,
    close,
    reopen,
    identify,
    prioritise,
]
