"""What SQL lets through is what `can_see` says, for every role, team, owner and class."""

from itertools import cycle, product

import msgspec
from sqlalchemy import ColumnElement, select

from inbox.actors import ROLES, Actor, Glass, Sight, Vis, can_see
from inbox.store import sight
from inbox.store.tables import conversations as c
from tests.support.cast import AGENT, ANA, LUIS, MARIA, NOW, RIVAL, Cast

TEAMS = (frozenset[str](), frozenset({"nursing"}), frozenset({"nursing", "billing"}))


def test_the_sql_twin_equals_can_see_everywhere(cast: Cast) -> None:
    kinds = product(("nursing", "billing", "quality"), (None, AGENT.id, RIVAL.id), (False, True), (False, True))
    rows = {
        cast.add_conversation(
            team=team, owner_id=owner, clinical=clinical, sensitive=sensitive, subject_patient_id=subject
        ): Vis(team, owner, clinical, sensitive, subject)
        for (team, owner, clinical, sensitive), subject in zip(kinds, cycle((MARIA, LUIS, ANA)), strict=False)
    }
    rows = {row: msgspec.structs.replace(vis, conversation_id=row) for row, vis in rows.items()}
    for role, teams in product(ROLES, TEAMS):
        for subjects in ((), (MARIA,), (min(rows), max(rows))):
            glasses = tuple(Glass(1, subject, NOW) for subject in subjects)
            actor = Actor(AGENT.id, "", "", role, teams, glasses=glasses)
            expected = {row: can_see(actor, vis) for row, vis in rows.items()}
            assert _seen(cast, actor) == expected


def test_the_scopes_of_a_list_cover_what_is_visible_once(cast: Cast) -> None:
    for team, owner in product(("nursing", "billing", "quality"), (None, AGENT.id)):
        cast.add_conversation(team=team, owner_id=owner)
    for role, teams in product(ROLES, TEAMS):
        actor = Actor(AGENT.id, "", "", role, teams)
        found = [row for scope in sight.scopes(actor) for row in _ids(cast, scope)]
        assert sorted(found) == sorted(_ids(cast, sight.visible(actor)))


def _seen(cast: Cast, actor: Actor) -> dict[int, Sight]:
    conditions = (sight.visible, sight.person_visible, sight.texts_visible, sight.notes_visible)
    found = [set(_ids(cast, condition(actor))) for condition in conditions]
    with cast.database.snapshot() as reading:
        every = [row.id for row in reading.all(select(c.c.id))]
    return {row: Sight(*(row in some for some in found)) for row in every}


def _ids(cast: Cast, condition: ColumnElement[bool]) -> list[int]:
    with cast.database.snapshot() as reading:
        return [row.id for row in reading.all(select(c.c.id).where(condition))]
