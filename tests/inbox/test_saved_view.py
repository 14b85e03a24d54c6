"""Filters kept under a name: own, of a team by a supervisor only, ordered by each person for themselves."""

from typing import Any

import pytest

from inbox import saved_view
from inbox.actors import Actor
from inbox.errors import Forbidden, Invalid, NotFound
from tests.support.house import Clinic

QUERY = "channel=sms&view=open&owner=me"


def names(clinic: Clinic, actor: Actor) -> list[str]:
    with clinic.house.database.snapshot() as reading:
        return [one.name for one in saved_view.listed(reading, actor=actor)]


def save(clinic: Clinic, actor: Actor, name: str, **more: Any) -> int:
    return clinic.act(saved_view.save, actor=actor, name=name, **{"query": QUERY, **more})


def test_own_views_are_ones_own_and_kept_in_one_spelling(clinic: Clinic) -> None:
    save(clinic, clinic.agent, " Mine by text ")
    assert (names(clinic, clinic.agent), names(clinic, clinic.rival)) == (["Mine by text"], [])
    with clinic.house.database.snapshot() as reading:
        (one,) = saved_view.listed(reading, actor=clinic.agent)
    assert (one.query, one.team, one.mine) == ("view=open&owner=me&channel=sms", None, True)


def test_a_team_gets_its_views_from_a_supervisor(clinic: Clinic) -> None:
    with pytest.raises(Forbidden):
        save(clinic, clinic.agent, "Ours", team="billing")
    view_id = save(clinic, clinic.supervisor, "Ours", team="billing")
    told = {"view": view_id, "team": "billing", "list": "view=open&owner=me&channel=sms"}
    assert clinic.lines()[-1].details == told
    assert [names(clinic, one) for one in (clinic.agent, clinic.outsider)] == [["Ours"], []]
    with pytest.raises(Forbidden):
        clinic.act(saved_view.remove, actor=clinic.agent, view_id=view_id)
    with pytest.raises(NotFound):
        clinic.act(saved_view.remove, actor=clinic.outsider, view_id=view_id)


def test_rename_remove_restore_and_order_are_journaled(clinic: Clinic) -> None:
    first, second = (save(clinic, clinic.agent, name) for name in ("First", "Second"))
    since = clinic.head()
    clinic.act(saved_view.change, actor=clinic.agent, view_id=first, name="Primero")
    clinic.act(saved_view.arrange, actor=clinic.agent, ids=[second, first, 99])
    assert names(clinic, clinic.agent) == ["Second", "Primero"]
    clinic.act(saved_view.remove, actor=clinic.agent, view_id=second)
    assert names(clinic, clinic.agent) == ["Primero"]
    clinic.act(saved_view.restore, actor=clinic.agent, view_id=second)
    assert names(clinic, clinic.agent) == ["Second", "Primero"]
    verbs = ["saved_view.changed", "preferences.changed", "saved_view.removed", "saved_view.restored"]
    assert clinic.verbs(since) == verbs


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "x" * 41}, {"query": "view=nonsense"}, {"query": "view=open&q=maria"}]
)
def test_a_view_that_is_none_is_refused(clinic: Clinic, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        save(clinic, clinic.agent, **{"name": "Mine", **wrong})
