"""Words for colleagues, which no patient ever sees."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import note
from ui.api.acting import CONVERSATION, Act


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`mentions` are ids of people; `clinical` a note that only clinical staff may read."""

    text: str
    client_id: str | None = None
    mentions: list[int] = []
    clinical: bool = False


@post(f"{CONVERSATION}/notes", sync_to_thread=True)
def write(conversation_id: FromPath[int], data: JSONBody[Note], act: NamedDependency[Act]) -> Response[Any]:
    """Adds a staff note; the same `client_id` adds it once."""
    words = msgspec.structs.asdict(data)
    return act.on(conversation_id, data, note.write, created=True, **words)


ACTS = [write]
