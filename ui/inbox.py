"""The inbox: a view's list, what narrows it, and beside it an open conversation."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from inbox import filters, first_steps, saved_view, worklist
from inbox.actors import Actor, Permission, may
from inbox.house import House
from inbox.store import accounts, drafts
from inbox.store import worklist as store
from inbox.store.database import Reading
from routing.reasons import REASONS
from ui import listing, words
from ui.guards import Caller
from ui.listing import Desk
from ui.screen import AnyRequest, is_piece, note_access, note_words, show


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
    after: FromQuery[str | None] = None,
    before: FromQuery[str | None] = None,
) -> Response[str]:
    """A view with nothing open; a piece asks for another page of rows only. The codes of `filters.CODES` narrow it."""
    codes = codes_of(request)
    with house.database.snapshot() as reading:
        now = reading.now
        context = sidebar(reading, caller.actor, view=view, after=after, before=before, codes=codes)
        context["first_steps"] = first_steps.first_steps(reading, actor=caller.actor)
    listed: worklist.Page = context["listed"]
    note_listed(request, house, caller, listed, "")
    template = "fragments/rows.html" if is_piece(request) else "inbox.html"
    return show(
        request, house, caller, template, now=now, seq=listed.head, current="inbox", view=None, panel=None, **context
    )


@get("/inbox/filters", sync_to_thread=True)
def narrowing(
    request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller], view: FromQuery[str] = "open"
) -> Response[str]:
    """The form that narrows a list, fetched when it is opened: what there is to choose from costs a look at all."""
    codes, actor = codes_of(request), caller.actor
    with house.database.snapshot() as reading:
        now, saved = reading.now, saved_view.listed(reading, actor=actor)
        locations, languages = store.places(reading, actor)
        people = [(str(row.id), row.name) for row in accounts.everyone(reading) if row.role != "service"]
    query = filters.canonical(view, codes)
    context: dict[str, Any] = {
        "desk": Desk(query=query, codes=codes, saved=saved, saved_as=_saved_as(saved, query)),
        "current_view": view,
        "choices": _choices(locations, languages, people),
        "for_teams": worklist.teams_of(actor) if may(actor, Permission.ASSIGN_OTHERS) else (),
    }
    return show(request, house, caller, "fragments/filters.html", now=now, seq=0, **context)


def codes_of(request: AnyRequest) -> dict[str, str]:
    """What narrows the list, as the address says it."""
    return {name: code for name in filters.CODES if (code := request.query_params.get(name))}


def sidebar(
    reading: Reading,
    actor: Actor,
    *,
    view: str,
    q: str = "",
    after: str | None = None,
    before: str | None = None,
    codes: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The list and the views beside it, in one snapshot. Without a view: one's own queue, or all that is open. Raises
    Invalid for what no list knows."""
    codes = codes or {}
    wanted = msgspec.structs.replace(filters.read(codes, viewer_id=actor.id), q=q)
    saved = saved_view.listed(reading, actor=actor)
    counts = worklist.counts(reading, actor=actor, lists=saved_view.queries(saved))
    chosen = view or ("mine" if counts.get("mine") else "open")
    listed = worklist.page(reading, actor=actor, view=chosen, filters=wanted, after=after, before=before)
    return {
        "listed": listed,
        "current_view": chosen,
        "counts": counts,
        "pressure": worklist.pressure(reading, actor=actor),
        "q": q,
        "desk": _desk(reading, actor, chosen, codes, saved, idle=not listed.items and not q),
    }


def _desk(
    reading: Reading,
    actor: Actor,
    view: str,
    codes: dict[str, str],
    saved: tuple[saved_view.Saved, ...],
    *,
    idle: bool,
) -> Desk:
    query = filters.canonical(view, codes)
    known = _saved_as(saved, query)
    free = worklist.page(reading, actor=actor, view="unassigned", limit=1) if idle and view == "mine" else None
    return Desk(
        name=f"f:{query}" if codes else view,
        query=query,
        title=known.name if known else words.view_label(view),
        codes=codes,
        chips=listing.chips(reading, view, codes),
        saved=saved,
        saved_as=known,
        nearest=free.items[0] if free and free.items else None,
        drafts=frozenset(drafts.of_actor(reading, actor.id)),
    )


def _saved_as(saved: tuple[saved_view.Saved, ...], query: str) -> saved_view.Saved | None:
    return next((one for one in saved if one.query == query), None)


def _choices(locations: list[str], languages: list[str], people: list[tuple[str, str]]) -> dict[str, Any]:
    """Per code its label and what may be chosen: (code, words)."""
    own_words = {code: label for code, label in listing.STATES.items() if code not in ("open", "closed")}
    return {
        "state": ("State", list(own_words.items())),
        "reason": ("Reason", [(code, worklist.reason_label(code)) for code in REASONS]),
        "priority": ("Priority", [(code, words.priority(int(code))) for code in filters.PRIORITIES]),
        "channel": ("Channel", [(code, label) for code, (label, _) in words.CHANNELS.items()]),
        "owner": ("Owner", [("me", "Me"), ("none", "Nobody"), *people]),
        "location": ("Location", [(place, place) for place in locations]),
        "language": ("Language", [(code, words.language(code)) for code in languages]),
        "age": ("Older than", list(listing.AGES.items())),
    }


def note_listed(request: AnyRequest, house: House, caller: Caller, listed: worklist.Page, q: str) -> None:
    """The access row of a list: the conversations whose people it names, and the words it was narrowed by."""
    named = [row.id for row in listed.items if row.sight.person]
    nobody = {"object_id": None, "patient_id": None, "conversation_id": None}
    if q:
        note_words(request, house, caller, q, object="worklist", ids=named)
    elif named:
        note_access(request, house, caller, object="worklist", how="listed", ids=named, **nobody)


HANDLERS = [home, inbox, narrowing]
