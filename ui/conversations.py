"""An open conversation: the whole page, or as a piece the two panes that navigation puts in place."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from inbox import conversation, draft, glass, panel, reading, worklist
from inbox.actors import Actor
from inbox.house import House
from inbox.store import accounts, journal, threads
from inbox.store.database import Reading
from ui import timeline
from ui.guards import Caller
from ui.inbox import codes_of, note_listed, sidebar
from ui.screen import AnyRequest, is_piece, note_access, show, whence


@get("/conversations/{conversation_id:int}", sync_to_thread=True)
def open_conversation(
    request: AnyRequest,
    conversation_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    view: FromQuery[str] = "",
) -> Response[str] | Redirect:
    """Opens it: the look is noted first, so that what is drawn needs no frame that tells of it. What was merged leads
    to its survivor."""
    actor, practice = caller.actor, house.configuration.practice()
    with house.database.snapshot() as snapshot:
        survivor_id = threads.get(snapshot, conversation_id).id
    if survivor_id != conversation_id:
        return Redirect(f"/conversations/{survivor_id}", status_code=302)
    look = reading.opened(house.database, practice, actor=actor, conversation_id=conversation_id, **whence(request))
    with house.database.snapshot() as snapshot:
        now = snapshot.now
        opened = _opened(snapshot, actor, conversation_id, look)
        beside = {} if is_piece(request) else sidebar(snapshot, actor, view=view, codes=codes_of(request))
    if beside:
        note_listed(request, house, caller, beside["listed"], "")
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


def _opened(snapshot: Reading, actor: Actor, conversation_id: int, look: reading.Look) -> dict[str, Any]:
    view = _view(snapshot, actor, conversation_id)
    read_at, unread = look.read_at, look.first
    if not look.first and _is_unread(snapshot, actor, conversation_id):
        last = journal.newest_of(snapshot.connection, view.id, "conversation.read")
        read_at, unread = last.at if last else None, True
    return {
        "view": view,
        "lines": timeline.page(view, read_at=read_at, unread=unread),
        "panel": panel.beside(snapshot, actor=actor, conversation_id=conversation_id, now=snapshot.now),
        "drafts": draft.of(snapshot, actor=actor, conversation_id=conversation_id),
        "people": _people(snapshot, view.permissions),
        "glass": actor.glass_on(view.id, view.patient.id if view.patient else None),
        "may_look": glass.opens(actor, threads.get(snapshot, view.id)),
    }


def _is_unread(snapshot: Reading, actor: Actor, conversation_id: int) -> bool:
    row = worklist.row(snapshot, actor=actor, conversation_id=conversation_id)
    return row is not None and row.unread


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
