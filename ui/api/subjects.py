"""Whom a conversation is about, and how urgent it is."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import identity, priority
from ui.api.acting import CONVERSATION, Act


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The patient; null for nobody we know."""

    patient_id: int | None


class Priority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """0 (emergent) to 4 (informational); lowering needs `why` (`reason` is the same word in a screen's form)."""

    priority: int
    why: str = ""
    reason: str = ""


@post(f"{CONVERSATION}/identity", sync_to_thread=True, status_code=200)
def identify(conversation_id: FromPath[int], data: JSONBody[Identity], act: NamedDependency[Act]) -> Response[Any]:
    """Says whom it is about; from then on its address counts as that patient's."""
    return act.on(conversation_id, data, identity.confirm, patient_id=data.patient_id)


@post(f"{CONVERSATION}/priority", sync_to_thread=True, status_code=200)
def prioritise(conversation_id: FromPath[int], data: JSONBody[Priority], act: NamedDependency[Act]) -> Response[Any]:
    """Sets the priority; machines only raise it, lowering is a person's."""
    practice, why = act.house.configuration.practice(), data.why or data.reason
    return act.on(conversation_id, data, priority.set_priority, practice, priority=data.priority, why=why)


ACTS = [identify, prioritise]
