"""Closing a conversation with an outcome, and reopening it."""

from __future__ import annotations

from typing import Any

from litestar import Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import closure
from ui.api.acting import CONVERSATION, Act


@post(f"{CONVERSATION}/closure", sync_to_thread=True)
def close(conversation_id: FromPath[int], data: JSONBody[closure.Ending], act: NamedDependency[Act]) -> Response[Any]:
    """Closes; a 422 lists all that is missing, and the same `client_id` closes once."""
    return act.on(conversation_id, data, closure.close, act.house, ending=data, created=True)


@delete(f"{CONVERSATION}/closure", sync_to_thread=True, status_code=200)
def reopen(conversation_id: FromPath[int], act: NamedDependency[Act]) -> Response[Any]:
    """Reopens; the closure stays as a row that no longer counts."""
    return act.on(conversation_id, None, closure.reopen, act.house)


ACTS = [close, reopen]
