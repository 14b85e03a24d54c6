"""What a clinic that begins has yet to set up, in the order in which it matters. Nothing for who may not set it up, and
nothing once all is done."""

from __future__ import annotations

import msgspec

from inbox import configuration, practice
from inbox.actors import Actor, Permission, may
from inbox.store import accounts
from inbox.store import effect as store
from inbox.store.database import Reading


class Step(msgspec.Struct, frozen=True):
    """One thing to set up: `people`, `lines`, `hours` or `message`."""

    name: str
    done: bool


def first_steps(reading: Reading, *, actor: Actor) -> tuple[Step, ...]:
    """All of them while one is left to do."""
    if not may(actor, Permission.CONFIGURE):
        return ()
    clinic, people = practice.read(reading), accounts.people(reading)
    steps = (
        Step("people", any(one.role != "service" and one.id != actor.id for one in people)),
        Step("lines", bool(clinic.lines)),
        Step("hours", configuration.newest(reading, "calendar").number > 0),
        Step("message", store.any_conversation(reading)),
    )
    return () if all(step.done for step in steps) else steps
