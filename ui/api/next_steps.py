"""What happens next in a conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import next_step
from ui.api.acting import CONVERSATION, Act


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`due_at` RFC 3339; `owner` a person, else the present one; `waiting`: the patient or a third party owes it."""

    what: str
    due_at: datetime
    owner: int | None = None
    team: str | None = None
    waiting: bool | None = None


@post(f"{CONVERSATION}/next-step", sync_to_thread=True, status_code=200)
def plan(conversation_id: FromPath[int], data: JSONBody[Step], acting: NamedDependency[Act]) -> Response[Any]:
    """Replaces the next step."""
    step = msgspec.structs.asdict(data)
    owner_id = step.pop("owner")
    return acting.on(conversation_id, data, next_step.plan, acting.house, owner_id=owner_id, **step)


ACTS = [plan]
