"""Whom and what a conversation is about, from whom it is kept, how urgent it is, and whether an answer is owed."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import identity, no_reply, priority, proxy, reason, verification
from ui.api.acting import CONVERSATION, Act


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The patient; null for nobody we know."""

    patient_id: int | None


class Priority(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """0 (emergent) to 4 (informational); lowering needs `why` (`reason` is the same word in a screen's form)."""

    priority: int
    why: str = ""
    reason: str = ""


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it is really about: a code of the taxonomy; `version` refuses a stale look."""

    reason: str
    version: int | None = None


@post(f"{CONVERSATION}/identity", sync_to_thread=True, status_code=200)
def identify(conversation_id: FromPath[int], data: JSONBody[Identity], acting: NamedDependency[Act]) -> Response[Any]:
    """Says whom it is about; from then on its address counts as that patient's."""
    return acting.on(conversation_id, data, identity.confirm, patient_id=data.patient_id)


@post(f"{CONVERSATION}/priority", sync_to_thread=True, status_code=200)
def prioritise(conversation_id: FromPath[int], data: JSONBody[Priority], acting: NamedDependency[Act]) -> Response[Any]:
    """Sets the priority; machines only raise it, lowering is a person's."""
    practice, why = acting.house.configuration.practice(), data.why or data.reason
    return acting.on(conversation_id, data, priority.set_priority, practice, priority=data.priority, why=why)


@post(f"{CONVERSATION}/reason", sync_to_thread=True, status_code=200)
def correct(conversation_id: FromPath[int], data: JSONBody[Reason], acting: NamedDependency[Act]) -> Response[Any]:
    """Corrects the reason; the journal keeps the machine's guess beside it."""
    practice = acting.house.configuration.practice()
    return acting.on(conversation_id, data, reason.correct, practice, reason=data.reason, version=data.version)


@post(f"{CONVERSATION}/no-reply", sync_to_thread=True, status_code=200)
def waive(conversation_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """No answer is needed; 409 while the first one is owed."""
    return acting.on(conversation_id, None, no_reply.waive, acting.house.configuration.practice())


@post(f"{CONVERSATION}/kept", sync_to_thread=True, status_code=200)
def keep(conversation_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """Keeps the request from everybody who acts for the patient."""
    return acting.on(conversation_id, None, proxy.keep, kept=True)


@delete(f"{CONVERSATION}/kept", sync_to_thread=True, status_code=200)
def release(conversation_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """Those who act for the patient may be told again."""
    return acting.on(conversation_id, None, proxy.keep, kept=False)


@post(f"{CONVERSATION}/decline", sync_to_thread=True, status_code=200)
def decline(conversation_id: FromPath[int], acting: NamedDependency[Act]) -> Response[Any]:
    """Tells a writer who may not be told that we cannot speak about it here; 409 where they may."""
    return acting.on(conversation_id, None, proxy.decline, acting.house)


@post(f"{CONVERSATION}/caller", sync_to_thread=True, status_code=200)
def verify(
    conversation_id: FromPath[int], data: JSONBody[verification.Checked], acting: NamedDependency[Act]
) -> Response[Any]:
    """Which questions somebody on the line answered right; two open the record until they hang up."""
    return acting.on(conversation_id, data, verification.check, checked=data)


ACTS = [verify, identify, prioritise, correct, waive, keep, release, decline]
