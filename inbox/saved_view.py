"""Filters kept under a name: one's own, or a team's, which only a supervisor makes. Keeps codes, never words.

Whose rows it counts is decided for whoever looks: the same view of a team holds other rows for other people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import filters, views
from inbox.actors import TEAMS, Actor, Permission, may
from inbox.errors import Forbidden, Invalid, NotFound
from inbox.store import preferences
from inbox.store import saved_views as store
from inbox.store.database import Reading, Transaction
from inbox.worklist import teams_of

LONGEST, MOST = 40, 30
#: Where a person's own order of them stands among their settings.
ORDER = "view_order"


class Saved(msgspec.Struct, frozen=True):
    """A saved view; `query` is in the spelling of `filters.canonical`, `mine` whether this person may change it."""

    id: int
    name: str
    query: str
    team: str | None
    mine: bool


def listed(reading: Reading, *, actor: Actor) -> tuple[Saved, ...]:
    """One's own and those of one's teams, in one's own order; new ones last."""
    order = {view_id: place for place, view_id in enumerate(preferences.of(reading, actor.id).get(ORDER, []))}
    rows = sorted(store.of(reading, actor.id, teams_of(actor)), key=lambda row: order.get(row.id, len(order)))
    return tuple(Saved(row.id, row.name, row.query["list"], row.team, _may_change(actor, row)) for row in rows[:MOST])


def queries(saved: Sequence[Saved]) -> dict[str, str]:
    """What each of them asks for, under the name that its count has on a screen."""
    return {f"saved:{one.id}": one.query for one in saved}


def save(unit: Transaction, *, actor: Actor, name: str, query: str, team: str | None = None) -> int:
    """Keeps a list under a name, for oneself or (a supervisor) for a team; answers its id."""
    kept = _kept(query, actor)
    _check_name(name)
    if team is not None and team not in TEAMS:
        raise Invalid(fields={"team": f"one of {', '.join(TEAMS)}"})
    if team is not None and not may(actor, Permission.ASSIGN_OTHERS):
        raise Forbidden("Only a supervisor makes a view for a team.")
    if len(store.of(unit, actor.id, teams_of(actor))) >= MOST:
        raise Invalid(fields={"name": f"there are {MOST} views already; remove one first"})
    owner = actor.id if team is None else None
    view_id = store.add(unit, owner_id=owner, team=team, name=name.strip(), query={"list": kept})
    unit.record("saved_view.saved", actor_id=actor.id, details={"view": view_id, "team": team, "list": kept})
    return view_id


def change(unit: Transaction, *, actor: Actor, view_id: int, name: str | None = None, query: str | None = None) -> None:
    """Another name, other filters, or both."""
    row = _changeable(unit, actor, view_id)
    values: dict[str, Any] = {}
    if name is not None:
        _check_name(name)
        values["name"] = name.strip()
    if query is not None:
        values["query"] = {"list": _kept(query, actor)}
    store.change(unit, row, **values)
    told = {"view": view_id, "fields": sorted(values), **values.get("query", {})}
    unit.record("saved_view.changed", actor_id=actor.id, details=told)


def remove(unit: Transaction, *, actor: Actor, view_id: int) -> None:
    """Takes it out of everybody's list; `restore` puts it back."""
    row = _changeable(unit, actor, view_id)
    if row.removed_at is None:
        store.change(unit, row, removed_at=unit.now)
        unit.record("saved_view.removed", actor_id=actor.id, details={"view": view_id})


def restore(unit: Transaction, *, actor: Actor, view_id: int) -> None:
    """Undoes a removal."""
    row = _changeable(unit, actor, view_id)
    if row.removed_at is not None:
        store.change(unit, row, removed_at=None)
        unit.record("saved_view.restored", actor_id=actor.id, details={"view": view_id})


def arrange(unit: Transaction, *, actor: Actor, ids: Sequence[int]) -> None:
    """One's own order of the views one sees; ids of others are left out."""
    seen = {row.id for row in store.of(unit, actor.id, teams_of(actor))}
    order = [view_id for view_id in dict.fromkeys(ids) if view_id in seen]
    preferences.set_all(unit, actor.id, preferences.held(unit, actor.id) | {ORDER: order})
    unit.record("preferences.changed", actor_id=actor.id, details={"names": [ORDER]})


def _changeable(unit: Transaction, actor: Actor, view_id: int) -> Row[Any]:
    row = store.held(unit, view_id)
    if row is None or not (row.owner_id == actor.id or row.team in teams_of(actor)):
        raise NotFound("There is no such view.")
    if not _may_change(actor, row):
        raise Forbidden("Only a supervisor changes a view of a team.")
    return row


def _may_change(actor: Actor, row: Row[Any]) -> bool:
    return bool(row.owner_id == actor.id) or (row.team is not None and may(actor, Permission.ASSIGN_OTHERS))


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST or not name.isprintable():
        raise Invalid(fields={"name": f"1 to {LONGEST} characters"})


def _kept(query: str, actor: Actor) -> str:
    """The one spelling, once it is known to be a list."""
    view, codes = filters.parse(query)
    views.want(view, filters.read(codes, viewer_id=actor.id))
    return filters.canonical(view, codes)
