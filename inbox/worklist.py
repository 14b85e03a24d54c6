"""The inbox list: what is open (or closed) for one person, most urgent first, in pages. Refuses to show a word that the
viewer's role may not read: such fields are empty and `sight` says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from inbox.actors import TEAMS, Actor, Sight, Vis, can_see
from inbox.errors import Invalid
from inbox.store import journal
from inbox.store import worklist as store
from inbox.store.database import Reading
from patients.record import PersonName, fold, shown_name
from routing import reasons

#: The views of the rail; "queue:<team>" and "all" (every state, newest first) exist besides.
VIEWS = ("mine", "unassigned", "mentions", "waiting", "snoozed", "unidentified", "quarantine", "open", "closed")
#: How near a deadline is called soon and at risk, on the list, the pressure bars and the board alike.
SOON, RISK = timedelta(minutes=30), timedelta(minutes=10)
SNIPPET = 140
LARGEST_PAGE = 200


class Person(msgspec.Struct, frozen=True):
    """Someone who works here."""

    id: int
    name: str
    initials: str


class Row(msgspec.Struct, frozen=True):
    """A conversation as a list shows it. `key` sorts rows within their view as text and is the page cursor; `at` is the
    last word in either direction; `due_state` is "running", "paused" or "breached"; `queue` is the team."""

    id: int
    version: int
    key: str
    name: str
    certainty: str
    channel: str
    reason: str
    reason_label: str
    subject: str
    snippet: str
    state: str
    priority: int
    flagged: bool
    owner: Person | None
    queue: str
    due_at: datetime | None
    due_metric: str | None
    due_started_at: datetime | None
    due_state: str | None
    at: datetime
    needs_reply: bool
    unread: bool
    snoozed_until: datetime | None
    quarantined: bool
    marks: tuple[str, ...]
    sight: Sight
    clinical: bool = False
    patient_id: int | None = None
    mentioned: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()


Gathered = tuple[Any, tuple[int, ...]]


class Page(msgspec.Struct, frozen=True):
    """One page; `next` goes back as `after`, None at the end; `head` is the journal's newest seq in this snapshot."""

    items: tuple[Row, ...]
    next: str | None
    head: int


class Filters(msgspec.Struct, frozen=True):
    """Narrows a view; None means any. `owner` and `patient` are ids, `queue` a team, `q` words of a name, an address
    or a text, searched only where the viewer may read them."""

    state: str | None = None
    queue: str | None = None
    owner: int | None = None
    patient: int | None = None
    reason: str | None = None
    priority: int | None = None
    q: str = ""


