"""Denied tries: who asked for a patient or a conversation that is not for them leaves a row too (security.md §4).

Refuses nothing by itself, and tells nobody more than the refusal did.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import structlog
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import Message, Scope  # at run time too: the framework reads the signatures

from inbox import access
from inbox.errors import Unavailable
from ui import guards

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Send

_RECORD = re.compile(r"^(?:/api)?/(conversation|patient)s/(\d{1,18})(?:/|$)")
log = structlog.get_logger()


class Denials(ASGIMiddleware):
    """Notes what was refused before the refusal leaves."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Behind the doorman, who knows the caller."""
        found = _RECORD.match(scope["path"])
        caller = scope.get("auth")
        if found is None or not isinstance(caller, guards.Caller) or caller.actor.must_change:
            await next_app(scope, receive, send)
            return

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_denied(str(scope.get("method")), message["status"]):
                await anyio.to_thread.run_sync(_note, scope, caller, found[1], int(found[2]))
            await send(message)

        await next_app(scope, receive, noted)


def _is_denied(method: str, status: int) -> bool:
    """An act that a role does not do is no look: whoever sees the record is told so and sees it on."""
    return status == 404 or (status == 403 and method in guards.SAFE)


def _note(scope: Scope, caller: guards.Caller, kind: str, record_id: int) -> None:
    connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
    try:
        access.record(
            guards.house_of(connection).database,
            actor=caller.actor,
            object=kind,
            object_id=record_id,
            patient_id=record_id if kind == "patient" else None,
            conversation_id=record_id if kind == "conversation" else None,
            how="opened",
            outcome="denied",
            device=connection.headers.get("user-agent", "")[:200],
            address=guards.client_address(connection),
        )
    except Unavailable:  # nothing is shown anyway
        log.error("denial.unwritten", object=kind)
