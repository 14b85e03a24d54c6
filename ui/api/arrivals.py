"""The raw inbound journal: what reached a door and what became of it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from inbox import arrivals as arrived
from inbox.arrivals import Page
from inbox.house import House
from inbox.store.database import Transaction
from ui.api.acting import Act
from ui.guards import Caller


@get("/arrivals", sync_to_thread=True)
def arrivals(
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    condition: Annotated[str | None, QueryParameter(name="state")] = None,
    after: FromQuery[str | None] = None,
) -> Page:
    """Newest first, without bodies."""
    with house.database.snapshot() as reading:
        return arrived.page(reading, actor=caller.actor, state=condition, after=after)


@post("/arrivals/{arrival_id:int}/replay", sync_to_thread=True, status_code=202)
def replay(arrival_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """Has a quarantined arrival read again."""

    def work(unit: Transaction) -> int:
        return arrived.replay(unit, actor=acting.caller.actor, arrival_id=arrival_id)

    replayed = acting.once(None, work)
    return Response({"id": replayed}, status_code=202) if acting.is_program else Response(None, status_code=204)


class Attachment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The conversation that it belongs to."""

    conversation_id: int


@post("/arrivals/{arrival_id:int}/attachment", sync_to_thread=True, status_code=200)
def attach(arrival_id: FromPath[int], data: JSONBody[Attachment], acting: NamedDependency[Act]) -> Response[Any]:
    """Adds a quarantined arrival to a conversation by hand."""

    def work(unit: Transaction) -> int:
        asked = {"arrival_id": arrival_id, "conversation_id": data.conversation_id}
        return arrived.attach(unit, acting.house, actor=acting.caller.actor, **asked)

    message = acting.once(data, work)
    return Response({"id": arrival_id, "message": message}) if acting.is_program else Response(None, status_code=204)


HANDLERS = [arrivals]
ACTS = [replay, attach]
