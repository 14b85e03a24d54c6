"""What a person who works here can do for patients: the languages they speak. A hard limit of assignment, so it is
declared and journaled, never guessed from a name."""

from __future__ import annotations

import re

from sqlalchemy import update

from inbox.actors import Actor
from inbox.errors import Invalid
from inbox.store.database import Transaction
from inbox.store.tables import actors

_TAG = re.compile(r"[a-z]{2,3}")


def speak(unit: Transaction, *, actor_id: int, languages: list[str], by: Actor | None) -> None:
    """Sets the languages (ISO 639) in which this person answers patients. Raises Invalid for an odd tag."""
    odd = [tag for tag in languages if not _TAG.fullmatch(tag)]
    if odd or not languages:
        raise Invalid(fields={"languages": "two or three small letters each, such as en or es"})
    unit.execute(update(actors).where(actors.c.id == actor_id).values(languages=languages))
    details = {"actor": actor_id, "languages": languages}
    unit.record("actor.changed", actor_id=by.id if by else None, details=details)
