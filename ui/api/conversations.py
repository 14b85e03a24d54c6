"""Conversations as lists, and one of them with all that was said, promised and done."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from inbox import filters, worklist
from inbox.house import House
from ui.api.acting import CONVERSATION, opened
from ui.api.gate import LARGEST
from ui.guards import Caller
from ui.inbox import note_listed
from ui.screen import AnyRequest

Id = Annotated[int | None, QueryParameter(ge=0, le=LARGEST)]
Code = Annotated[str | None, QueryParameter()]


class Listed(msgspec.Struct, frozen=True):
    """A page; `next` goes back as `after`."""

    items: list[dict[str, Any]]
    next: str | None


@get("/conversations", sync_to_thread=True)
def conversations(
    request: AnyRequest,
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    view: FromQuery[str] = "all",
    condition: Annotated[str | None, QueryParameter(name="state")] = None,
    queue: Code = None,
    owner: Code = None,
    patient: Id = None,
    reason: Code = None,
    priority: Code = None,
    channel: Code = None,
    location: Code = None,
    language: Code = None,
    age: Code = None,
    q: FromQuery[str] = "",
    after: FromQuery[str | None] = None,
    before: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Listed:
    """Those that the caller may see: newest first, or a `view` of the inbox in its own order, narrowed by codes;
    `after` and `before` are a page's `next` and its first row's `key`."""
    given = (condition, queue, owner, reason, priority, channel, location, language, age)
    codes = {name: code for name, code in zip(filters.CODES, given, strict=True) if code}
    wanted = msgspec.structs.replace(filters.read(codes, viewer_id=caller.actor.id), patient=patient, q=q)
    asked: dict[str, Any] = {"view": view, "filters": wanted, "after": after, "before": before, "limit": limit}
    with house.database.snapshot() as reading:
        found = worklist.page(reading, actor=caller.actor, **asked)
    note_listed(request, house, caller, found, q)
    return Listed([worklist.plain(row) for row in found.items], found.next)


@get(CONVERSATION, sync_to_thread=True)
def conversation(
    request: AnyRequest, conversation_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, Any]:
    """One conversation with messages, clocks and their ledger, and why it is where it is."""
    return opened(request, house, caller, conversation_id)


HANDLERS = [conversations, conversation]
