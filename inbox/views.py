"""The views of the inbox and what narrows them, compiled once for two readers: SQL for pages and counts, `holds` for
the rows that the live socket pushes. Refuses a view or a code that is none.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

import msgspec

from inbox.actors import Actor
from inbox.errors import Invalid
from inbox.filters import AGES, Filters, check, parse, read
from inbox.row import Row
from inbox.store.wanted import Wanted

#: The views of the rail; "queue:<team>" and "all" (every state, newest first) exist besides.
VIEWS = ("mine", "unassigned", "mentions", "waiting", "snoozed", "unidentified", "quarantine", "open", "closed")
#: Whose list each view is, and in what state the work in it is unless a filter says otherwise.
BY_NAME: dict[str, Wanted] = {
    "mine": Wanted(who="mine"),
    "unassigned": Wanted(who="unassigned"),
    "mentions": Wanted(who="mentions", condition="any_open"),
    "waiting": Wanted(condition="waiting"),
    "snoozed": Wanted(condition="snoozed"),
    "unidentified": Wanted(who="unidentified"),
    "quarantine": Wanted(who="quarantine", condition="any_open"),
    "open": Wanted(),
    "closed": Wanted(kind="closed", condition="closed"),
}
_ALL = Wanted(kind="all", condition="any")


def queue(team: str) -> Wanted:
    """What is open of one team."""
    return Wanted(team=team)


def want(view: str, filters: Filters) -> Wanted:
    """What a view and its filters ask for. Raises Invalid for a view or a value that is none."""
    kind, _, team = view.partition(":")
    if kind == "queue":
        filters, kind = msgspec.structs.replace(filters, queue=team), "open"
    base = _ALL if kind == "all" else BY_NAME.get(kind)
    if base is None:
        raise Invalid("There is no such view.", fields={"view": ", ".join((*VIEWS, "queue:TEAM"))})
    check({"state": filters.state, "queue": filters.queue, "channel": filters.channel, "age": filters.age})
    return msgspec.structs.replace(
        _in_state(base, filters.state),
        team=filters.queue,
        owner=filters.owner,
        unowned=filters.unowned,
        patient=filters.patient,
        reason=filters.reason,
        priority=filters.priority,
        channel=filters.channel,
        location=filters.location,
        language=filters.language,
        age=AGES[filters.age] if filters.age else None,
        q=filters.q.strip(),
    )


def _in_state(base: Wanted, state: str | None) -> Wanted:
    """A filter on the state takes the place of the view's own, unless the view is that of one state."""
    replace, state = msgspec.structs.replace, "closed" if state == "done" else state
    if state is None or state == base.condition:
        return base
    if base.kind == "all" and state in ("open", "waiting", "closed"):
        return replace(base, state=state)
    if base.condition in ("waiting", "snoozed", "closed"):  # no work is in two of these states
        return replace(base, condition="none")
    if state == "closed":
        return replace(base, kind="closed", condition="closed")
    return replace(base, condition="awake", state="open") if state == "open" else replace(base, condition=state)


def views_of(row: Row, viewer: Actor) -> tuple[str, ...]:
    """The views that a row visible to `viewer` belongs to: the same rules as the pages, for the live list."""
    every = [*BY_NAME.items(), (f"queue:{row.queue}", queue(row.queue))]
    return tuple(view for view, wanted in every if _is_in(row, viewer, wanted))


def lists_of(row: Row, viewer: Actor, topics: Collection[str], now: datetime) -> tuple[str, ...]:
    """`views_of`, and of the narrowed lists that a screen follows ("inbox:f:" and `filters.canonical`) those that the
    row belongs to. A topic that is none is nobody's list."""
    narrowed = [topic.removeprefix("inbox:") for topic in topics if topic.startswith("inbox:f:")]
    held = (name for name in narrowed if (wanted := asked(name, viewer.id)) and holds(row, viewer, wanted, now))
    return (*views_of(row, viewer), *sorted(held))


def holds(row: Row, viewer: Actor, wanted: Wanted, now: datetime) -> bool:
    """Whether a row visible to `viewer` is in the list: the twin of the SQL of `store/worklist`, but for words and
    patients. A property test holds the two equal."""
    equal: tuple[tuple[object, object], ...] = (
        (wanted.state, row.state),
        (wanted.team, row.queue),
        (wanted.owner, row.owner.id if row.owner else None),
        (wanted.priority, row.priority),
        (wanted.channel, row.channel),
        (wanted.location, row.location),
        (wanted.language, row.language),
    )
    return (
        _is_in(row, viewer, wanted)
        and all(asked is None or asked == is_ for asked, is_ in equal)
        and not (wanted.unowned and row.owner)
        and (wanted.reason is None or row.reason == wanted.reason or row.reason.startswith(f"{wanted.reason}."))
        and (wanted.age is None or (row.opened_at is not None and row.opened_at <= now - wanted.age))
    )


def _is_in(row: Row, viewer: Actor, wanted: Wanted) -> bool:
    """Whose list it is, and in what state the work is."""
    whose = {
        "": True,
        "mine": row.owner is not None and row.owner.id == viewer.id,
        "unassigned": row.owner is None,
        "mentions": viewer.id in row.mentioned,
        "unidentified": row.certainty == "unknown",
        "quarantine": row.quarantined,
    }
    is_open, awake = row.state != "closed", row.snoozed_until is None
    state = {
        "awake": is_open and awake,
        "any_open": is_open,
        "waiting": row.state == "waiting" and awake,
        "snoozed": is_open and not awake,
        "first_reply": row.state == "open" and awake and row.needs == "first_reply",
        "next_reply": row.state == "open" and awake and row.needs == "next_reply",
        "closed": not is_open,
        "any": True,
        "none": False,
    }
    return whose[wanted.who] and state[wanted.condition]


@lru_cache(maxsize=4096)
def asked(name: str, viewer_id: int) -> Wanted | None:
    """The list that an address or a topic names in the spelling of `filters.canonical`; None for what is none."""
    try:
        view, codes = parse(name.removeprefix("f:"))
        return want(view, read(codes, viewer_id=viewer_id))
    except Invalid:
        return None
