"""Canned replies as a conversation would send them."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from inbox import template
from inbox.house import House
from ui.api.acting import CONVERSATION
from ui.guards import Caller
from ui.screen import AnyRequest, note_access


@get(f"{CONVERSATION}/templates", sync_to_thread=True)
def offered(
    request: AnyRequest,
    conversation_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    channel: FromQuery[str] = "",
) -> dict[str, tuple[template.Rendered, ...]]:
    """The approved ones with their places filled for this conversation and channel."""
    practice, who = house.configuration.practice(), caller.actor
    with house.database.snapshot() as reading:
        asked = {"actor": who, "conversation_id": conversation_id, "channel": channel}
        found = template.offered(reading, practice, **asked)  # type: ignore[arg-type]  # the three as they are named
    place = {"object_id": conversation_id, "conversation_id": conversation_id, "patient_id": None}
    note_access(request, house, caller, object="conversation", how="opened", **place)
    return {"items": found}


ACTS = [offered]
