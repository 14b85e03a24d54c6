"""SQL of the inbox list: pages in index order, the rows behind ids, and counts that stop at a cap.

Every order and condition is spelled as its partial index spells it: with a bound value neither engine would use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import Boolean as SqlBoolean

from inbox.actors import Actor
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.tables import actors, arrivals, clocks, contact_points, messages, notes, patients, snoozes
from inbox.store.tables import conversations as c

#: A count stops here: "99+".
CAP = 100
#: How many rows near or over their deadline the pressure bars look at.
PRESSURE_CAP = 1000

IS_OPEN = c.c.state != literal_column("'closed'")
IS_CLOSED = c.c.state == literal_column("'closed'")
DUE_ORDER: ColumnElement[int] = literal_column("coalesce(conversations.due_at, 253402300799000000)", BigInteger())
#: `closed_at` as the number it is stored as: a cursor compares numbers.
_CLOSED_ORDER: ColumnElement[int] = literal_column("conversations.closed_at", BigInteger())

_in_quarantine = arrivals.c.state == literal_column("'quarantined'")
_quarantined = select(arrivals.c.id).where(arrivals.c.conversation_id == c.c.id, _in_quarantine).exists()
_holding_quarantined = select(arrivals.c.conversation_id).where(_in_quarantine, arrivals.c.conversation_id.is_not(None))
_is_live: ColumnElement[bool] = literal_column(
    "(clocks.state IN ('running','paused') OR (clocks.state = 'breached' AND clocks.met_at IS NULL"
    " AND clocks.stopped_at IS NULL))",
    SqlBoolean(),
)
#: Nobody has answered yet at all: the promise of a first reply still stands.
_first_owed = (
    select(clocks.c.id)
    .where(clocks.c.conversation_id == c.c.id, clocks.c.metric == literal_column("'first_response'"), _is_live)
    .correlate(c)
    .exists()
)
_sleeping = select(snoozes.c.conversation_id).where(snoozes.c.ended_at.is_(None))
_awake = c.c.snoozed_until.is_(None)


class Order(msgspec.Struct, frozen=True):
    """What a view is sorted by: `keys` are numbers, all ascending or, `newest_first`, all descending."""

    keys: tuple[ColumnElement[int], ...]
    newest_first: bool = False

    @property
    def by(self) -> list[ColumnElement[Any]]:
        """The ORDER BY terms."""
        return [key.desc() if self.newest_first else key for key in self.keys]

    def behind(self, after: tuple[int, ...]) -> ColumnElement[bool]:
        """Rows behind a cursor. The first key stands alone too: SQLite finds its place in the index only by that."""
        mine, theirs = tuple_(*self.keys), tuple_(*map(literal, after))
        if self.newest_first:
            return and_(self.keys[0] <= after[0], mine < theirs)
        return and_(self.keys[0] >= after[0], mine > theirs)


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


def order_of(view: str) -> Order:
    """Closed work by (closing, id) newest first, all work by id newest first, else by (priority, deadline, id)."""
    if view == "closed":
        return Order((_CLOSED_ORDER, c.c.id), newest_first=True)
    if view == "all":
        return Order((c.c.id,), newest_first=True)
    return Order((c.c.priority, DUE_ORDER, c.c.id))


def rows_of_page(
    reading: Reading,
    actor: Actor,
    wanted: Wanted,
    *,
    after: tuple[int, ...] | None,
    limit: int,
    backwards: bool = False,
) -> Sequence[Row[Any]]:
    """Up to `limit` rows behind the cursor, which holds the numbers of `order_of(kind)`, or with `backwards` the
    nearest before it; in the order of the list either way."""
    order = order_of(wanted.kind)
    walked = msgspec.structs.replace(order, newest_first=order.newest_first != backwards)
    page = _page(reading, actor, wanted, walked, after, limit).subquery("page")
    return reading.all(_rows().join(page, page.c.id == c.c.id).order_by(*order.by))


def rows_of_ids(reading: Reading, actor: Actor, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """The visible ones among these conversations, most urgent first."""
    found = _rows().where(c.c.id.in_(ids), sight.visible(actor))
    return reading.all(found.order_by(c.c.priority, DUE_ORDER, c.c.id))


def rows_by_ids(reading: Reading, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """These conversations, whoever may see them."""
    return reading.all(_by_ids, {"ids": ids})


def rows_where(reading: Reading, actor: Actor, condition: ColumnElement[bool], limit: int) -> Sequence[Row[Any]]:
    """The first visible rows of a small set (one patient's, one board's), earliest deadline first."""
    found = _rows().where(condition, sight.visible(actor))
    return reading.all(found.order_by(DUE_ORDER, c.c.id).limit(limit))


def mentions(reading: Reading, ids: Sequence[int]) -> dict[int, set[int]]:
    """Who was named in the notes of these conversations."""
    named: dict[int, set[int]] = {}
    for row in reading.all(_mentions_in, {"ids": list(ids)}):
        named.setdefault(row.conversation_id, set()).update(row.mentions)
    return named


def counts(reading: Reading, actor: Actor, asked: Mapping[str, Wanted]) -> dict[str, int]:
    """How many rows each list has, up to CAP, in one statement."""
    parts = []
    for name, wanted in asked.items():
        some = _page(reading, actor, wanted, order_of(wanted.kind), None, CAP).subquery()
        parts.append(select(literal(name, Text).label("name"), func.count().label("n")).select_from(some))
    return {row.name: row.n for row in reading.all(union_all(*parts))} if parts else {}


def matching(reading: Reading, actor: Actor, wanted: Wanted, limit: int) -> list[int]:
    """The ids of a whole list in its order, at most `limit`."""
    return [row.id for row in reading.all(_page(reading, actor, wanted, order_of(wanted.kind), None, limit))]


def places(reading: Reading, actor: Actor) -> tuple[list[str], list[str]]:
    """The locations and the languages of what is open in the viewer's sight."""
    of_open = select(c.c.location, c.c.language).where(IS_OPEN, sight.visible(actor)).distinct()
    found = reading.all(of_open)
    return sorted({row.location for row in found if row.location}), sorted({row.language for row in found} - {""})


