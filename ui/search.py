"""The search of the screens. The words come in a body, never in an address: they may be a patient's name."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from inbox import search
from inbox.house import House
from inbox.search import Results
from inbox.search_query import OPERATORS
from inbox.store import journal
from ui.api import gate
from ui.guards import Caller
from ui.screen import AnyRequest, is_piece, note_words, show


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was typed; `after` asks for more of one group."""

    text: str
    after: str | None = None


class Since(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was typed, and the `newest` of that search."""

    text: str
    newest: int


@get("/search", sync_to_thread=True)
def page(request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller]) -> Response[str]:
    """The empty search: a page, or as a piece what the dialog of any page holds."""
    with house.database.snapshot() as reading:
        now, seq = reading.now, journal.head(reading.connection)
    template = "fragments/search.html" if is_piece(request) else "search.html"
    return show(request, house, caller, template, now=now, seq=seq, current="search", operators=OPERATORS)


@post("/search", sync_to_thread=True, status_code=200)
def find(
    request: AnyRequest, data: JSONBody[Wanted], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Response[str]:
    """The results as a piece, logged with the words before they are shown."""
    gate.check_body(data)
    with house.database.snapshot() as reading:
        now = reading.now
        found = search.search(reading, actor=caller.actor, text=data.text, after=data.after)
    _note(request, house, caller, data.text, found)
    return show(request, house, caller, "fragments/found.html", now=now, seq=found.newest, found=found, text=data.text)


@post("/search/newer", sync_to_thread=True, status_code=200)
def newer(
    request: AnyRequest, data: JSONBody[Since], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, int]:
    """How many fitting messages and notes came since: a number, nothing of them."""
    gate.check_body(data)
    with house.database.snapshot() as reading:
        count = search.newer(reading, actor=caller.actor, text=data.text, since=data.newest)
    note_words(request, house, caller, data.text, object="search")
    return {"count": count}


def _note(request: AnyRequest, house: House, caller: Caller, text: str, found: Results) -> None:
    """A row for the search with the conversations it named, and one for each patient; the words are sealed."""
    note_words(request, house, caller, text, object="search", ids=search.ids(found))
    for one in found.people:
        person: dict[str, Any] = {"object_id": one.summary.id, "patient_id": one.summary.id}
        note_words(request, house, caller, text, object="patient", **person)


HANDLERS = [page, find, newer]
