"""Closing a conversation with an outcome, and reopening it."""

from __future__ import annotations

from typing import Any

from litestar import Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import closure
from ui.api.acting import CONVERSATION, Act


@post(f"{CONVERSATION}/closure", sync_to_thread=True)
def close(
    conversation_id: FromPath[int], data: JSONBody[closure.Ending], acting: NamedDependency[Act]
) -> Response[Any]:
    """Closes; a 422 lists all that is missing, and the same `client_id` closes once."""
    return acting.on(conversation_id, data, closure.close, acting.house, ending=data, created=True)


@delete(f"{CONVERSATION}/closure", sync_to_thread=True, status_code=200)
def reopen(conversation_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """Reopens; the closure stays as a row that no longer counts."""
    return acting.on(conversation_id, None, closure.reopen, acting.house)


ACTS = [close, reopen]
