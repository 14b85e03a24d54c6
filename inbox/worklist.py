"""The inbox list: what is open (or closed) for one person, most urgent first, in pages. Refuses to show a word that the
viewer's role may not read: such fields are empty and `sight` says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from inbox import views
from inbox.actors import TEAMS, Actor, Vis, can_see
from inbox.errors import Invalid
from inbox.filters import Filters
from inbox.matching import conversations as found_by
from inbox.row import FAR, SNIPPET, Person, Row, last_readable, person, reason_label, shorten
from inbox.row import of as row_of
from inbox.store import journal
from inbox.store import worklist as store
from inbox.store.database import Reading
from inbox.store.list_order import order_of
from inbox.store.wanted import Wanted
from inbox.views import VIEWS, lists_of, views_of

#: How near a deadline is called soon and at risk, on the list, the pressure bars and the board alike.
SOON, RISK = timedelta(minutes=30), timedelta(minutes=10)
LARGEST_PAGE = 200
__all__ = [
    "SNIPPET",
    "VIEWS",
    "Filters",
    "Person",
    "Row",
    "last_readable",
    "lists_of",
    "person",
    "reason_label",
    "shorten",
    "views_of",
]


Gathered = tuple[Any, tuple[int, ...]]


class Page(msgspec.Struct, frozen=True):
    """One page; `next` goes back as `after`, None at the end, `earlier` as `before`, None at the beginning; `head` is
    the journal's newest seq in this snapshot."""

    items: tuple[Row, ...]
    next: str | None
    head: int
    earlier: str | None = None


def page(
    reading: Reading,
    *,
    actor: Actor,
    view: str = "open",
    filters: Filters | None = None,
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of a view, behind the cursor `after` or ahead of `before`. Raises Invalid for an unknown view, filter
    value or cursor."""
    wanted = _sought(reading, actor, views.want(view, filters or Filters()))
    cursor = _cursor(before or after, wanted.kind)
    limit = max(1, min(limit, LARGEST_PAGE))
    up = before is not None
    found = store.rows_of_page(reading, actor, wanted, after=cursor, limit=limit + 1, backwards=up)
    more = len(found) > limit
    kept = found[-limit:] if up else found[:limit]
    items = rows(reading, actor, kept, view=wanted.kind)
    following = items and (more or up)
    earlier = items and (more if up else cursor is not None)
    return Page(
        items,
        items[-1].key if following else None,
        journal.head(reading.connection),
        items[0].key if earlier else None,
    )


def _sought(reading: Reading, actor: Actor, wanted: Wanted) -> Wanted:
    """What a page asks for, with the conversations that its words find."""
    if not wanted.q:
        return wanted
    return msgspec.structs.replace(wanted, found=found_by(reading, actor, wanted.q))


def row(reading: Reading, *, actor: Actor, conversation_id: int) -> Row | None:
    """One conversation's row as it sorts in the open views; None out of scope."""
    found = rows(reading, actor, store.rows_of_ids(reading, actor, [conversation_id]))
    return found[0] if found else None


def gather(reading: Reading, ids: Collection[int]) -> dict[int, Gathered]:
    """What the rows of these conversations are made of, whoever may see them: for `show`, once per kind of sight."""
    found = store.rows_by_ids(reading, list(ids))
    named = store.mentions(reading, [fields.id for fields in found]) if found else {}
    return {fields.id: (fields, tuple(sorted(named.get(fields.id, ())))) for fields in found}


def show(actor: Actor, gathered: Gathered) -> Row:
    """A gathered row within the viewer's sight, as it sorts in the open views. The caller knows that it may be
    listed."""
    return row_of(actor, gathered[0], "open", gathered[1])


def counts(reading: Reading, *, actor: Actor, lists: Mapping[str, str] | None = None) -> dict[str, int]:
    """How many rows each view and each queue of the viewer holds, and each of `lists`, named lists in the spelling of
    `filters.canonical`; 100 means "99+"."""
    asked = {view: wanted for view, wanted in views.BY_NAME.items() if view != "closed"}
    asked |= {f"queue:{team}": views.queue(team) for team in teams_of(actor)}
    for name, query in (lists or {}).items():
        wanted = views.asked(query, actor.id)
        if wanted is not None:
            asked[name] = wanted
    return store.counts(reading, actor, asked)


def matching(reading: Reading, *, actor: Actor, view: str, filters: Filters, limit: int) -> list[int]:
    """The ids of a whole list, most urgent first, at most `limit`: what an act on all of them is about."""
    return store.matching(reading, actor, _sought(reading, actor, views.want(view, filters)), limit)


def pressure(reading: Reading, *, actor: Actor) -> dict[str, tuple[int, int, int]]:
    """Per queue of the viewer: work due soon, at risk, late. Looks at the 1,000 nearest deadlines."""
    now = reading.now
    near = store.pressing(reading, actor, late=now, risk=now + RISK, soon=now + SOON)
    return dict.fromkeys(teams_of(actor), (0, 0, 0)) | {row.team: (row.soon, row.risk, row.late) for row in near}


def urgency(due_at: datetime | None, now: datetime) -> str:
    """ "late" from the deadline on, "risk" in the last 10 minutes, "soon" in the last 30, else "calm"."""
    if due_at is None or due_at > now + SOON:
        return "calm"
    if due_at <= now:
        return "late"
    return "risk" if due_at <= now + RISK else "soon"


def teams_of(actor: Actor) -> tuple[str, ...]:
    """The queues in a person's rail: their own, or all for those who see all."""
    everywhere = can_see(actor, Vis(team="")).operational
    return TEAMS if everywhere else tuple(team for team in TEAMS if team in actor.teams)


def rows(reading: Reading, actor: Actor, found: Sequence[Any], *, view: str = "open") -> tuple[Row, ...]:
    """Rows as this viewer may see them, in the order found."""
    named = store.mentions(reading, [fields.id for fields in found]) if found else {}
    return tuple(row_of(actor, fields, view, tuple(sorted(named.get(fields.id, ())))) for fields in found)


def _cursor(after: str | None, view: str) -> tuple[int, ...] | None:
    """The numbers of a key. Raises Invalid for text that is none of this view's."""
    if not after:
        return None
    parts = after.split(".")
    order = order_of(view)
    if len(parts) != len(order.keys) or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise Invalid("This page does not exist.", fields={"after": "send back `next` as it came"})
    if not order.newest_first and len(parts[0]) > 1:  # a priority is one digit
        raise Invalid("This page does not exist.", fields={"after": "send back `next` as it came"})
    return tuple(FAR - int(part) if order.newest_first else int(part) for part in parts)


def plain(row: Row) -> dict[str, Any]:
    """A row as the JSON API lists it, with the names of the whole conversation."""
    found: dict[str, Any] = msgspec.to_builtins(row)
    found["patient"] = (
        {"id": row.patient_id, "name": row.name, "certainty": row.certainty} if row.patient_id is not None else None
    )
    return found
