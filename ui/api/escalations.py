"""Raised hands, and who takes them."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import escalation
from ui.api.acting import CONVERSATION, Act


class Hand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why help is asked for."""

    why: str = ""


@post(f"{CONVERSATION}/escalations", sync_to_thread=True)
def escalate(conversation_id: FromPath[int], data: JSONBody[Hand], acting: NamedDependency[Act]) -> Response[Any]:
    """Raises a hand."""
    practice = acting.house.configuration.practice()
    return acting.on(conversation_id, data, escalation.raise_hand, practice, why=data.why, created=True)


@post(
    f"{CONVERSATION}/escalations/{{escalation_id:int}}/acknowledgement",
    sync_to_thread=True,
    status_code=200,
)
def acknowledge(
    conversation_id: FromPath[int],
    escalation_id: FromPath[int],
    acting: NamedDependency[Act],
    data: JSONBody[escalation.Answer | None] = None,
) -> Response[Any]:
    """Takes a raised hand, or names an owner and a time; 409 when somebody has it already."""
    answer = data or escalation.MINE
    return acting.on(conversation_id, data, escalation.acknowledge, escalation_id=escalation_id, answer=answer)


ACTS = [escalate, acknowledge]
