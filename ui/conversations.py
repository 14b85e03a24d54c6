"""An open conversation: the whole page, or as a piece the two panes that navigation puts in place."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from inbox import conversation, draft, reading, record, worklist
from inbox.actors import Actor
from inbox.house import House
from inbox.store import accounts
from inbox.store.database import Reading
from ui.guards import Caller
from ui.inbox import note_listed, sidebar
from ui.screen import AnyRequest, is_piece, note_access, show


@get("/conversations/{conversation_id:int}", sync_to_thread=True)
def open_conversation(
    request: AnyRequest,
    conversation_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    view: FromQuery[str] = "",
) -> Response[str]:
    """Opens it; the first look with sight of unread words meets the *read* promise."""
    actor = caller.actor
    with house.database.snapshot() as snapshot:
        now = snapshot.now
        opened = _opened(snapshot, actor, conversation_id)
        beside = {} if is_piece(request) else sidebar(snapshot, actor, view=view)
    _note(request, house, caller, opened["view"])
    if beside:
        note_listed(request, house, caller, beside["listed"], "")
    if opened.pop("unread"):
        house.database.write(reading.read, house.configuration.practice(), actor=actor, conversation_id=conversation_id)
    template = "inbox.html" if beside else "fragments/work.html"
    head = opened["view"].head
    return show(request, house, caller, template, now=now, seq=head, current="inbox", **opened, **beside)


def _opened(snapshot: Reading, actor: Actor, conversation_id: int) -> dict[str, Any]:
    view = conversation.view(snapshot, actor=actor, conversation_id=conversation_id, now=snapshot.now)
    row = worklist.row(snapshot, actor=actor, conversation_id=conversation_id)
    return {
        "view": view,
        "panel": record.panel(snapshot, actor=actor, conversation_id=conversation_id, now=snapshot.now),
        "drafts": draft.of(snapshot, actor=actor, conversation_id=conversation_id),
        "people": _people(snapshot, view.permissions),
        "unread": row is not None and row.unread and row.sight.texts,
    }


def _people(snapshot: Reading, permissions: dict[str, bool]) -> tuple[worklist.Person, ...]:
    if not permissions.get("assign"):
        return ()
    found = (worklist.person(row.id, row.name) for row in accounts.everyone(snapshot) if row.role != "service")
    return tuple(person for person in found if person)


def _note(request: AnyRequest, house: House, caller: Caller, view: conversation.View) -> None:
    note_access(
        request,
        house,
        caller,
        object="conversation",
        object_id=view.id,
        patient_id=view.patient.id if view.patient else None,
        conversation_id=view.id,
        how="opened",
    )


HANDLERS = [open_conversation]
