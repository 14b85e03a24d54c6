"""Who has a conversation."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import assignment
from inbox.errors import Invalid
from ui.api.acting import CONVERSATION, Act


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To `me` if nobody has it, to a person, or (`actor_id` null) to a team's queue; `version` refuses a stale look."""

    me: bool = False
    actor_id: int | msgspec.UnsetType | None = msgspec.UNSET
    team: str | None = None
    version: int | None = None


@post(f"{CONVERSATION}/assignment", sync_to_thread=True, status_code=200)
def assign(conversation_id: FromPath[int], data: JSONBody[Assignment], act: NamedDependency[Act]) -> Response[Any]:
    """Takes it, or gives it to a person or a team. 409 with the current version when it changed meanwhile."""
    if data.me:
        return act.on(conversation_id, data, assignment.take, version=data.version)
    if data.actor_id is msgspec.UNSET and data.team is None:
        raise Invalid(fields={"actor_id": "name a person, a team, or me"})
    to = data.actor_id or None
    return act.on(conversation_id, data, assignment.give, actor_id=to, team=data.team, version=data.version)


ACTS = [assign]
