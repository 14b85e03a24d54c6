"""The inbox: a view's list, and beside it an open conversation."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from inbox import worklist
from inbox.actors import Actor
from inbox.house import House
from inbox.store.database import Reading
from ui.guards import Caller
from ui.screen import AnyRequest, is_piece, note_access, show


@get("/", sync_to_thread=False)
def home() -> Redirect:
    """The inbox is home."""
    return Redirect("/inbox")


@get("/inbox", sync_to_thread=True)
def inbox(
    request: AnyRequest,
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    view: FromQuery[str] = "",
    q: FromQuery[str] = "",
    after: FromQuery[str | None] = None,
) -> Response[str]:
    """A view with nothing open; a piece asks for the next page of rows only."""
    with house.database.snapshot() as reading:
        now = reading.now
        context = sidebar(reading, caller.actor, view=view, q=q, after=after)
    listed: worklist.Page = context["listed"]
    note_listed(request, house, caller, listed, q)
    template = "fragments/rows.html" if is_piece(request) else "inbox.html"
    return show(
        request, house, caller, template, now=now, seq=listed.head, current="inbox", view=None, panel=None, **context
    )


def sidebar(reading: Reading, actor: Actor, *, view: str, q: str = "", after: str | None = None) -> dict[str, Any]:
    """The list and the views beside it, in one snapshot. Without a view: one's own queue, or all that is open."""
    counts = worklist.counts(reading, actor=actor)
    chosen = view or ("mine" if counts.get("mine") else "open")
    filters = worklist.Filters(q=q)
    listed = worklist.page(reading, actor=actor, view=chosen, filters=filters, after=after)
    pressure = worklist.pressure(reading, actor=actor)
    return {"listed": listed, "current_view": chosen, "counts": counts, "pressure": pressure, "q": q}


def note_listed(request: AnyRequest, house: House, caller: Caller, listed: worklist.Page, q: str) -> None:
    """The access row of a list: the conversations whose people it names."""
    named = [row.id for row in listed.items if row.sight.person]
    if named:
        note_access(
            request,
            house,
            caller,
            object="worklist",
            object_id=None,
            patient_id=None,
            conversation_id=None,
            how="searched" if q else "listed",
            ids=named,
        )


HANDLERS = [home, inbox]
