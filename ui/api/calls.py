"""Acts on a call: answer it, leave it to others, hold, ask a colleague, hand over, end, write up; and calling a
patient. The phone itself (a pass for the browser, one's own number) is here too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import msgspec
from litestar import Response, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import call_acts, call_wrap, phone
from inbox.call_wrap import Wrap
from inbox.errors import NotFound
from inbox.store.database import Transaction
from ui.api.acting import CONVERSATION, Act

CALL = "/calls/{call_id:int}"
#: Acts that need nothing but the call.
_ACTS: dict[str, Callable[..., None]] = {
    "refusal": call_acts.decline,
    "release": call_acts.release,
    "hold": call_acts.hold,
    "resume": call_acts.resume,
    "withdrawal": call_acts.withdraw,
    "handover": call_acts.leave,
    "end": call_acts.hang_up,
}
By = Literal["browser", "phone"]


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The client's own id of the act: asked twice it happens once."""

    client_id: str = ""


class Pickup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether one speaks in the browser or on the number one gave."""

    client_id: str = ""
    by: By = "browser"


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The colleague who is asked to take the call over."""

    to: int
    client_id: str = ""


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the call ended; `what` and `due_at` are the next step of *follow_up*, `words` a staff note."""

    outcome: str
    what: str = ""
    due_at: datetime | None = None
    words: str = ""
    client_id: str = ""


class Outgoing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call to the patient; without `contact_id` to the number they reached us from."""

    client_id: str
    contact_id: int | None = None
    by: By = "browser"


class Number(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The number on which calls reach the caller of this; empty takes it back."""

    phone: str


@post(f"{CALL}/pickup", sync_to_thread=True, status_code=200)
def pick_up(call_id: FromPath[int], data: JSONBody[Pickup], acting: NamedDependency[Act]) -> Response[Any]:
    """Answers a waiting call, `{take}`; 409 when somebody was first."""
    facts: dict[str, Any] = {
        "actor": acting.caller.actor,
        "call_id": call_id,
        "client_id": data.client_id,
        "by": data.by,
    }
    take = acting.once(data, lambda unit: call_acts.take(unit, acting.house, **facts))
    return Response({"call": call_id, "take": take}, status_code=200)


@post(f"{CALL}/{{act:str}}", sync_to_thread=True, status_code=204)
def act(call_id: FromPath[int], act: FromPath[str], data: JSONBody[Said], acting: NamedDependency[Act]) -> None:
    """One of refusal, release, hold, resume, withdrawal, handover, end."""
    use_case = _ACTS.get(act)
    if use_case is None:
        raise NotFound("There is no such act.")
    facts: dict[str, Any] = {"actor": acting.caller.actor, "call_id": call_id, "client_id": data.client_id}
    acting.once(data, lambda unit: use_case(unit, acting.house, **facts))


@post(f"{CALL}/question", sync_to_thread=True, status_code=204)
def ask(call_id: FromPath[int], data: JSONBody[Question], acting: NamedDependency[Act]) -> None:
    """Asks an available colleague to take the call over."""
    facts: dict[str, Any] = {"actor": acting.caller.actor, "call_id": call_id, "client_id": data.client_id}
    acting.once(data, lambda unit: call_acts.ask(unit, acting.house, to=data.to, **facts))


@post(f"{CALL}/report", sync_to_thread=True, status_code=204)
def write_up(call_id: FromPath[int], data: JSONBody[Report], acting: NamedDependency[Act]) -> None:
    """Writes the call up and frees its person."""
    report = Wrap(data.outcome, data.what, data.due_at, data.words)
    facts: dict[str, Any] = {"actor": acting.caller.actor, "call_id": call_id, "client_id": data.client_id}
    acting.once(data, lambda unit: call_wrap.wrap(unit, acting.house, wrap=report, **facts))


@post(f"{CONVERSATION}/calls", sync_to_thread=True, status_code=201)
def place(conversation_id: FromPath[int], data: JSONBody[Outgoing], acting: NamedDependency[Act]) -> Response[Any]:
    """Calls the patient, `{call, take}`."""

    def work(unit: Transaction) -> int:
        facts: dict[str, Any] = {"actor": acting.caller.actor, "conversation_id": conversation_id}
        wish: dict[str, Any] = {"client_id": data.client_id, "contact_id": data.contact_id, "by": data.by}
        return call_acts.place(unit, acting.house, **facts, **wish)

    return Response({"call": acting.once(data, work), "take": 1}, status_code=201)


@post("/phone/pass", sync_to_thread=True, status_code=200)
def open_line(acting: NamedDependency[Act]) -> dict[str, Any]:
    """`{token, simulated}`: what makes this browser a phone. 409 where the installation has no key for it."""
    given = phone.open_line(acting.house, actor=acting.caller.actor)
    return {"token": given.token, "simulated": given.simulated}


@put("/phone/number", sync_to_thread=True, status_code=204)
def set_number(data: JSONBody[Number], acting: NamedDependency[Act]) -> None:
    """The number on which calls reach one."""

    def work(unit: Transaction) -> None:
        phone.set_number(unit, acting.house, actor=acting.caller.actor, number=data.phone)

    acting.once(data, work)


ACTS = [pick_up, act, ask, write_up, place, open_line, set_number]
