"""Hiding a conversation until a moment, and showing it again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import snooze
from ui.api.acting import CONVERSATION, Act


class Snooze(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until a moment (RFC 3339), or the patient's next message."""

    until: datetime


@post(f"{CONVERSATION}/snooze", sync_to_thread=True, status_code=200)
def put_off(conversation_id: FromPath[int], data: JSONBody[Snooze], acting: NamedDependency[Act]) -> Response[Any]:
    """Hides it; no clock stops. 409 for urgent, red-flagged or unowned work."""
    return acting.on(conversation_id, data, snooze.snooze, until=data.until)


@delete(f"{CONVERSATION}/snooze", sync_to_thread=True, status_code=200)
def wake(conversation_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """Shows it again now."""
    return acting.on(conversation_id, None, snooze.wake)


ACTS = [put_off, wake]
