"""Answers to the patient."""

from __future__ import annotations

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import reply
from ui.api.acting import CONVERSATION, Act


@post(f"{CONVERSATION}/replies", sync_to_thread=True)
def send(conversation_id: FromPath[int], data: JSONBody[reply.Draft], act: NamedDependency[Act]) -> Response[Any]:
    """Queues a reply; the same `client_id` queues it once. 409 with the newer message after `base_seq`."""
    return act.on(conversation_id, data, reply.send, act.house, draft=data, created=True)


ACTS = [send]