def page(
    reading: Reading,
    *,
    actor: Actor,
    view: str = "open",
    filters: Filters | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of a view. Raises Invalid for an unknown view, filter value or cursor."""
    wanted = _wanted(view, filters or Filters())
    cursor = _cursor(after, wanted.view)
    limit = max(1, min(limit, LARGEST_PAGE))
    found = store.rows_of_page(reading, actor, wanted, after=cursor, limit=limit + 1)
    items = rows(reading, actor, found[:limit], view=wanted.view)
    return Page(items, items[-1].key if len(found) > limit else None, journal.head(reading.connection))


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
    return _row(actor, gathered[0], "open", gathered[1])


def views_of(row: Row, viewer: Actor) -> tuple[str, ...]:
    """The views that a row visible to `viewer` belongs to: the same rules as the pages, for the live list."""
    if row.state == "closed":
        return ("closed",)
    awake = row.snoozed_until is None
    holds = {
        "mine": awake and row.owner is not None and row.owner.id == viewer.id,
        "unassigned": awake and row.owner is None,
        "mentions": viewer.id in row.mentioned,
        "waiting": awake and row.state == "waiting",
        "snoozed": not awake,
        "unidentified": awake and row.certainty == "unknown",
        "quarantine": row.quarantined,
        "open": awake,
        f"queue:{row.queue}": awake,
    }
    return tuple(view for view, belongs in holds.items() if belongs)


def counts(reading: Reading, *, actor: Actor) -> dict[str, int]:
    """How many rows each view and each queue of the viewer holds; 100 means "99+"."""
    open_views = [view for view in VIEWS if view != "closed"]
    return store.counts(reading, actor, open_views, teams_of(actor))


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
    return tuple(_row(actor, fields, view, tuple(sorted(named.get(fields.id, ())))) for fields in found)


def reason_label(reason: str) -> str:
    """A taxonomy code as people say it: "appointment_change.cancel" reads "Change of appointment, cancel"."""
    base, _, sub = reason.partition(".")
    known = reasons.REASONS.get(base)
    name = known.en if known else base.replace("_", " ").capitalize()
    return f"{name}, {sub.replace('_', ' ')}" if sub else name


def person(actor_id: int | None, name: str | None) -> Person | None:
    """Someone who works here, None for nobody."""
    return None if actor_id is None else Person(actor_id, name or "", _initials(name or ""))


def _row(actor: Actor, fields: Any, view: str, mentioned: tuple[int, ...]) -> Row:
    sight = can_see(actor, Vis(fields.team, fields.owner_id, fields.clinical, fields.sensitive))
    words = sight.texts and last_readable(actor, fields)
    return Row(
        id=fields.id,
        version=fields.version,
        key=_key(view, fields),
        name=_name(fields) if sight.person else "",
        certainty=fields.subject_certainty,
        channel=fields.channel,
        reason=fields.reason,
        reason_label=reason_label(fields.reason),
        subject=fields.subject if sight.texts else "",
        snippet=shorten(fields.last_text or "", SNIPPET) if words else "",
        state=fields.state,
        priority=fields.priority,
        flagged=fields.flagged,
        owner=person(fields.owner_id, fields.owner_name),
        queue=fields.team,
        due_at=fields.due_at,
        due_metric=fields.due_metric,
        due_started_at=fields.clock_started_at,
        due_state=fields.clock_state,
        at=fields.last_at,
        needs_reply=fields.needs_reply,
        unread=fields.unread,
        snoozed_until=fields.snoozed_until,
        quarantined=bool(fields.quarantined),
        marks=tuple(fields.marks),
        sight=sight,
        clinical=fields.clinical,
        patient_id=fields.subject_patient_id if sight.person else None,
        mentioned=mentioned,
        reasons=tuple(fields.reasons),
    )


def last_readable(actor: Actor, fields: Any) -> bool:
    """Whether the last message, whose class may be stricter than its conversation's, may be shown."""
    clinical = fields.clinical or fields.last_class == "clinical"
    return can_see(actor, Vis(fields.team, fields.owner_id, clinical, fields.sensitive)).texts


def shorten(text: str, length: int) -> str:
    """The first words on one line, at most `length` characters."""
    line = " ".join(text[: length * 4].split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _name(fields: Any) -> str:
    """The patient's name as certain as it is; for nobody's, what the sender calls themselves or their address."""
    if fields.subject_certainty == "unknown" or fields.subject_patient_id is None:
        return fields.sender_name or _shown_address(fields) or "Unidentified"
    name = PersonName(tuple(fields.given.split()), fields.family, fields.suffix, fields.preferred_name)
    return shown_name(name, fields.subject_certainty)


def _shown_address(fields: Any) -> str:
    """A chat session's id is half of a secret: its visitor is told apart by the first letters."""
    return f"Visitor {fields.address[:4]}" if fields.address_kind == "chat" else fields.address or ""


def _initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0].upper() for word in (words[:1] + words[1:][-1:]))


#: Newest first as ascending text: the distance to a moment that never comes.
_FAR = 10**18


def _key(view: str, fields: Any) -> str:
    if view == "closed":
        return f"{_FAR - fields.closed_rank:018d}.{_FAR - fields.id:018d}"
    if view == "all":
        return f"{_FAR - fields.id:018d}"
    return f"{fields.priority}.{fields.rank:018d}.{fields.id:018d}"


def _cursor(after: str | None, view: str) -> tuple[int, ...] | None:
    """The numbers of a key. Raises Invalid for text that is none of this view's."""
    if not after:
        return None
    parts = after.split(".")
    order = store.order_of(view)
    if len(parts) != len(order.keys) or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise Invalid("This page does not exist.", fields={"after": "send back `next` as it came"})
    if not order.newest_first and len(parts[0]) > 1:  # a priority is one digit
        raise Invalid("This page does not exist.", fields={"after": "send back `next` as it came"})
    return tuple(_FAR - int(part) if order.newest_first else int(part) for part in parts)


def _wanted(view: str, filters: Filters) -> store.Wanted:
    kind, _, team = view.partition(":")
    if kind == "queue":
        filters, kind = msgspec.structs.replace(filters, queue=team), "open"
    if filters.state == "closed" and kind == "open":
        kind = "closed"
    if kind not in (*VIEWS, "all"):
        raise Invalid("There is no such view.", fields={"view": ", ".join(VIEWS)})
    return store.Wanted(
        view=kind,
        state=filters.state,
        team=filters.queue,
        owner=filters.owner,
        patient=filters.patient,
        reason=filters.reason,
        priority=filters.priority,
        raw=filters.q.strip(),
        words=fold(filters.q),
        digits="".join(letter for letter in filters.q if letter.isascii() and letter.isdigit()),
    )


def plain(row: Row) -> dict[str, Any]:
    """A row as the JSON API lists it, with the names of the whole conversation."""
    found: dict[str, Any] = msgspec.to_builtins(row)
    found["patient"] = (
        {"id": row.patient_id, "name": row.name, "certainty": row.certainty} if row.patient_id is not None else None
    )
    return found
