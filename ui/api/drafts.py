"""Words of one's own that are not said yet. Answered with their version: no socket tells of them."""

from __future__ import annotations

from typing import Any

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from inbox import draft
from inbox.house import House
from ui.api import gate
from ui.api.acting import CONVERSATION
from ui.guards import Caller
from ui.screen import AnyRequest, note_access

PLACE = f"{CONVERSATION}/draft"


@put(PLACE, sync_to_thread=True)
def keep(
    conversation_id: FromPath[int],
    data: JSONBody[draft.Words],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
) -> dict[str, int]:
    """Keeps it; 409 with `kept` when another screen kept other words since `version`."""
    gate.check_body(data)
    version = house.database.write(draft.keep, actor=caller.actor, conversation_id=conversation_id, words=data)
    return {"version": version}


@delete(PLACE, sync_to_thread=True)
def discard(
    conversation_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    mode: FromQuery[draft.Mode] = "reply",
) -> None:
    """Throws it away."""
    house.database.write(draft.discard, actor=caller.actor, conversation_id=conversation_id, mode=mode)


@get(PLACE, sync_to_thread=True)
def read(
    request: AnyRequest,
    conversation_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
) -> dict[str, Any]:
    """One's own drafts here, by mode."""
    with house.database.snapshot() as reading:
        found = draft.of(reading, actor=caller.actor, conversation_id=conversation_id)
    if found:
        place = {"object_id": conversation_id, "conversation_id": conversation_id, "patient_id": None}
        note_access(request, house, caller, object="draft", how="opened", **place)
    return {one.mode: one for one in found}


ACTS = [keep, discard, read]
