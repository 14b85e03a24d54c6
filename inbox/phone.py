"""The phone on our people's screens: who may be a phone and how, which calls a person is shown and in which part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Row

from channels import voice_token
from channels.voice_course import Course
from channels.voice_token import VoiceKeys
from inbox import call_state, worklist
from inbox.actors import Actor, Permission, can_see, may
from inbox.errors import Conflict, Invalid
from inbox.house import House
from inbox.practice import Practice
from inbox.settings import DEMO_ACCOUNT_SID
from inbox.store import accounts, preferences, threads
from inbox.store import calls as store
from inbox.store.database import Reading, Transaction
from inbox.working import vis_of
from patients.phones import normalise

#: After so long a call is shown also to those outside its team who may see it.
OVERFLOW = timedelta(seconds=60)
Part = Literal["ring", "asked", "mine", "none"]


class Pass(msgspec.Struct, frozen=True):
    """What a browser needs to be a phone; `simulated`: nobody is called and nobody speaks."""

    token: str
    simulated: bool


class Shown(msgspec.Struct, frozen=True):
    """A call as one person is shown it. `name` is as certain as the conversation's row says it."""

    id: int
    part: Part
    conversation_id: int
    course: Course
    row: worklist.Row | None
    direction: str
    language: str
    simulated: bool
    colleagues: tuple[tuple[int, str], ...] = ()
    names: Mapping[int, str] = {}
    queued_at: datetime | None = None


def is_simulated(house: House) -> bool:
    """The demo's pretend carrier."""
    settings = house.settings
    return settings.is_demo and settings.twilio_account_sid == DEMO_ACCOUNT_SID and not settings.twilio_api_url


def open_line(house: House, *, actor: Actor) -> Pass:
    """Makes this person's browser a phone. Raises Conflict where the installation has no key for it."""
    if is_simulated(house):
        return Pass("", simulated=True)
    settings = house.settings
    keys = VoiceKeys(
        settings.twilio_account_sid,
        settings.twilio_api_key_sid,
        settings.twilio_api_key_secret,
        settings.twilio_voice_app_sid,
    )
    if not keys.complete:
        raise Conflict("Calls in the browser are not set up: answer on your own phone, or ask an administrator.")
    return Pass(voice_token.mint(keys, actor.id), simulated=False)


def set_number(unit: Transaction, house: House, *, actor: Actor, number: str) -> None:
    """The number on which calls reach this person; empty takes it back."""
    normal = normalise(number, house.configuration.practice().region).e164 if number.strip() else ""
    if normal is None:
        raise Invalid(fields={"phone": "a number that exists, such as +1 415 555 0142"})
    preferences.set_all(unit, actor.id, preferences.of(unit, actor.id) | {"phone": normal})
    unit.record("preferences.changed", actor_id=actor.id, details={"names": ["phone"]})


def line_of(practice: Practice, line: str) -> str:
    """The number we call from: the conversation's own, or the clinic's first."""
    if line.startswith("+"):
        return line
    numbers = [one.address for one in practice.lines if one.address.startswith("+")]
    return numbers[0] if numbers else practice.phone


def standing(reading: Reading, house: House, *, actor: Actor) -> tuple[Shown, ...]:
    """The calls that this person's screens show now."""
    if not may(actor, Permission.REPLY):
        return ()
    found = [shown(reading, house, actor=actor, call=call) for call in store.live(reading)]
    return tuple(one for one in found if one.part != "none")


def shown(reading: Reading, house: House, *, actor: Actor, call: Row[Any], row: worklist.Row | None = None) -> Shown:
    """One call as this person is shown it; `part` *none* where it is not theirs to see."""
    course = call_state.course_of(reading, call)
    conversation = threads.get(reading, call.conversation_id)
    part = part_of(reading, actor=actor, call=call, course=course, conversation=conversation)
    mine = part == "mine"
    if row is None and part != "none":
        found = worklist.gather(reading, {call.conversation_id}).get(call.conversation_id)
        row = worklist.show(actor, found) if found is not None else None
    return Shown(
        call.id,
        part,
        call.conversation_id,
        course,
        row,
        call.direction,
        call.language,
        is_simulated(house),
        _colleagues(reading, actor, conversation) if mine and course.live else (),
        _names(reading, course) if part != "none" else {},
        course.queued_at,
    )


def part_of(reading: Reading, *, actor: Actor, call: Row[Any], course: Course, conversation: Row[Any]) -> Part:
    """Whether the call is theirs, rings for them, or is asked of them."""
    vis = vis_of(conversation)
    if not may(actor, Permission.REPLY, vis):
        return "none"
    if any(take.actor_id == actor.id for take in course.takes):
        return "mine"
    if course.phase == "wrapping":
        return "mine" if course.last_actor_id == actor.id else "none"
    if course.asked == actor.id:
        return "asked"
    if course.phase != "waiting" or actor.id in course.declined or not can_see(actor, vis).operational:
        return "none"
    teams = store.available(reading).get(actor.id)
    since = course.queued_at or reading.now
    fits = teams is not None and (conversation.team in teams or reading.now - since >= OVERFLOW)
    return "ring" if fits else "none"


def _colleagues(reading: Reading, actor: Actor, conversation: Row[Any]) -> tuple[tuple[int, str], ...]:
    """Who may be asked to take the call over."""
    free = store.available(reading)
    able = (one for one in accounts.people(reading) if one.id in free and one.id != actor.id)
    return tuple((one.id, one.name) for one in able if can_see(one, vis_of(conversation)).operational)


def _names(reading: Reading, course: Course) -> dict[int, str]:
    ids = {take.actor_id for take in course.takes} | ({course.asked} if course.asked else set())
    found = ((one, accounts.actor(reading, one)) for one in ids)
    return {one: person.name for one, person in found if person is not None}
