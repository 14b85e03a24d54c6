"""The SQL twin of `actors.can_see`: the same decision as conditions over conversations, so that a list is filtered
before it is limited. A property test holds the two equal; refuses by default.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true

from inbox.actors import MATRIX, Actor, Permission
from inbox.store.tables import conversations as c


def visible(actor: Actor) -> ColumnElement[bool]:
    """The viewer may know that the conversation is there."""
    return _reach(actor, Permission.SEE_OPERATIONAL)


def visible_unindexed(actor: Actor) -> ColumnElement[bool]:
    """As `visible`, spelled so that no index on team or owner tempts a planner away from that of a small view."""
    if MATRIX[Permission.SEE_OPERATIONAL][actor.role] != "T":
        return visible(actor)
    own_team = func.coalesce(c.c.team, "").in_(sorted(actor.teams))
    return or_(own_team, func.coalesce(c.c.owner_id, 0) == actor.id)


def person_visible(actor: Actor) -> ColumnElement[bool]:
    """The viewer may see whom it is about."""
    unlocked = or_(not_(c.c.sensitive), _reach(actor, Permission.SEE_SENSITIVE))
    return and_(visible(actor), unlocked, _reach(actor, Permission.SEE_PERSON))


def texts_visible(actor: Actor, clinical: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """The viewer may read what was said. `clinical` is the class of the text where it may be stricter than that of its
    conversation."""
    is_clinical = c.c.clinical if clinical is None else or_(c.c.clinical, clinical)
    read = or_(
        and_(is_clinical, _reach(actor, Permission.SEE_CLINICAL)),
        and_(not_(is_clinical), _reach(actor, Permission.SEE_TEXTS)),
    )
    return and_(person_visible(actor), read)


def notes_visible(actor: Actor) -> ColumnElement[bool]:
    """The viewer may read clinical notes."""
    return and_(person_visible(actor), _reach(actor, Permission.SEE_CLINICAL_NOTES))


def scopes(actor: Actor, team: str | None = None) -> list[ColumnElement[bool]]:
    """Conditions that cover all visible rows, share none, and let an index start: a list asks each of them for
    its first page. `team` narrows all of them to one queue."""
    reach = MATRIX[Permission.SEE_OPERATIONAL][actor.role]
    if reach == "A":
        return [true() if team is None else c.c.team == team]
    if reach != "T":
        return [false()]
    own = sorted(actor.teams) if team is None else sorted(actor.teams & {team})
    elsewhere: list[Any] = [c.c.owner_id == actor.id, c.c.team.not_in(sorted(actor.teams))]
    return [*(c.c.team == name for name in own), and_(*elsewhere, *([c.c.team == team] if team else []))]


def _reach(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    reach = MATRIX[permission][actor.role]
    if reach == "A":
        return true()
    if reach == "T":
        return or_(c.c.team.in_(sorted(actor.teams)), c.c.owner_id == actor.id)
    if reach in ("B", "R") and actor.glasses:
        through = [one.subject_id for one in actor.glasses]
        return or_(func.coalesce(c.c.subject_patient_id, 0).in_(through), c.c.id.in_(through))
    return false()