def pressing(reading: Reading, actor: Actor, *, late: datetime, risk: datetime, soon: datetime) -> Sequence[Row[Any]]:
    """Per team how many deadlines lie up to `late`, up to `risk` and up to `soon`, of the PRESSURE_CAP nearest."""
    near = select(c.c.team, c.c.due_at).where(IS_OPEN, c.c.due_at.is_not(None), c.c.due_at <= soon)
    near = near.where(sight.visible_unindexed(actor), _awake).order_by(c.c.due_at, c.c.id).limit(PRESSURE_CAP)
    due = near.subquery()
    until_late, until_risk = (func.sum(case((due.c.due_at <= moment, 1), else_=0)) for moment in (late, risk))
    split = (
        until_late.label("late"),
        (until_risk - until_late).label("risk"),
        (func.count() - until_risk).label("soon"),
    )
    return reading.all(select(due.c.team, *split).group_by(due.c.team))


def _page(
    reading: Reading, actor: Actor, wanted: Wanted, order: Order, after: tuple[int, ...] | None, limit: int
) -> Select[Any]:
    """The ids of a page: each scope gives its first `limit` from an index, and the first of those are the page."""
    conditions = [*_conditions(reading, actor, wanted), *([order.behind(after)] if after else [])]
    keys = [key.label(f"key{place}") for place, key in enumerate(order.keys)]
    parts = [
        select(c.c.id, *keys).where(scope, *conditions).order_by(*order.by).limit(limit).subquery()
        for scope in _scopes(actor, wanted)
    ]
    every = union_all(*(select(part) for part in parts)).subquery("every")
    ranked = [every.c[key.name].desc() if order.newest_first else every.c[key.name] for key in keys]
    return select(every.c.id).order_by(*ranked).limit(limit)


