"""The phone on our people's screens: who may be a phone and how, which calls a person is shown and in which part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Row

from channels import voice_token
from channels.voice_course import Course, Take
from channels.voice_token import VoiceKeys
from inbox import call_state, worklist
from inbox.actors import Actor, Permission, can_see, may
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.house import House
from inbox.practice import Practice
from inbox.settings import DEMO_ACCOUNT_SID
from inbox.store import accounts, preferences, threads
from inbox.store import calls as store
from inbox.store.database import Reading, Transaction
from inbox.working import vis_of
from patients.phones import normalise

OVERFLOW = timedelta(seconds=call_state.OVERFLOW_SECONDS)
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

    def take(self, actor_id: int) -> Take | None:
        """This person's own part of the call."""
        return next((one for one in self.course.takes if one.actor_id == actor_id), None)


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


def set_number(unit: Transaction, house: House, *, actor: Actor, number: str, of: int | None = None) -> None:
    """The number on which calls reach this person, or the person `of`; empty takes it back. Raises Forbidden for
    another's unless they set up the clinic, NotFound, Invalid."""
    whose = actor.id if of is None else of
    if whose != actor.id and not may(actor, Permission.CONFIGURE):
        raise Forbidden("An administrator sets the numbers of others.")
    if accounts.actor(unit, whose) is None:
        raise NotFound("There is no such person.")
    normal = normalise(number, house.configuration.practice().region).e164 if number.strip() else ""
    if normal is None:
        raise Invalid(fields={"phone": "a number that exists, such as +1 415 555 0142"})
    preferences.set_all(unit, whose, preferences.held(unit, whose) | {"phone": normal})
    unit.record("preferences.changed", actor_id=actor.id, details={"names": ["phone"], "of": whose})


class Reached(msgspec.Struct, frozen=True):
    """Somebody who may answer calls, and the number on which they are called, "" for the browser alone."""

    id: int
    name: str
    number: str


def numbers(reading: Reading, *, actor: Actor) -> tuple[Reached, ...]:
    """On which numbers our people are called. Raises Forbidden."""
    if not may(actor, Permission.SEE_STAFF):
        raise Forbidden("Numbers of colleagues are for those who see the staff.")
    able = (one for one in accounts.people(reading) if may(one, Permission.REPLY))
    return tuple(Reached(one.id, one.name, str(preferences.of(reading, one.id).get("phone", ""))) for one in able)


def line_of(practice: Practice, line: str) -> str:
    """The number we call from: the conversation's own, or the clinic's first."""
    if line.startswith("+"):
        return line
    numbers = [one.address for one in practice.lines if one.address.startswith("+")]
    return numbers[0] if numbers else practice.phone


class Seats:
    """Who has which part in a call now: read once, asked for every person."""

    def __init__(self, reading: Reading, call: Row[Any]) -> None:
        self.call, self.course = call, call_state.course_of(reading, call)
        self.conversation = threads.get(reading, call.conversation_id)
        self.available = store.available(reading)
        self._waited = reading.now - (self.course.queued_at or reading.now)

    def part(self, actor: Actor) -> Part:
        """Whether the call is theirs, rings for them, or is asked of them."""
        course, vis = self.course, vis_of(self.conversation)
        if not may(actor, Permission.REPLY, vis):
            return "none"
        if any(take.actor_id == actor.id for take in course.takes):
            return "mine"
        if course.phase == "wrapping":
            return "mine" if course.last_actor_id == actor.id else "none"
        if course.asked == actor.id:
            return "asked"
        teams = self.available.get(actor.id)
        if course.phase != "waiting" or actor.id in course.declined or teams is None:
            return "none"
        return "ring" if self.conversation.team in teams or self._waited >= OVERFLOW else "none"


def standing(reading: Reading, house: House, *, actor: Actor) -> tuple[Shown, ...]:
    """The calls that this person's screens show now."""
    if not may(actor, Permission.REPLY):
        return ()
    found = [Seats(reading, call) for call in store.live(reading)]
    return tuple(shown(reading, house, actor=actor, seats=one) for one in found if one.part(actor) != "none")


def seats_of(reading: Reading, call_id: int) -> Seats | None:
    """The same for one call."""
    call = store.get(reading, call_id)
    return Seats(reading, call) if call is not None else None


def shown(reading: Reading, house: House, *, actor: Actor, seats: Seats) -> Shown:
    """One call as this person is shown it; who calls as certain as the conversation's row says it."""
    call, course, part = seats.call, seats.course, seats.part(actor)
    found = worklist.gather(reading, {call.conversation_id}).get(call.conversation_id) if part != "none" else None
    return Shown(
        call.id,
        part,
        call.conversation_id,
        course,
        worklist.show(actor, found) if found is not None else None,
        call.direction,
        call.language,
        is_simulated(house),
        _colleagues(reading, actor, seats) if part == "mine" and course.live else (),
        _names(reading, course) if part != "none" else {},
    )


def _colleagues(reading: Reading, actor: Actor, seats: Seats) -> tuple[tuple[int, str], ...]:
    """Who may be asked to take the call over."""
    vis = vis_of(seats.conversation)
    able = (one for one in accounts.people(reading) if one.id in seats.available and one.id != actor.id)
    return tuple((one.id, one.name) for one in able if can_see(one, vis).operational)


def _names(reading: Reading, course: Course) -> dict[int, str]:
    ids = {take.actor_id for take in course.takes} | ({course.asked} if course.asked else set())
    found = ((one, accounts.actor(reading, one)) for one in ids)
    return {one: person.name for one, person in found if person is not None}
