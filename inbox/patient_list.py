"""The search for patients: by name, number, address or birth date, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from inbox import practice
from inbox.actors import Actor
from inbox.errors import Invalid
from inbox.looking import name_of
from inbox.search_query import parse
from inbox.store import record as store
from inbox.store import search_people
from inbox.store.database import Reading
from patients.record import age_on, display_name, initials
from patients.words import Term


class Summary(msgspec.Struct, frozen=True):
    """A line of the patient list."""

    id: int
    name: str
    initials: str
    birth_on: date | None
    age: int | None
    language: str
    open: int


class Patients(msgspec.Struct, frozen=True):
    """A page of patients by name; `next` goes back as `after`."""

    items: tuple[Summary, ...]
    next: str | None


def page(reading: Reading, *, actor: Actor, q: str = "", after: str | None = None, limit: int = 50) -> Patients:
    """Patients by name; all words of `q` must fit: of a name, an address, a number, a birth date (ISO). Raises Invalid
    as `search_query.parse` does."""
    query = parse(q)
    return fitting(reading, actor=actor, wanted=(*query.wanted, *query.sender), after=after, limit=limit)


def fitting(
    reading: Reading,
    *,
    actor: Actor,
    wanted: Sequence[Term],
    unwanted: Sequence[Term] = (),
    after: str | None = None,
    limit: int = 50,
) -> Patients:
    """Patients by name whom all wanted terms fit and none of the unwanted."""
    named = search_people.matching(reading, wanted, unwanted)
    found = store.page(reading, actor, named, after=id_of(after), limit=limit + 1)
    on = today(reading)
    items = tuple(_summary(row, on) for row in found[:limit])
    return Patients(items, str(items[-1].id) if len(found) > limit else None)


def age(birth_on: date | None, today: date) -> int | None:
    """Whole years on a day; None where the birth date is not known."""
    return None if birth_on is None else age_on(birth_on, today)


def today(reading: Reading) -> date:
    """The day at the clinic."""
    return reading.now.astimezone(ZoneInfo(practice.read(reading).zone)).date()


def _summary(row: Any, on: date) -> Summary:
    name = name_of(row)
    shown = (display_name(name), initials(name), row.birth_on, age(row.birth_on, on))
    return Summary(row.id, *shown, row.language, row.open)


def id_of(after: str | None) -> int:
    """The id that a cursor stands for, 0 for none. Raises Invalid."""
    if not after:
        return 0
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid(fields={"after": "send back `next` as it came"})
    return int(after)
