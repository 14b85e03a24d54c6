"""The journal a person may see, in order: what the socket pushes, for programs that ask."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from inbox import feed
from inbox.errors import Invalid
from inbox.house import House
from ui.guards import Caller
from ui.screen import AnyRequest, note_access

PAGE = 100


class Events(msgspec.Struct, frozen=True):
    """`{seq, prev, at, verb, topic, data}` as on the socket; `next` goes back as `after` or `since`."""

    items: list[dict[str, Any]]
    next: str | None


@get("/events", sync_to_thread=True)
def events(
    request: AnyRequest,
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    since: FromQuery[str] = "0",
    after: FromQuery[str | None] = None,
) -> Events:
    """Entries above the journal number `since`, oldest first, at most 100."""
    start = _seq(after if after is not None else since, "since" if after is None else "after")
    with house.database.snapshot() as reading:
        found, seen = feed.page(reading, actor=caller.actor, since=start, limit=PAGE)
    _note(request, house, caller, found)
    return Events(found, str(seen) if len(found) == PAGE else None)


def _seq(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid(fields={field: "a journal number; send back `next` as it came"})
    return int(text)


def _note(request: AnyRequest, house: House, caller: Caller, found: list[dict[str, Any]]) -> None:
    shown = [entry["data"]["id"] for entry in found if entry["data"].get("name")]
    if shown:
        nobody = {"object_id": None, "patient_id": None, "conversation_id": None}
        note_access(request, house, caller, object="events", how="listed", ids=shown, **nobody)


HANDLERS = [events]
