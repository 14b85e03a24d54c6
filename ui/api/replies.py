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
def send(conversation_id: FromPath[int], data: JSONBody[reply.Draft], act: NamedDependency[Act]) -> Response[Any]:
    """Queues a reply; the same `client_id` queues it once. 409 with the newer message after `base_seq`. A program's
    leaves at once, a screen's may be taken back for some seconds."""
    hold = 0 if act.is_program else act.house.settings.undo_seconds
    return act.on(conversation_id, data, reply.send, act.house, draft=data, hold=hold, created=True)


@delete(f"{REPLIES}/{{message_id:int}}", status_code=200, sync_to_thread=True)
def take_back(conversation_id: FromPath[int], message_id: FromPath[int], act: NamedDependency[Act]) -> Response[Any]:
    """Takes back a reply that has not left, planned ones too; its words return to the draft. 409 once it is gone."""
    return act.on(conversation_id, message_id, undo.undo, act.house, message_id=message_id)


ACTS = [send, take_back]
