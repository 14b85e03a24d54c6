"""Answers to the patient."""

from __future__ import annotations

from typing import Any

from litestar import Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import reply, undo
from ui.api.acting import CONVERSATION, Act

REPLIES = f"{CONVERSATION}/replies"


@post(REPLIES, sync_to_thread=True)
def send(conversation_id: FromPath[int], data: JSONBody[reply.Draft], acting: NamedDependency[Act]) -> Response[Any]:
    """Queues a reply; the same `client_id` queues it once. 409 with the newer message after `base_seq`. A program's
    leaves at once, a screen's may be taken back for some seconds."""
    hold = 0 if acting.is_program else acting.house.settings.undo_seconds
    return acting.on(conversation_id, data, reply.send, acting.house, draft=data, hold=hold, created=True)


@delete(f"{REPLIES}/{{message_id:int}}", status_code=200, sync_to_thread=True)
def take_back(conversation_id: FromPath[int], message_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """Takes back a reply that has not left, planned ones too; its words return to the draft. 409 once it is gone."""
    return acting.on(conversation_id, message_id, undo.undo, acting.house, message_id=message_id)


ACTS = [send, take_back]
