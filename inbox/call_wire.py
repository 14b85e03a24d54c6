"""Tells the provider what our people did on a call: jobs after the commit, one call's in order. Each may run twice,
except those that place a call: of those an unanswered one is given up and said so, never repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from sqlalchemy import Row

from channels import twiml_legs, voice_rest, voice_sandbox
from channels.envelope import SendFailed
from channels.voice_course import Course, Step
from channels.voice_sandbox import Hook
from inbox import call_state, intake, phone, rehearsal
from inbox.house import House
from inbox.store import calls as store
from inbox.store import contacts, jobs, preferences, threads
from inbox.store.database import Transaction
from inbox.store.jobs import Job


class Errand(msgspec.Struct, frozen=True):
    """A job with everything it needs: `step` is what happened, `to` the number where one is called."""

    kind: str
    call: Row[Any]
    course: Course
    step: Row[Any]
    line: str
    to: str = ""


def run(house: House, job: Job) -> None:
    """The *call* job of one event; `call:play:…` is a hook of the pretend carrier."""
    if job.kind.startswith("call:play:"):
        return _play(house, job)
    errand = _read(house, job)
    if errand is None:
        return house.database.write(lambda unit: _finish(unit, job))
    if errand.kind == "overflow":
        return house.database.write(_overflow, job, errand)
    if errand.kind == "check":
        return house.database.write(_check, house, job, errand)
    if phone.is_simulated(house):
        return house.database.write(_simulate, house, job, errand)
    try:
        placed = asyncio.run(_tell(house, errand))
    except SendFailed as failure:
        if not (failure.permanent or failure.ambiguous):
            raise
        if failure.ambiguous and errand.kind not in ("taken", "place"):
            raise
        return house.database.write(_given_up, house, job, errand)
    return house.database.write(_placed, job, errand, placed)


def _play(house: House, job: Job) -> None:
    """The pretend carrier's hook of an event, through the real door, signed like any other."""
    errand = _read(house, job)
    number = int(job.kind.rpartition("/")[2])
    hooks = _hooks(errand) if errand is not None else []
    if number < len(hooks):
        hook = hooks[number]
        fields = {"AccountSid": house.twilio.account_sid, **hook.fields}
        intake.store(house, [rehearsal.call(house, hook.step, fields, hook.query)])
    house.database.write(lambda unit: _finish(unit, job))


def _read(house: House, job: Job) -> Errand | None:
    with house.database.snapshot() as reading:
        step = store.event(reading, job.ref)
        call = store.get(reading, step.call_id) if step else None
        if step is None or call is None:
            return None
        row = threads.get(reading, call.conversation_id)
        kind = job.kind.removeprefix("call:").removeprefix("play:").partition("/")[0]
        to = ""
        if kind == "place":
            contact = contacts.get(reading, call.contact_id)
            to = contact.value if contact else ""
        elif kind == "taken" and step.ref == "phone":
            to = str(preferences.of(reading, step.actor_id).get("phone", ""))
        line = phone.line_of(house.configuration.practice(), row.line)
        return Errand(kind, call, call_state.course_of(reading, call), step, line, to)


async def _tell(house: House, errand: Errand) -> str:
    """Asks the provider; answers the id of a call that was placed for the patient."""
    call, course, account = errand.call, errand.course, house.twilio
    if errand.kind == "taken" and errand.to:
        query = {"k": call.id, "t": errand.step.n}
        url, status = _address(house, "agent", query), _address(house, "leg", query)
        await voice_rest.place(account, to=errand.to, line=errand.line, url=url, status_url=status)
    elif errand.kind == "place" and course.live:
        query = {"k": call.id, "l": call.language or "en"}
        url, status = _address(house, "callee", query), _address(house, "status", {"k": call.id})
        return await voice_rest.place(account, to=errand.to, line=errand.line, url=url, status_url=status)
    for asking in _asked(house, errand):
        await asking
    return ""


