"""A look with a reason: one patient, thirty minutes, logged under its own number, judged by somebody else."""

from typing import Any

import pytest
from sqlalchemy import select

from inbox import access, accounts, conversation, glass
from inbox.actors import Actor, Permission, can_see, may
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.store import accounts as people
from inbox.store import tables as t
from inbox.working import vis_of
from tests.support.house import DAY, HOUR, MINUTE, SECOND, Clinic

WHY = "Mother calls: the child is turning blue"
CLINICAL = "I need a refill of my lisinopril"


def hired(clinic: Clinic, name: str, role: str, *teams: str) -> Actor:
    given = {"email": f"{name}@clinic.example", "name": name.title(), "role": role, "teams": list(teams)}
    actor_id = clinic.act(accounts.add, **given, password=None, by=None)
    with clinic.house.database.snapshot() as reading:
        found = people.actor(reading, actor_id)
    assert found is not None
    return found


@pytest.fixture
def clerk(clinic: Clinic) -> Actor:
    return hired(clinic, "theo", "front_desk", "nursing", "contact_center")


@pytest.fixture
def hana(clinic: Clinic) -> Actor:
    return hired(clinic, "hana", "compliance")


def look(clinic: Clinic, actor: Actor, conversation: int, why: str = WHY) -> int:
    return clinic.act(glass.look, actor=actor, conversation_id=conversation, why=why)


def now(clinic: Clinic, actor: Actor) -> Actor:
    """As the next request finds this person."""
    token = clinic.act(accounts.issue_token, email=actor.email, label="test")
    found = accounts.bearer(clinic.house.database, token)
    assert found is not None
    return found


def words(clinic: Clinic, actor: Actor, conversation_id: int) -> list[str]:
    with clinic.house.database.snapshot() as reading:
        asked: dict[str, Any] = {"conversation_id": conversation_id, "now": clinic.now}
        return [said.text for said in conversation.view(reading, actor=actor, **asked).messages]


def test_it_opens_one_patient_for_thirty_minutes(clinic: Clinic, clerk: Actor) -> None:
    one, other = clinic.landed(CLINICAL), clinic.landed(CLINICAL, "+14155550177")
    assert [words(clinic, now(clinic, clerk), row) for row in (one, other)] == [[""], [""]]
    glass_id = look(clinic, clerk, one)
    assert look(clinic, clerk, one) == glass_id
    clinic.move(30 * MINUTE - SECOND)
    assert [words(clinic, now(clinic, clerk), row) for row in (one, other)] == [[CLINICAL], [""]]
    assert not may(now(clinic, clerk), Permission.REPLY_CLINICAL, vis_of(clinic.conversation(one)))
    clinic.move(SECOND)
    assert words(clinic, now(clinic, clerk), one) == [""]
    line = next(line for line in clinic.lines() if line.verb == "glass.broken")
    assert (line.actor_id, line.conversation_id, line.details["glass"]) == (clerk.id, one, glass_id)
    assert WHY not in str([line.details for line in clinic.lines()])


def test_it_ends_when_its_person_says_so(clinic: Clinic, clerk: Actor) -> None:
    one = clinic.landed(CLINICAL)
    look(clinic, clerk, one)
    clinic.act(glass.end, actor=clerk, conversation_id=one)
    clinic.act(glass.end, actor=clerk, conversation_id=one)
    assert (words(clinic, now(clinic, clerk), one), clinic.verbs().count("glass.ended")) == ([""], 1)


def test_clinical_notes_open_too_and_nothing_else_does(clinic: Clinic) -> None:
    one = clinic.landed(CLINICAL)
    agent = hired(clinic, "jess", "agent", "nursing")
    vis = vis_of(clinic.conversation(one))
    before = can_see(agent, vis)
    look(clinic, agent, one)
    assert (before.notes, can_see(now(clinic, agent), vis).notes) == (False, True)
    assert before.texts


@pytest.mark.parametrize("why", ["", "because", " " * 20, "x" * 401])
def test_a_reason_says_something(clinic: Clinic, clerk: Actor, why: str) -> None:
    one = clinic.landed(CLINICAL)
    with pytest.raises(Invalid) as refused:
        look(clinic, clerk, one, why)
    assert list(refused.value.fields) == ["why"]
    assert clinic.count(t.glasses) == 0


def test_who_may_not_break_it(clinic: Clinic) -> None:
    one = clinic.landed(CLINICAL)
    for role, error in (("manager", Forbidden), ("admin", NotFound), ("service", NotFound)):
        with pytest.raises(error):
            look(clinic, hired(clinic, role, role), one)
    with pytest.raises(NotFound):
        look(clinic, clinic.outsider, one)
    with pytest.raises(Conflict):
        look(clinic, clinic.nurse, one)


def test_each_look_inside_bears_its_number(clinic: Clinic, clerk: Actor) -> None:
    one = clinic.landed(CLINICAL)
    seen = {"object": "conversation", "object_id": one, "patient_id": None, "conversation_id": one, "how": "opened"}
    access.record(clinic.house.database, actor=now(clinic, clerk), **seen)
    glass_id = look(clinic, clerk, one)
    access.record(clinic.house.database, actor=now(clinic, clerk), **seen)
    rows = clinic.all(select(t.access.c.glass_id).order_by(t.access.c.id))
    assert [row.glass_id for row in rows] == [None, glass_id]


def test_it_waits_until_somebody_else_has_judged_it(clinic: Clinic, clerk: Actor, hana: Actor) -> None:
    one = clinic.landed(CLINICAL)
    glass_id, own = look(clinic, clerk, one), look(clinic, hana, one)

    def waiting(actor: Actor) -> list[tuple[int, str, bool]]:
        with clinic.house.database.snapshot() as reading:
            return [(row.id, row.why, row.late) for row in glass.waiting(reading, actor=actor)]

    assert waiting(hana) == [(glass_id, WHY, False), (own, WHY, False)]
    team = clinic.conversation(one).team
    assert [waiting(boss) != [] for boss in (hired(clinic, "amir", "supervisor", team), clinic.supervisor)] == [
        True,
        team in clinic.supervisor.teams,
    ]
    clinic.move(3 * DAY + HOUR)
    assert [late for *_, late in waiting(hana)] == [True, True]
    judge = {"actor": hana, "verdict": "Right: it was urgent"}
    clinic.act(glass.judge, **judge, glass_id=glass_id)
    with pytest.raises(Conflict):
        clinic.act(glass.judge, **judge, glass_id=glass_id)
    with pytest.raises(Forbidden):
        clinic.act(glass.judge, **judge, glass_id=own)
    with pytest.raises(Forbidden):
        clinic.act(glass.judge, actor=clinic.agent, verdict="Fine by me", glass_id=own)
    assert [row[0] for row in waiting(hana)] == [own]
    assert clinic.verbs()[-1] == "glass.judged"
