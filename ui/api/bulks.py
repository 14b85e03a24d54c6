"""One act on many conversations: how many match, do it, see how far it is, take it back."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from inbox import bulk, filters
from inbox.house import House
from ui.api.acting import Act
from ui.guards import Caller
from ui.screen import AnyRequest, note_words

LAST = Annotated[int, QueryParameter(ge=0, le=2**63 - 1)]


@get("/bulk/matching", sync_to_thread=True)
def matching(
    request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller], view: FromQuery[str] = "open"
) -> dict[str, int]:
    """How many a view holds with the codes of the list's address: what `expected_count` of an act on all of them is."""
    codes = {name: request.query_params[name] for name in filters.CODES if request.query_params.get(name)}
    with house.database.snapshot() as reading:
        return {"count": len(bulk.matching(reading, actor=caller.actor, view=view, codes=codes))}


@post("/bulk", sync_to_thread=True, status_code=201)
def begin(request: AnyRequest, data: JSONBody[bulk.Wish], acting: NamedDependency[Act]) -> Response[Any]:
    """Does `act` to `ids`, or to all that `view` and `filters` hold; answers how far it is. Acts: assign, snooze,
    priority, close. More than 500 rows go on in the background."""
    if data.q:  # how many it would be is told also to whom it is refused
        note_words(request, acting.house, acting.caller, data.q, object="bulk")
    bulk_id = acting.once(data, lambda unit: bulk.begin(unit, acting.house, actor=acting.caller.actor, wish=data))
    return Response(_shown(acting, bulk_id), status_code=201)


@get("/bulk/{bulk_id:int}", sync_to_thread=True)
def progress(
    bulk_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    after: LAST = 0,
    outcome: FromQuery[str | None] = None,
) -> dict[str, Any]:
    """How far one's own act is, and what came of each row; `next` goes back as `after`."""
    with house.database.snapshot() as reading:
        return bulk.show(reading, actor=caller.actor, bulk_id=bulk_id, after=after, outcome=outcome)


@delete("/bulk/{bulk_id:int}", sync_to_thread=True, status_code=200)
def undo(bulk_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """Puts back what nobody changed since, for five minutes."""
    acting.once(None, lambda unit: bulk.undo(unit, acting.house, actor=acting.caller.actor, bulk_id=bulk_id))
    return Response(_shown(acting, bulk_id))


def _shown(acting: Act, bulk_id: int) -> dict[str, Any]:
    with acting.house.database.snapshot() as reading:
        return bulk.show(reading, actor=acting.caller.actor, bulk_id=bulk_id)


ACTS = [matching, begin, progress, undo]
