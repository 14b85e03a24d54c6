"""An open conversation: the whole page, or as a piece the two panes that navigation puts in place."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from inbox import conversation, draft, panel, reading, worklist
from inbox.actors import Actor
from inbox.house import House
from inbox.store import accounts, journal
from inbox.store.database import Reading
from ui import timeline
from ui.guards import Caller
from ui.inbox import codes_of, note_listed, sidebar
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
        beside = {} if is_piece(request) else sidebar(snapshot, actor, view=view, codes=codes_of(request))
    _note(request, house, caller, opened["view"])
    if beside:
        note_listed(request, house, caller, beside["listed"], "")
    if opened.pop("first_look"):
        house.database.write(reading.read, house.configuration.practice(), actor=actor, conversation_id=conversation_id)
    template = "inbox.html" if beside else "fragments/work.html"
    head = opened["view"].head
    return show(request, house, caller, template, now=now, seq=head, current="inbox", **opened, **beside)


@get("/conversations/{conversation_id:int}/timeline", sync_to_thread=True)
def earlier(
    request: AnyRequest,
    conversation_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    before: FromQuery[str] = "",
) -> Response[str]:
    """The page of the timeline before the entry with the key `before`, as a piece."""
    with house.database.snapshot() as snapshot:
        now, view = snapshot.now, _view(snapshot, caller.actor, conversation_id, before)
    _note(request, house, caller, view)
    lines = timeline.page(view, before=before)
    return show(request, house, caller, "fragments/line.html", now=now, seq=view.head, view=view, lines=lines)


def _view(snapshot: Reading, actor: Actor, conversation_id: int, before: str = "") -> conversation.View:
    asked: dict[str, Any] = {"conversation_id": conversation_id, "now": snapshot.now, "part": timeline.part(before)}
    return conversation.view(snapshot, actor=actor, **asked)


def _opened(snapshot: Reading, actor: Actor, conversation_id: int) -> dict[str, Any]:
    view = _view(snapshot, actor, conversation_id)
    row = worklist.row(snapshot, actor=actor, conversation_id=conversation_id)
    unread = row is not None and row.unread
    last_read = journal.newest_of(snapshot.connection, view.id, "conversation.read") if unread else None
    return {
        "view": view,
        "lines": timeline.page(view, read_at=last_read.at if last_read else None, unread=unread),
        "panel": panel.beside(snapshot, actor=actor, conversation_id=conversation_id, now=snapshot.now),
        "drafts": draft.of(snapshot, actor=actor, conversation_id=conversation_id),
        "people": _people(snapshot, view.permissions),
        "first_look": row is not None and row.unread and row.sight.texts,
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


HANDLERS = [open_conversation, earlier]
