"""SQL of the inbox list: pages in index order, the rows behind ids, and counts that stop at a cap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, Text, bindparam, case, func, literal, select, union_all

from inbox.actors import Actor
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.list_order import DUE_ORDER, IS_OPEN, Order, order_of
from inbox.store.list_row import rows
from inbox.store.tables import conversations as c
from inbox.store.tables import notes
from inbox.store.wanted import AWAKE, HAS_MENTIONS, Wanted, conditions

#: A count stops here: "99+".
CAP = 100
#: How many rows near or over their deadline the pressure bars look at.
PRESSURE_CAP = 1000

_by_ids = rows().where(c.c.id.in_(bindparam("ids", expanding=True)))
_mentions_in = select(notes.c.conversation_id, notes.c.mentions).where(
    HAS_MENTIONS, notes.c.conversation_id.in_(bindparam("ids", expanding=True))
)


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
    return reading.all(rows().join(page, page.c.id == c.c.id).order_by(*order.by))


def rows_of_ids(reading: Reading, actor: Actor, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """The visible ones among these conversations, most urgent first."""
    found = rows().where(c.c.id.in_(ids), sight.visible(actor))
    return reading.all(found.order_by(c.c.priority, DUE_ORDER, c.c.id))


def rows_by_ids(reading: Reading, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """These conversations, whoever may see them."""
    return reading.all(_by_ids, {"ids": ids})


def rows_where(reading: Reading, actor: Actor, condition: ColumnElement[bool], limit: int) -> Sequence[Row[Any]]:
    """The first visible rows of a small set (one patient's, one board's), earliest deadline first."""
    found = rows().where(condition, sight.visible(actor))
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
    near = near.where(sight.visible_unindexed(actor), AWAKE).order_by(c.c.due_at, c.c.id).limit(PRESSURE_CAP)
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
    asked = [*conditions(reading, actor, wanted), *([order.behind(after)] if after else [])]
    keys = [key.label(f"key{place}") for place, key in enumerate(order.keys)]
    parts = [
        select(c.c.id, *keys).where(scope, *asked).order_by(*order.by).limit(limit).subquery()
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
