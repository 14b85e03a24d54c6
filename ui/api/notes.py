"""Words for colleagues, which no patient ever sees."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import mention, note
from inbox.house import House
from ui.api.acting import CONVERSATION, Act
from ui.guards import Caller


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`mentions` are ids of people, `teams` codes; `clinical` a note that only clinical staff may read."""

    text: str
    client_id: str | None = None
    mentions: list[int] = []
    teams: list[str] = []
    clinical: bool = False


@post(f"{CONVERSATION}/notes", sync_to_thread=True)
def write(conversation_id: FromPath[int], data: JSONBody[Note], acting: NamedDependency[Act]) -> Response[Any]:
    """Adds a staff note; the same `client_id` adds it once."""
    words = msgspec.structs.asdict(data)
    return acting.on(conversation_id, data, note.write, created=True, **words)


@get(f"{CONVERSATION}/mentionable", sync_to_thread=True)
def mentionable(
    conversation_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> dict[str, tuple[mention.Named, ...]]:
    """The people and teams whom a note here may name."""
    with house.database.snapshot() as reading:
        return {"items": mention.offered(reading, actor=caller.actor, conversation_id=conversation_id)}


ACTS = [write, mentionable]
