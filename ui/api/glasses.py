"""Looking with a reason, and ending it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import glass
from ui.api.acting import CONVERSATION, Act


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody must see what their role does not show; at least 15 characters."""

    why: str


@post(f"{CONVERSATION}/glass", sync_to_thread=True, status_code=201)
def look(conversation_id: FromPath[int], data: JSONBody[Reason], acting: NamedDependency[Act]) -> Response[Any]:
    """Opens this patient for thirty minutes; every look is logged, and somebody else judges it afterwards."""
    return acting.on(conversation_id, data, glass.look, why=data.why, created=True)


@delete(f"{CONVERSATION}/glass", sync_to_thread=True, status_code=200)
def end(conversation_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """It is over before its time."""
    return acting.on(conversation_id, None, glass.end)


ACTS = [look, end]
