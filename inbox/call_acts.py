"""What our people do on a call: take it, put it on hold, ask a colleague, hand it over, end it, write it up, call a
patient. Each is an event of the call, in their order; the provider is told by a job after the commit.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Row

from channels.voice_course import Course, Step, Take
from inbox import call_state, consent, reach
from inbox.actors import Actor, Permission, can_see, may
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.house import House
from inbox.store import accounts, contacts, preferences, threads
from inbox.store import calls as store
from inbox.store.database import Transaction
from inbox.working import opened, vis_of
from patients.consent import Allow

#: How somebody speaks: in the browser, or on the number they gave.
WAYS = ("browser", "phone")


def take(
    unit: Transaction, house: House, *, actor: Actor, call_id: int, client_id: str = "", by: str = "browser"
) -> int:
    """Answers a waiting call, or joins one that a colleague asks to take over; answers the take's number. Conflict when
    somebody was first."""
    call, course = _on(unit, actor, call_id)
    mine = _mine(course, actor)
    if mine is not None:
        return mine.n
    if course.phase != "waiting" and course.asked != actor.id:
        raise Conflict("Somebody else has taken the call, or it has ended.", phase=course.phase)
    _check_way(unit, actor, by)
    if store.is_on_call(unit, actor.id):
        raise Conflict("You are on another call. End it and write it up first.")
    step = _step(unit, "taken", client_id, actor_id=actor.id, status=accounts.availability(unit, actor.id), ref=by)
    after = call_state.happen(unit, house, call.id, step, by=actor.id)
    took = _mine(after, actor)
    return took.n if took else 0


def decline(unit: Transaction, house: House, *, actor: Actor, call_id: int, client_id: str = "") -> None:
    """Leaves it to the others: the call is shown to this person no more."""
    _act(unit, house, actor, call_id, "declined", client_id, lambda course: course.live, actor_id=actor.id)


def release(unit: Transaction, house: House, *, actor: Actor, call_id: int, client_id: str = "") -> None:
    """What was taken cannot be answered after all (no microphone, no line): it waits for somebody else."""
    call, course = _on(unit, actor, call_id)
    mine = _mine(course, actor)
    if mine is None or mine.joined:
        raise Conflict("You are not about to answer this call.")
    step = _step(unit, "released", client_id, take=mine.n)
    call_state.happen(unit, house, call.id, step, by=actor.id)


def hold(unit: Transaction, house: House, *, actor: Actor, call_id: int, client_id: str = "") -> None:
    """The patient hears that we are back in a moment."""
    _act(unit, house, actor, call_id, "held", client_id, lambda course: _leads(course, actor) and not course.held_since)


def resume(unit: Transaction, house: House, *, actor: Actor, call_id: int, client_id: str = "") -> None:
    """The patient is back in the talk."""
    _act(unit, house, actor, call_id, "resumed", client_id, lambda course: bool(course.takes and course.held_since))


def ask(unit: Transaction, house: House, *, actor: Actor, call_id: int, to: int, client_id: str = "") -> None:
    """Asks a colleague to take the call over: they join first, so that the patient need not tell it twice."""
    call, course = _on(unit, actor, call_id)
    colleague = accounts.actor(unit, to)
    row = threads.get(unit, call.conversation_id)
    if colleague is None or to == actor.id or not can_see(colleague, vis_of(row)).operational:
        raise Invalid(fields={"to": "nobody who may see this conversation has this id"})
    if to not in store.available(unit):
        raise Invalid(fields={"to": "is not available now"})
    if not _leads(course, actor) or course.asked is not None:
        raise Conflict("You are not leading this call, or somebody is asked already.")
    call_state.happen(unit, house, call.id, _step(unit, "asked", client_id, actor_id=to), by=actor.id)


def withdraw(unit: Transaction, house: House, *, actor: Actor, call_id: int, client_id: str = "") -> None:
    """The colleague is asked no more."""
    _act(unit, house, actor, call_id, "withdrawn", client_id, lambda course: course.asked is not None)


def leave(unit: Transaction, house: House, *, actor: Actor, call_id: int, client_id: str = "") -> None:
    """Hands the call to whoever else is on it: the next in line leads."""
    call, course = _on(unit, actor, call_id)
    mine = _mine(course, actor)
    if mine is None or not any(take.joined for take in course.takes if take is not mine):
        raise Conflict("Nobody else is on the call: end it, or wait until your colleague is there.")
    call_state.happen(unit, house, call.id, _step(unit, "handed", client_id, take=mine.n), by=actor.id)


def hang_up(unit: Transaction, house: House, *, actor: Actor, call_id: int, client_id: str = "") -> None:
    """Ends the call for everybody."""
    _act(unit, house, actor, call_id, "hung_up", client_id, lambda course: _leads(course, actor))


def place(
    unit: Transaction,
    house: House,
    *,
    actor: Actor,
    conversation_id: int,
    client_id: str,
    contact_id: int | None = None,
    by: str = "browser",
) -> int:
    """Calls the patient of a conversation: our person's leg first, then theirs. Answers the call. Raises Invalid where
    there is no number or its owner wants no calls."""
    row = opened(unit, actor, conversation_id, Permission.REPLY)
    earlier = store.by_sid(unit, f"placing:{client_id}") if client_id else None
    if earlier is not None:
        return int(earlier.id)
    if row.state == "closed":
        raise Conflict("The conversation is closed. Reopen it to call.", state="closed")
    _check_way(unit, actor, by)
    if store.is_on_call(unit, actor.id):
        raise Conflict("You are on another call. End it and write it up first.")
    contact = _number(unit, row, contact_id)
    call_id = unit.new_id()
    facts = {"conversation_id": row.id, "direction": "out", "contact_id": contact, "phase": "ringing"}
    when = {"ringing_at": unit.now, "consent_announced_at": unit.now, "language": row.language}
    store.add(unit, {"id": call_id, "sid": f"placing:{client_id or call_id}", **facts, **when})
    step = _step(unit, "taken", client_id, actor_id=actor.id, status=accounts.availability(unit, actor.id), ref=by)
    call_state.happen(unit, house, call_id, step, by=actor.id)
    return call_id


def _number(unit: Transaction, row: Row[object], contact_id: int | None) -> int:
    """A valid number of the conversation or of its confirmed patient that may be called."""
    points = [contacts.get(unit, row.sender_contact_id)] if row.sender_contact_id else []
    if row.subject_certainty == "confirmed":
        known = contacts.of_patient(unit, row.subject_patient_id)
        points += [contacts.get(unit, one.id) for one in known]
    phones = [one for one in points if one and one.kind == "phone" and contact_id in (None, one.id)]
    if not phones:
        raise Invalid(fields={"contact_id": "the patient has no such number here"})
    barred = reach.barriers(unit, row)
    free = [one for one in phones if not barred(one.id)]
    if not free:
        why = barred(phones[0].id)
        raise Invalid(f"Cannot call: {why}.", fields={"contact_id": why})
    answer = consent.ask(unit, free[0], channel="voice", exempt="reply")
    if not isinstance(answer, Allow):
        raise Invalid(f"Cannot call: {answer.why}.", fields={"contact_id": answer.why})
    return free[0].id


def _check_way(unit: Transaction, actor: Actor, by: str) -> None:
    if by not in WAYS:
        raise Invalid(fields={"by": f"one of {', '.join(WAYS)}"})
    if by == "phone" and not preferences.of(unit, actor.id).get("phone"):
        raise Invalid(fields={"by": "say first on which number we reach you"})


def _act(
    unit: Transaction,
    house: House,
    actor: Actor,
    call_id: int,
    kind: str,
    client_id: str,
    fits: Callable[[Course], bool],
    **facts: object,
) -> None:
    """One step where the call allows it; asked twice under one client id it happens once."""
    call, course = _on(unit, actor, call_id)
    step = _step(unit, kind, client_id, **facts)
    if step.key in {one.key for one in store.steps(unit, call.id)}:
        return
    if not fits(course):
        raise Conflict("The call is not there any more, or not yours.", phase=course.phase)
    call_state.happen(unit, house, call.id, step, by=actor.id)


def _on(unit: Transaction, actor: Actor, call_id: int) -> tuple[Row[object], Course]:
    """The call and its course, for somebody who may see its conversation and speak with patients."""
    call = store.get(unit, call_id)
    if call is None:
        raise NotFound("There is no such call.")
    row = threads.lock(unit, call.conversation_id)
    if not can_see(actor, vis_of(row)).operational:
        raise NotFound("There is no such call.")
    if not may(actor, Permission.REPLY, vis_of(row)):
        raise Forbidden("Your role does not speak with patients.")
    held = store.held(unit, call_id)
    assert held is not None
    return held, call_state.course_of(unit, held)


def _mine(course: Course, actor: Actor) -> Take | None:
    return next((one for one in course.takes if one.actor_id == actor.id), None)


def _leads(course: Course, actor: Actor) -> bool:
    return course.lead is not None and course.lead.actor_id == actor.id


def _step(unit: Transaction, kind: str, client_id: str, **facts: object) -> Step:
    """A step of ours: its place in the order is given when it happens."""
    return Step(f"{kind}:{client_id or unit.new_id()}", kind, unit.now, 1, **facts)  # type: ignore[arg-type]  # fields of Step
