"""What can be done to many conversations at once, and how each is taken back: the very use cases of one conversation.
Refuses a body that does not fit its act, and a red flag where a person must look first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import assignment, closure, no_reply, priority, reason, snooze
from inbox.actors import Actor, can_see
from inbox.closure import Ending
from inbox.errors import Conflict, Invalid, NotFound
from inbox.house import House
from inbox.store import threads
from inbox.store.database import Transaction
from inbox.working import vis_of


class Assign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To `me`, to a person, or (neither) to a team's queue."""

    me: bool = False
    actor_id: int | None = None
    team: str | None = None


class Snooze(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until a moment (RFC 3339)."""

    until: datetime


class Priority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """0 (emergent) to 4 (informational); lowering says why."""

    priority: int
    why: str = ""


class Close(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With an outcome and why nobody writes to the patient: many are never told the same words."""

    outcome: str
    waiver: str | None = None


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What they are about."""

    reason: str


class NoReply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The patients' last words need no answer."""


class Doing(msgspec.Struct, frozen=True):
    """Who does it to which conversation, in which act on many."""

    unit: Transaction
    house: House
    actor: Actor
    conversation_id: int
    bulk_id: int

    @property
    def which(self) -> dict[str, Any]:
        """What every use case asks by keyword."""
        return {"actor": self.actor, "conversation_id": self.conversation_id}


class Kind(msgspec.Struct, frozen=True):
    """One act: the body it takes, the columns it changes, how it is taken back (None: not at all), whether a red flag
    may be among many."""

    body: type[Any]
    columns: tuple[str, ...]
    do: Callable[[Doing, Any], object]
    undo: Callable[[Doing, dict[str, Any]], object] | None
    flagged: bool = False


def read(act: str, body: dict[str, Any]) -> Any:
    """The body as its act wants it. Raises Invalid."""
    kind = KINDS.get(act)
    if kind is None:
        raise Invalid(fields={"act": f"one of {', '.join(KINDS)}"})
    try:
        return msgspec.convert(body, kind.body)
    except msgspec.ValidationError as error:
        raise Invalid(fields={"body": str(error)}) from error


def do(doing: Doing, act: str, body: Any) -> dict[str, Any]:
    """Does it and answers the columns before. Raises what the use case raises, Conflict for a red flag."""
    kind, before = KINDS[act], _held(doing)
    if before.flagged and not kind.flagged:
        raise Conflict("It has a red flag: look at it by itself.")
    kind.do(doing, body)
    return _columns(kind, before)


def came_to(unit: Transaction, act: str, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The columns after, asked once for all."""
    found = threads.columns_of(unit, ids, KINDS[act].columns)
    return {one: msgspec.to_builtins(columns) for one, columns in found.items()}


def undo(doing: Doing, act: str, kept: dict[str, Any]) -> bool:
    """Puts it back as it was; False when somebody changed it since."""
    kind, now = KINDS[act], _held(doing)
    if _columns(kind, now) != kept["set"]:
        return False
    if kept["was"] != kept["set"] and kind.undo is not None:
        kind.undo(doing, kept["was"])
    return True


def _held(doing: Doing) -> Row[Any]:
    """The row, held; whether this person may do it the use case says. Raises NotFound out of scope."""
    row = threads.lock(doing.unit, doing.conversation_id)
    if not can_see(doing.actor, vis_of(row)).operational:
        raise NotFound("There is no such conversation.")
    return row


def _columns(kind: Kind, row: Row[Any]) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins({name: getattr(row, name) for name in kind.columns})
    return found


def _assign(doing: Doing, body: Assign) -> None:
    if body.me:
        assignment.take(doing.unit, **doing.which)
    else:
        assignment.give(doing.unit, actor_id=body.actor_id, team=body.team, **doing.which)


def _give_back(doing: Doing, was: dict[str, Any]) -> None:
    assignment.give(doing.unit, actor_id=was["owner_id"], team=was["team"], **doing.which)


def _snooze(doing: Doing, body: Snooze) -> None:
    snooze.snooze(doing.unit, until=body.until, **doing.which)


def _wake(doing: Doing, was: dict[str, Any]) -> None:
    if was["snoozed_until"] is None:
        snooze.wake(doing.unit, **doing.which)
    else:
        snooze.snooze(doing.unit, until=datetime.fromisoformat(was["snoozed_until"]), **doing.which)


def _set_priority(doing: Doing, body: Priority) -> None:
    practice = doing.house.configuration.practice()
    priority.set_priority(doing.unit, practice, priority=body.priority, why=body.why, **doing.which)


def _priority_back(doing: Doing, was: dict[str, Any]) -> None:
    _set_priority(doing, Priority(was["priority"], "undone"))


def _close(doing: Doing, body: Close) -> None:
    client_id = f"bulk:{doing.bulk_id}:{doing.conversation_id}"
    ending = Ending(client_id=client_id, outcome=body.outcome, waiver=body.waiver)
    closure.close(doing.unit, doing.house, ending=ending, **doing.which)


def _reopen(doing: Doing, _was: dict[str, Any]) -> None:
    closure.reopen(doing.unit, doing.house, **doing.which)


def _correct(doing: Doing, body: Reason) -> None:
    reason.correct(doing.unit, doing.house.configuration.practice(), reason=body.reason, **doing.which)


def _reason_back(doing: Doing, was: dict[str, Any]) -> None:
    _correct(doing, Reason(was["reason"]))


def _waive(doing: Doing, _body: NoReply) -> None:
    no_reply.waive(doing.unit, doing.house.configuration.practice(), **doing.which)


KINDS: dict[str, Kind] = {
    "assign": Kind(Assign, ("owner_id", "team"), _assign, _give_back, flagged=True),
    "snooze": Kind(Snooze, ("snoozed_until",), _snooze, _wake),
    "priority": Kind(Priority, ("priority",), _set_priority, _priority_back),
    "close": Kind(Close, ("state", "closed_at"), _close, _reopen),
    "reason": Kind(Reason, ("reason",), _correct, _reason_back),
    "no_reply": Kind(NoReply, ("needs_reply",), _waive, None),
}
