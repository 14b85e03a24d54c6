"""Whom a note may name: only those who may read it, or the name would tell them of what they may not see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox.actors import TEAMS, Actor, Permission, can_see, may
from inbox.errors import NotFound
from inbox.store import accounts, threads
from inbox.store.database import Reading
from inbox.working import vis_of


class Named(msgspec.Struct, frozen=True):
    """A person (`id`) or a team (`team`) to name."""

    label: str
    id: int | None = None
    team: str | None = None


def offered(reading: Reading, *, actor: Actor, conversation_id: int) -> tuple[Named, ...]:
    """Who may be named in a note here, people before teams. Raises NotFound."""
    row = threads.get(reading, conversation_id)
    if not can_see(actor, vis_of(row)).operational or not may(actor, Permission.NOTE, vis_of(row)):
        raise NotFound("There is no such conversation.")
    readers = [one for one in accounts.people(reading) if _reads(one, row) and one.id != actor.id]
    teams = [team for team in TEAMS if any(team in one.teams for one in readers)]
    words = [Named(team.replace("_", " ").capitalize(), team=team) for team in teams]
    return (*(Named(one.name, id=one.id) for one in readers), *words)


def resolve(
    reading: Reading, row: Row[Any], *, people: Sequence[int], teams: Sequence[str], clinical: bool
) -> list[int]:
    """The ids a note names, teams as their readers; whoever may not read it is left out and hears nothing."""
    if not people and not teams:
        return []
    readers = {one.id: one for one in accounts.people(reading) if _reads(one, row, clinical=clinical)}
    return sorted({*(set(people) & readers.keys()), *(one.id for one in readers.values() if one.teams & set(teams))})


def _reads(person: Actor, row: Row[Any], *, clinical: bool = False) -> bool:
    """Those who work on it, also where a sensitive one opens only by breaking the glass."""
    if clinical:
        return can_see(person, vis_of(row)).notes
    return may(person, Permission.NOTE, vis_of(row))
