"""Lists kept under a name: one's own and those of one's teams."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import saved_view, worklist
from inbox.house import House
from ui.api.acting import Act
from ui.guards import Caller

ONE = "/saved-views/{view_id:int}"


class Keeping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`query` as in the list's address, "view=open&channel=sms"; with `team` for all of a team."""

    name: str
    query: str
    team: str | None = None


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not given stays."""

    name: str | None = None
    query: str | None = None


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ids from the top down."""

    ids: tuple[int, ...]


@get("/saved-views", sync_to_thread=True)
def saved_views(house: NamedDependency[House], caller: NamedDependency[Caller]) -> dict[str, Any]:
    """All that the caller has, each with how many rows it holds for them (100 means more)."""
    with house.database.snapshot() as reading:
        found = saved_view.listed(reading, actor=caller.actor)
        counts = worklist.counts(reading, actor=caller.actor, lists=saved_view.queries(found))
    return {"items": [msgspec.to_builtins(one) | {"count": counts.get(f"saved:{one.id}", 0)} for one in found]}


@post("/saved-views", sync_to_thread=True, status_code=201)
def keep(data: JSONBody[Keeping], acting: NamedDependency[Act]) -> Response[Any]:
    """Keeps a list under a name."""
    named: dict[str, Any] = {"name": data.name, "query": data.query, "team": data.team}
    view_id = acting.once(data, lambda unit: saved_view.save(unit, actor=acting.caller.actor, **named))
    return Response({"id": view_id}, status_code=201)


@patch(ONE, sync_to_thread=True, status_code=204)
def change(view_id: FromPath[int], data: JSONBody[Change], acting: NamedDependency[Act]) -> None:
    """Renames it or gives it other filters."""
    asked: dict[str, Any] = {"view_id": view_id, "name": data.name, "query": data.query}
    acting.once(data, lambda unit: saved_view.change(unit, actor=acting.caller.actor, **asked))


@post(f"{ONE}/removal", sync_to_thread=True, status_code=204)
def remove(view_id: FromPath[int], acting: NamedDependency[Act]) -> None:
    """Takes it away."""
    acting.once(None, lambda unit: saved_view.remove(unit, actor=acting.caller.actor, view_id=view_id))


@delete(f"{ONE}/removal", sync_to_thread=True, status_code=204)
def restore(view_id: FromPath[int], acting: NamedDependency[Act]) -> None:
    """Puts it back."""
    acting.once(None, lambda unit: saved_view.restore(unit, actor=acting.caller.actor, view_id=view_id))


@put("/saved-views/order", sync_to_thread=True, status_code=204)
def arrange(data: JSONBody[Order], acting: NamedDependency[Act]) -> None:
    """The caller's own order."""
    acting.once(data, lambda unit: saved_view.arrange(unit, actor=acting.caller.actor, ids=data.ids))


ACTS = [saved_views, keep, change, remove, restore, arrange]
