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
    """To `me` if nobody has it, to a person, or (`actor_id` null) to a team's queue; `version` refuses a stale look.
    `owner` and `queue` are the same two in the words of a conversation."""

    me: bool = False
    actor_id: int | msgspec.UnsetType | None = msgspec.UNSET
    team: str | None = None
    version: int | None = None
    owner: int | msgspec.UnsetType | None = msgspec.UNSET
    queue: str | None = None


@post(f"{CONVERSATION}/assignment", sync_to_thread=True, status_code=200)
def assign(conversation_id: FromPath[int], data: JSONBody[Assignment], acting: NamedDependency[Act]) -> Response[Any]:
    """Takes it, or gives it to a person or a team. 409 with the current version when it changed meanwhile."""
    if data.me:
        return acting.on(conversation_id, data, assignment.take, version=data.version)
    to = data.owner if data.actor_id is msgspec.UNSET else data.actor_id
    team = data.team or data.queue
    if to is msgspec.UNSET and team is None:
        raise Invalid(fields={"actor_id": "name a person, a team, or me"})
    return acting.on(conversation_id, data, assignment.give, actor_id=to or None, team=team, version=data.version)


ACTS = [assign]
