"""A call through its whole life, with the people who take it. Between any two of its events the house may stop and
start again: what stands there in the end is the same.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from inbox import call_acts, call_state, call_wrap, worker
from inbox.actors import Actor
from inbox.call_wrap import Wrap
from inbox.house import House
from inbox.store import tables as t
from tests.support.house import MARIA, SECOND, Clinic, call_fields

SID = f"CA{7:032x}"
Event = Callable[[Clinic], object]


def hook(step: str, query: str = "", **fields: str) -> Event:
    base = {"CallSid": SID, "From": MARIA, "To": "+14155550101", "CallStatus": "in-progress", "Direction": "inbound"}
    return lambda clinic: clinic.land(clinic.call(step, base | fields, query))


def call_of(clinic: Clinic) -> Any:
    (row,) = clinic.all(select(t.calls))
    return row


def does(act: Callable[..., Any], who: str, **facts: Any) -> Event:
    """Somebody acts, and the pretend carrier does its part of it."""

    def happens(clinic: Clinic) -> None:
        named = {name: getattr(clinic, value).id if name == "to" else value for name, value in facts.items()}
        acting = {"actor": getattr(clinic, who), "call_id": call_of(clinic).id, "client_id": f"{act.__name__}-{who}"}
        clinic.act(act, clinic.house, **acting, **named)
        carrier(clinic)

    return happens


def carrier(clinic: Clinic) -> None:
    """The provider's side of what was done, some seconds of it."""
    for _ in range(8):
        clinic.move(SECOND)
        worker.work_off(clinic.house, "outbound")
        worker.work_off(clinic.house, "inbound")


def loses_the_line(clinic: Clinic) -> None:
    """The leg of whoever leads is gone."""
    call = call_of(clinic)
    with clinic.house.database.snapshot() as reading:
        lead = call_state.course_of(reading, call).lead
    assert lead is not None
    hook("parted", f"?k={call.id}&t={lead.n}", CallSid="CA-gone")(clinic)
    carrier(clinic)


def passes(seconds: int) -> Event:
    return lambda clinic: clinic.move(seconds * SECOND)


def on_duty(clinic: Clinic, *people: Actor) -> None:
    with clinic.house.database.transaction() as unit:
        ids = [one.id for one in people]
        unit.execute(update(t.actors).where(t.actors.c.id.in_(ids)).values(availability="available"))


ARRIVES = [hook(""), hook("menu", Digits="4"), hook("wait", "?l=en&r=1&c=billing", QueuePosition="1", QueueTime="0")]
ENDS = hook("status", CallStatus="completed", CallDuration="90", SequenceNumber="9")
LIVES: dict[str, tuple[list[Event], dict[str, Any]]] = {
    "answered, held, handed over and written up": (
        [
            *ARRIVES,
            passes(20),
            does(call_acts.take, "agent"),
            does(call_acts.hold, "agent"),
            does(call_acts.ask, "agent", to="rival"),
            does(call_acts.take, "rival"),
            does(call_acts.resume, "rival"),
            does(call_acts.leave, "agent"),
            passes(30),
            does(call_acts.hang_up, "rival"),
            ENDS,
            does(call_wrap.wrap, "rival", wrap=Wrap("resolved")),
        ],
        {"phase": "over", "result": "answered", "who": "rival", "outcome": "resolved", "state": "closed"},
    ),
    "given up in the queue": (
        [*ARRIVES, passes(50), hook("left", QueueResult="hangup"), ENDS],
        {"phase": "over", "result": "abandoned", "who": None, "outcome": "", "state": "open"},
    ),
    "asked to be called back": (
        [*ARRIVES, passes(70), hook("callback", Digits="1"), hook("left", QueueResult="leave", QueueTime="70"), ENDS],
        {"phase": "over", "result": "callback", "who": None, "outcome": "", "state": "open"},
    ),
    "a voicemail, later heard": (
        [
            hook(""),
            ENDS,
            lambda clinic: clinic.land(clinic.call("recording", call_fields(SID)["recording"])),
            lambda clinic: clinic.land(clinic.call("transcription", call_fields(SID)["transcription"])),
        ],
        {"phase": "over", "result": "voicemail", "who": None, "outcome": "", "state": "open"},
    ),
    "taken by one who never came, then by another who lost the line": (
        [
            *ARRIVES,
            does(call_acts.take, "agent"),
            loses_the_line,
            does(call_acts.take, "rival"),
            does(call_acts.hang_up, "rival"),
            ENDS,
            does(call_wrap.wrap, "rival", wrap=Wrap("follow_up", "Send the bill again")),
        ],
        {"phase": "over", "result": "answered", "who": "rival", "outcome": "follow_up", "state": "open"},
    ),
}


def live_through(clinic: Clinic, events: list[Event], *, restarts: bool) -> dict[str, Any]:
    on_duty(clinic, clinic.agent, clinic.rival)
    for event in events:
        event(clinic)
        if restarts:
            clinic.house.close()
            clinic.house = House(clinic.house.settings, clock=lambda: clinic.now)
    return story(clinic)


def story(clinic: Clinic) -> dict[str, Any]:
    """All that the call left behind, without ids."""
    call = call_of(clinic)
    row = clinic.conversation(call.conversation_id)
    names = {one.id: one.email.partition("@")[0] for one in clinic.all(select(t.actors))}
    free = clinic.all(select(t.actors.c.email, t.actors.c.availability).order_by(t.actors.c.email))
    return {
        "phase": call.phase,
        "result": call.result,
        "who": names.get(call.agent_id),
        "outcome": call.outcome,
        "state": row.state,
        "owner": names.get(row.owner_id),
        "moments": [
            getattr(call, name) for name in ("ringing_at", "queued_at", "answered_at", "ended_at", "wrapped_at")
        ],
        "seconds": call.seconds,
        "promises": clinic.states(row.id),
        "said": [(one.external_id, one.body) for one in clinic.messages(row.id)],
        "free": [tuple(one) for one in free],
        "verbs": clinic.verbs(),
    }


@pytest.mark.parametrize("name", LIVES)
def test_a_call_ends_the_same_with_a_restart_between_every_two_events(clinic: Clinic, name: str) -> None:
    events, ends = LIVES[name]
    lived = live_through(clinic, events, restarts=True)
    assert {key: lived[key] for key in ends} == ends