def _scopes(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    """A view with an index of its own is read by that; the others team by team."""
    if not wanted.who and wanted.condition not in ("waiting", "snoozed"):
        return sight.scopes(actor, wanted.team)
    return [sight.visible_unindexed(actor)]


def _conditions(reading: Reading, actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
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
    return [*_who(actor, wanted.who), *_condition(wanted.condition), *narrowed, *named, *search]


#: Whose list it is, besides what state the work is in.
WHO = ("", "mine", "unassigned", "mentions", "unidentified", "quarantine")
#: In what state the work is: "awake" is open and not hidden, "any_open" also hidden, "any" whatever.
CONDITIONS = ("awake", "any_open", "waiting", "snoozed", "first_reply", "next_reply", "closed", "any", "none")


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
    owes = [IS_OPEN, c.c.state == literal_column("'open'"), _awake, c.c.needs_reply]
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "awake": [IS_OPEN, _awake],
        "any_open": [IS_OPEN],
        "waiting": [c.c.state == literal_column("'waiting'"), IS_OPEN, _awake],
        "snoozed": [c.c.id.in_(_sleeping), c.c.snoozed_until.is_not(None), IS_OPEN],
        "first_reply": [*owes, _first_owed],
        "next_reply": [*owes, not_(_first_owed)],
        "closed": [IS_CLOSED],
        "any": [],
        "none": [false()],
    }
    return conditions[condition]


_has_mentions = notes.c.mentions != literal_column("'[]'")
_mentions_in = select(notes.c.conversation_id, notes.c.mentions).where(
    _has_mentions, notes.c.conversation_id.in_(bindparam("ids", expanding=True))
)


def _mentioning(actor_id: int) -> Select[Any]:
    # ids stand in canonical JSON, "[1,22]": with the brackets made commas each is found whole
    listed = func.replace(func.replace(literal_column("notes.mentions", Text()), "[", ","), "]", ",")
    return select(notes.c.conversation_id).where(_has_mentions, listed.contains(f",{actor_id},"))


_owners = actors.alias("owners")
#: The one live clock that the conversation's deadline comes from.
_is_its_clock = and_(clocks.c.conversation_id == c.c.id, clocks.c.metric == c.c.due_metric, _is_live)


def _rows() -> Select[Any]:
    shown = (
        "id version channel reason reasons state priority flagged clinical sensitive subject subject_certainty"
        " sender_name team owner_id due_at due_metric last_at needs_reply unread snoozed_until closed_at marks"
        " subject_patient_id location language opened_at"
    )
    wanted = select(
        *(c.c[name] for name in shown.split()),
        DUE_ORDER.label("rank"),
        _CLOSED_ORDER.label("closed_rank"),
        patients.c.given,
        patients.c.family,
        patients.c.suffix,
        patients.c.preferred_name,
        contact_points.c.value.label("address"),
        contact_points.c.kind.label("address_kind"),
        _owners.c.name.label("owner_name"),
        messages.c["class"].label("last_class"),
        func.coalesce(messages.c.reply_text, messages.c.body).label("last_text"),
        clocks.c.started_at.label("clock_started_at"),
        clocks.c.state.label("clock_state"),
        _quarantined.label("quarantined"),
        _first_owed.label("first_owed"),
    )
    return wanted.select_from(
        c.outerjoin(patients, patients.c.id == c.c.subject_patient_id)
        .outerjoin(contact_points, contact_points.c.id == c.c.sender_contact_id)
        .outerjoin(_owners, _owners.c.id == c.c.owner_id)
        .outerjoin(messages, messages.c.id == c.c.last_message_id)
        .outerjoin(clocks, _is_its_clock)
    )


_by_ids = _rows().where(c.c.id.in_(bindparam("ids", expanding=True)))
