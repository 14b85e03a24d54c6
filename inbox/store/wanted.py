"""What a list is narrowed to, whose work, in what state, of which place, and the SQL conditions that this becomes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Boolean as SqlBoolean
from sqlalchemy import ColumnElement, Select, Text, false, func, literal_column, not_, or_, select

from inbox.actors import Actor
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.list_order import IS_CLOSED, IS_OPEN
from inbox.store.tables import arrivals, clocks, notes, snoozes
from inbox.store.tables import conversations as c

#: Whose list it is, besides what state the work is in.
WHO = ("", "mine", "unassigned", "mentions", "unidentified", "quarantine")
#: In what state the work is: "awake" is open and not hidden, "any_open" also hidden, "any" whatever.
CONDITIONS = ("awake", "any_open", "waiting", "snoozed", "first_reply", "next_reply", "closed", "any", "none")

IN_QUARANTINE = arrivals.c.state == literal_column("'quarantined'")
_holding_quarantined = select(arrivals.c.conversation_id).where(IN_QUARANTINE, arrivals.c.conversation_id.is_not(None))
IS_LIVE: ColumnElement[bool] = literal_column(
    "(clocks.state IN ('running','paused') OR (clocks.state = 'breached' AND clocks.met_at IS NULL"
    " AND clocks.stopped_at IS NULL))",
    SqlBoolean(),
)
#: Nobody has answered yet at all: the promise of a first reply still stands.
FIRST_OWED = (
    select(clocks.c.id)
    .where(clocks.c.conversation_id == c.c.id, clocks.c.metric == literal_column("'first_response'"), IS_LIVE)
    .correlate(c)
    .exists()
)
_sleeping = select(snoozes.c.conversation_id).where(snoozes.c.ended_at.is_(None))
AWAKE = c.c.snoozed_until.is_(None)
HAS_MENTIONS = notes.c.mentions != literal_column("'[]'")


class Wanted(msgspec.Struct, frozen=True):
    """What a page asks for, for SQL and for `worklist.holds` alike. `kind` sorts; `who` and `condition` are one of WHO
    and CONDITIONS; `age` is how long ago it was opened at least; `q` are words to look for and `found` the
    conversations that they find, which the caller asks `inbox/matching`."""

    kind: str = "open"
    who: str = ""
    condition: str = "awake"
    state: str | None = None
    team: str | None = None
    owner: int | None = None
    unowned: bool = False
    patient: int | None = None
    reason: str | None = None
    priority: int | None = None
    channel: str | None = None
    location: str | None = None
    language: str | None = None
    age: timedelta | None = None
    q: str = ""
    found: tuple[int, ...] | None = None


def conditions(reading: Reading, actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    """All that must hold of a row, besides that the viewer sees it."""
    equal: list[tuple[Any, Any]] = [
        (c.c.state, wanted.state),
        (c.c.team, wanted.team),
        (c.c.owner_id, wanted.owner),
        (c.c.subject_patient_id, wanted.patient),
        (c.c.priority, wanted.priority),
        (c.c.channel, wanted.channel),
        (c.c.location, wanted.location),
        (c.c.language, wanted.language),
    ]
    narrowed = [column == value for column, value in equal if value is not None]
    if wanted.unowned:
        narrowed.append(c.c.owner_id.is_(None))
    if wanted.reason is not None:
        narrowed.append(or_(c.c.reason == wanted.reason, c.c.reason.startswith(f"{wanted.reason}.", autoescape=True)))
    if wanted.age is not None:
        narrowed.append(c.c.opened_at <= reading.now - wanted.age)
    # asking for one patient's work tells whose it is
    named = [sight.person_visible(actor)] if wanted.patient is not None else []
    search = [c.c.id.in_(wanted.found)] if wanted.found is not None else []
    # what was merged is found in its survivor
    whole = c.c.merged_into.is_(None)
    return [whole, *_who(actor, wanted.who), *_condition(wanted.condition), *narrowed, *named, *search]


def _who(actor: Actor, who: str) -> list[ColumnElement[bool]]:
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "": [],
        "mine": [c.c.owner_id == actor.id],
        "unassigned": [c.c.owner_id.is_(None)],
        "mentions": [c.c.id.in_(_mentioning(actor.id))],
        "unidentified": [c.c.subject_certainty == literal_column("'unknown'")],
        "quarantine": [c.c.id.in_(_holding_quarantined)],
    }
    return conditions[who]


def _condition(condition: str) -> list[ColumnElement[bool]]:
    owes = [IS_OPEN, c.c.state == literal_column("'open'"), AWAKE, c.c.needs_reply]
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "awake": [IS_OPEN, AWAKE],
        "any_open": [IS_OPEN],
        "waiting": [c.c.state == literal_column("'waiting'"), IS_OPEN, AWAKE],
        "snoozed": [c.c.id.in_(_sleeping), c.c.snoozed_until.is_not(None), IS_OPEN],
        "first_reply": [*owes, FIRST_OWED],
        "next_reply": [*owes, not_(FIRST_OWED)],
        "closed": [IS_CLOSED],
        "any": [],
        "none": [false()],
    }
    return conditions[condition]


def _mentioning(actor_id: int) -> Select[Any]:
    # ids stand in canonical JSON, "[1,22]": with the brackets made commas each is found whole
    listed = func.replace(func.replace(literal_column("notes.mentions", Text()), "[", ","), "]", ",")
    return select(notes.c.conversation_id).where(HAS_MENTIONS, listed.contains(f",{actor_id},"))
