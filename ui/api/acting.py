"""One act on a conversation, asked by a screen or a program: done once in one transaction, answered with what is now.

Programs get the fresh conversation; screens get 204, because they learn the change from the socket.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Response
from litestar.di import NamedDependency, Provide

from inbox import conversation, idempotency, reading
from inbox.errors import NotFound
from inbox.house import House
from inbox.idempotency import Repeatable
from inbox.store import threads
from inbox.store.database import Transaction
from ui.api import gate
from ui.guards import Caller
from ui.screen import AnyRequest, note_access

CONVERSATION = "/conversations/{conversation_id:int}"


class Act:
    """Dependency `acting`: runs a use case for the caller of this request."""

    def __init__(self, request: AnyRequest, house: House, caller: Caller) -> None:
        self.request, self.house, self.caller = request, house, caller

    def once(self, body: object, work: Callable[[Transaction], int | None]) -> int:
        """Runs `work` unless this `Idempotency-Key` ran it before. Raises Invalid for a body no database can hold."""
        gate.check_body(body)
        asked = Repeatable(self.request.headers.get("idempotency-key", ""), self._digest(body))

        def repeatable(unit: Transaction) -> int:
            return idempotency.once(unit, lambda: work(unit) or 0, actor=self.caller.actor, asked=asked)

        return self.house.database.write(repeatable)

    def on(
        self,
        conversation_id: int,
        body: object,
        use_case: Callable[..., int | None],
        *parts: Any,
        created: bool = False,
        **named: Any,
    ) -> Response[Any]:
        """Does `use_case(unit, *parts, actor, conversation_id, **named)` and answers as it was asked for."""
        actor = self.caller.actor

        def work(unit: Transaction) -> int | None:
            return use_case(unit, *parts, actor=actor, conversation_id=conversation_id, **named)

        result = self.once(body, work)
        if not self.is_program:
            return Response(None, status_code=204)
        shown = _shown_after(self.request, self.house, self.caller, conversation_id)
        return Response(shown | ({"created": result} if created else {}), status_code=201 if created else 200)

    @property
    def is_program(self) -> bool:
        """Asked under `/api`."""
        return self.request.scope["path"].startswith("/api/")

    def _digest(self, body: object) -> str:
        path = self.request.scope["path"].removeprefix("/api")
        asked = [self.request.method, path, msgspec.to_builtins(body)]
        return hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()


def provide(request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller]) -> Act:
    """Dependency `acting`."""
    return Act(request, house, caller)


PROVIDE = {"acting": Provide(provide, sync_to_thread=False)}


def opened(request: AnyRequest, house: House, caller: Caller, conversation_id: int) -> dict[str, Any]:
    """A conversation for a program: its access row is written first, and a human's first look meets the *read* clock.
    Raises NotFound out of scope."""
    with house.database.snapshot() as snapshot:
        unread = threads.get(snapshot, conversation_id).unread
    if unread:
        practice = house.configuration.practice()
        house.database.write(reading.read, practice, actor=caller.actor, conversation_id=conversation_id)
    return _shown(request, house, caller, conversation_id)


def _shown(request: AnyRequest, house: House, caller: Caller, conversation_id: int) -> dict[str, Any]:
    with house.database.snapshot() as snapshot:
        now = snapshot.now
        view = conversation.view(snapshot, actor=caller.actor, conversation_id=conversation_id, now=now)
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
    return conversation.plain(view)


def _shown_after(request: AnyRequest, house: House, caller: Caller, conversation_id: int) -> dict[str, Any]:
    """What the act handed to others may be out of one's own sight now: it was done all the same."""
    try:
        return _shown(request, house, caller, conversation_id)
    except NotFound:
        return {"id": conversation_id, "visible": False}