def _asked(house: House, errand: Errand) -> list[Coroutine[Any, Any, None]]:
    """What may be asked twice."""
    call, course, account = errand.call, errand.course, house.twilio
    state = {"l": call.language or "en", "r": "0" if call.unrecorded else "1"}
    if errand.kind == "bridge" and course.live:
        return [voice_rest.redirect(account, call.sid, _address(house, "bridge", {"k": call.id, **state}))]
    if errand.kind == "requeue" and course.phase == "waiting":
        return [voice_rest.redirect(account, call.sid, _address(house, "menu", state))]
    if errand.kind in ("held", "resumed") and course.conference:
        url, on = _address(house, "hold", state), errand.kind == "held"
        return [voice_rest.hold(account, course.conference, call.sid, on=on, url=url)]
    if errand.kind == "hung_up":
        legs = [call.sid] if call.sid.startswith("CA") else []
        return [voice_rest.finish(account, leg) for leg in [*legs, *_legs(errand)]]
    if errand.kind == "handed":
        return [voice_rest.finish(account, leg) for leg in _legs(errand, errand.step.take)]
    return []


def _legs(errand: Errand, take: int = 0) -> list[str]:
    """The legs of our people that are there, or that of one take."""
    return [leg for number, leg in errand.course.legs if leg and take in (0, number)]


def _placed(unit: Transaction, job: Job, errand: Errand, placed: str) -> None:
    if placed and errand.call.sid.startswith("placing:"):
        store.keep(unit, errand.call.id, {"sid": placed})
    _finish(unit, job)


def _given_up(unit: Transaction, house: House, job: Job, errand: Errand) -> None:
    """The provider refused, or nobody can say whether it did it: our person is told by the state of the call."""
    if errand.kind == "taken":
        step = Step(f"released:failed:{errand.step.n}", "released", unit.now, 1, take=errand.step.n)
        call_state.happen(unit, house, errand.call.id, step)
    elif errand.kind == "place":
        step = Step("ended:failed", "ended", unit.now, status="failed")
        call_state.happen(unit, house, errand.call.id, step)
    _finish(unit, job)


def _check(unit: Transaction, house: House, job: Job, errand: Errand) -> None:
    """Whoever took a call and is not on the line by now has lost it: it waits for somebody else."""
    course = call_state.course_of(unit, errand.call)
    take = next((one for one in course.takes if one.n == errand.step.n), None)
    if take is not None and not take.joined:
        step = Step(f"released:late:{take.n}", "released", unit.now, 1, take=take.n)
        call_state.happen(unit, house, errand.call.id, step)
    _finish(unit, job)


def _overflow(unit: Transaction, job: Job, errand: Errand) -> None:
    """Nobody of the team took it: the others' screens hear of it."""
    row = threads.lock(unit, errand.call.conversation_id)
    if call_state.course_of(unit, errand.call).phase == "waiting":
        threads.change(unit, row, {})
        unit.record("call.waiting", actor_id=None, conversation_id=row.id, details={"call": errand.call.id})
    _finish(unit, job)


def _simulate(unit: Transaction, house: House, job: Job, errand: Errand) -> None:
    for number, hook in enumerate(_hooks(errand)):
        due_at = unit.now + timedelta(seconds=hook.after)
        kind = f"call:play:{errand.kind}/{number}"
        jobs.add(unit, kind=kind, ref=errand.step.id, queue="inbound", due_at=due_at)
    _finish(unit, job)


def _hooks(errand: Errand) -> list[Hook]:
    """What the pretend carrier posts after a step."""
    call, course = errand.call, errand.course
    their_sid = call.sid if call.sid.startswith("CA") else voice_sandbox.call_sid(call.id, twiml_legs.PATIENT)
    if errand.kind == "taken":
        label = voice_sandbox.take_label(errand.step.n)
        return [voice_sandbox.joins(call.id, label, voice_sandbox.call_sid(call.id, label), 0.5)]
    if errand.kind == "bridge":
        return [voice_sandbox.joins(call.id, twiml_legs.PATIENT, their_sid)]
    if errand.kind == "place":
        return voice_sandbox.rings(call.id, errand.to, errand.line, their_sid)
    if errand.kind == "handed":
        label = voice_sandbox.take_label(errand.step.take)
        return [voice_sandbox.parts(call.id, label, voice_sandbox.call_sid(call.id, label))]
    if errand.kind == "hung_up":
        since = course.answered_at or course.ringing_at or errand.step.at
        return [voice_sandbox.ends(call.id, their_sid, "completed", int((errand.step.at - since).total_seconds()))]
    return []


def _address(house: House, step: str, query: dict[str, Any]) -> str:
    return f"{house.settings.public_url}/in/twilio/voice/{step}?{urlencode(query)}"


def _finish(unit: Transaction, job: Job) -> None:
    if not jobs.finish(unit, job):
        raise jobs.TakenOver
