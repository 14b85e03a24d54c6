"""How a call ended, in a person's words: the outcome, and what it makes of the conversation."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from channels.voice_course import Step
from inbox import call_state, closure, next_step, note
from inbox.actors import Actor
from inbox.errors import Conflict, Invalid
from inbox.house import House
from inbox.store import calls as store
from inbox.store.database import Transaction

#: What was done on the phone, and the next step where it is not over.
OUTCOMES = {
    "resolved": "Resolved",
    "follow_up": "More to do",
    "left_message": "Left a message",
    "no_answer": "Nobody answered",
    "wrong_number": "Wrong number",
}
_NEXT = {
    "left_message": ("They were left a message: call again", timedelta(hours=24)),
    "no_answer": ("Nobody answered: call again", timedelta(hours=3)),
    "wrong_number": ("Wrong number: find the right one", timedelta(hours=4)),
}


class Wrap(msgspec.Struct, frozen=True):
    """`outcome` of OUTCOMES; `what` and `due_at` are the next step of *follow_up*; `words` become a staff note."""

    outcome: str
    what: str = ""
    due_at: datetime | None = None
    words: str = ""


def wrap(unit: Transaction, house: House, *, actor: Actor, call_id: int, wrap: Wrap, client_id: str = "") -> None:
    """Writes the call up and frees its person. Raises Invalid for what is missing, and whatever closing demands."""
    if wrap.outcome not in OUTCOMES:
        raise Invalid(fields={"outcome": f"one of {', '.join(OUTCOMES)}"})
    call = store.get(unit, call_id)
    course = call_state.course_of(unit, call) if call is not None else None
    if call is None or course is None or course.last_actor_id != actor.id:
        raise Conflict("Whoever spoke last with the patient writes the call up.")
    if course.phase != "wrapping":
        if course.wrapped_at is not None:
            return
        raise Conflict("The call is still on.", phase=course.phase)
    acting = {"actor": actor, "conversation_id": int(call.conversation_id)}
    if wrap.words.strip():
        note.write(unit, text=wrap.words, client_id=f"wrap:{call_id}", **acting)  # type: ignore[arg-type]  # the same two for all
        unit.flush()
    step = Step(f"wrapped:{client_id or call_id}", "wrapped", unit.now, 1, actor_id=actor.id, status=wrap.outcome)
    call_state.happen(unit, house, call_id, step, by=actor.id)
    if wrap.outcome == "resolved":
        ending = closure.Ending(client_id=f"call:{call_id}", outcome="resolved", waiver="told_on_phone")
        closure.close(unit, house, ending=ending, **acting)  # type: ignore[arg-type]  # as above
        return
    what, wait = _NEXT.get(wrap.outcome, (wrap.what or "Follow up on the call", timedelta(hours=24)))
    due_at = wrap.due_at if wrap.outcome == "follow_up" and wrap.due_at else unit.now + wait
    next_step.plan(unit, house, what=what, due_at=due_at, **acting)  # type: ignore[arg-type]  # as above
