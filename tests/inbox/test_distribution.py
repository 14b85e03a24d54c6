"""Who is given what waits, and what goes back: order, licence, language, skills, room, leases, absence."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from inbox import accounts, assignment, reading, watch
from inbox.actors import Actor
from inbox.house import House
from inbox.store import tables as t
from tests.support.house import HOUR, MINUTE, SECOND, Clinic

SPANISH = "Necesito una cita la proxima semana por favor, gracias"
BILLING = "I have a question about my bill"


def here(clinic: Clinic, *people: Actor, availability: str = "available") -> None:
    for person in people:
        clinic.act(accounts.declare, actor=person, availability=availability)


def known(clinic: Clinic, person: Actor, **values: Any) -> None:
    """What an administrator set of a person."""
    clinic.act(lambda unit: unit.execute(update(t.actors).where(t.actors.c.id == person.id).values(**values)))


def hand_out(clinic: Clinic) -> int:
    """How many found somebody."""
    before = len(given(clinic))
    while watch.tick(clinic.house):
        pass
    return len(given(clinic)) - before


def given(clinic: Clinic) -> list[int]:
    """What the engine gave to people out of the queues, in order."""
    lines = [line for line in clinic.lines() if line.verb == "conversation.assigned"]
    return [line.conversation_id or 0 for line in lines if line.details.get("cause") == "distributed"]


def owner(clinic: Clinic, conversation: int) -> int | None:
    found = clinic.conversation(conversation).owner_id
    return None if found is None else int(found)


def waiting(clinic: Clinic, count: int, text: str = "I need to reschedule my appointment") -> list[int]:
    return [clinic.landed(text, from_=f"+1415200{n:04d}") for n in range(count)]


def test_what_waits_goes_to_whoever_comes(clinic: Clinic) -> None:
    conversation = clinic.landed()
    assert (hand_out(clinic), owner(clinic, conversation)) == (0, None)
    here(clinic, clinic.agent)
    assert (hand_out(clinic), owner(clinic, conversation)) == (1, clinic.agent.id)
    line = clinic.lines()[-1]
    assert (line.verb, line.actor_id, line.details["to"]) == ("conversation.assigned", None, clinic.agent.id)
    assert [side["owner"] for side in line.details["vis"]] == [None, clinic.agent.id]


def test_the_most_urgent_first_and_nobody_beyond_their_room(clinic: Clinic) -> None:
    routine, urgent = waiting(clinic, 8), clinic.landed("My chest hurts when I breathe", from_="+14152009999")
    known(clinic, clinic.nurse, capacity=45)
    here(clinic, clinic.nurse)
    assert hand_out(clinic) == 3
    assert [owner(clinic, one) for one in (urgent, *routine)] == [clinic.nurse.id] * 3 + [None] * 6


def test_a_request_that_runs_out_of_time_goes_before_one_of_its_neighbours(clinic: Clinic) -> None:
    old = clinic.landed("Thank you for the directions to the new office, see you", from_="+14152000001")
    row = clinic.conversation(old)
    clinic.now = row.due_at - (row.due_at - row.opened_at) * 0.2
    fresh = clinic.landed("I need to reschedule my appointment", from_="+14152000002")
    clinic.act(lambda unit: unit.execute(update(t.conversations).where(t.conversations.c.id == old).values(priority=3)))
    clinic.act(
        lambda unit: unit.execute(update(t.conversations).where(t.conversations.c.id == fresh).values(priority=2))
    )
    clinic.act(lambda unit: unit.execute(update(t.conversations).values(team="contact_center", clinical=False)))
    known(clinic, clinic.agent, capacity=15)
    here(clinic, clinic.agent)
    hand_out(clinic)
    assert [owner(clinic, one) for one in (old, fresh)] == [clinic.agent.id, None]


def test_clinical_work_and_a_foreign_language_wait_however_long(clinic: Clinic) -> None:
    clinical, spanish = clinic.landed("My chest hurts"), clinic.landed(SPANISH, from_="+14152000002")
    here(clinic, clinic.agent, clinic.rival)
    clinic.move(300 * HOUR)
    assert (hand_out(clinic), owner(clinic, clinical), owner(clinic, spanish)) == (0, None, None)
    known(clinic, clinic.rival, languages=["en", "es"])
    here(clinic, clinic.nurse)
    assert (hand_out(clinic), owner(clinic, clinical), owner(clinic, spanish)) == (2, clinic.nurse.id, clinic.rival.id)


def test_a_skill_that_must_be_there_is_never_dropped_and_a_soft_one_is(clinic: Clinic) -> None:
    soft, hard = waiting(clinic, 2)
    for one, skill in ((soft, "refunds"), (hard, "must:minor")):
        mine = update(t.conversations).where(t.conversations.c.id == one)
        clinic.act(lambda unit, mine=mine, skill=skill: unit.execute(mine.values(skills=[skill])))
    here(clinic, clinic.agent)
    clinic.move(300 * HOUR)
    assert (hand_out(clinic), owner(clinic, soft), owner(clinic, hard)) == (1, clinic.agent.id, None)
    known(clinic, clinic.rival, skills=["minor"])
    here(clinic, clinic.rival)
    assert (hand_out(clinic), owner(clinic, hard)) == (1, clinic.rival.id)


def test_who_knows_the_patient_comes_before_who_is_idler(clinic: Clinic) -> None:
    first = clinic.landed()
    clinic.act(assignment.take, actor=clinic.rival, conversation_id=first)
    clinic.close_it(first, actor=clinic.rival)
    clinic.move(timedelta(days=8))
    others = [clinic.landed(from_=f"+1415200{n:04d}") for n in range(2)]
    here(clinic, clinic.agent, clinic.rival)
    again = clinic.landed("I need to reschedule my appointment")
    assert owner(clinic, again) == clinic.rival.id
    assert all(owner(clinic, one) is None for one in others)


def test_another_team_helps_out_when_most_of_the_time_is_gone(clinic: Clinic) -> None:
    conversation = clinic.landed()
    row = clinic.conversation(conversation)
    helper = {"contact_center": "front_desk", "front_desk": "contact_center"}[row.team]
    clinic.act(lambda unit: unit.execute(t.actor_teams.delete()))
    clinic.act(lambda unit: unit.execute(t.actor_teams.insert().values(actor_id=clinic.agent.id, team=helper)))
    here(clinic, clinic.agent)
    clinic.now = row.opened_at + (row.due_at - row.opened_at) * 0.79
    assert hand_out(clinic) == 0
    clinic.now = row.opened_at + (row.due_at - row.opened_at) * 0.8
    assert (hand_out(clinic), owner(clinic, conversation)) == (1, clinic.agent.id)


def test_two_processes_never_give_the_same_twice(clinic: Clinic) -> None:
    conversations = waiting(clinic, 12)
    known(clinic, clinic.agent, capacity=300)
    known(clinic, clinic.rival, capacity=300)
    here(clinic, clinic.agent, clinic.rival)
    other = House(clinic.house.settings, clock=lambda: clinic.now)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(watch.tick, [clinic.house, other] * 2))
    other.close()
    hand_out(clinic)
    assert sorted(given(clinic)) == sorted(conversations)
    live = select(t.assignments.c.actor_id).where(t.assignments.c.ended_at.is_(None))
    assert None not in {row.actor_id for row in clinic.all(live)}


def test_what_nobody_touches_goes_back_and_to_somebody_else(clinic: Clinic) -> None:
    here(clinic, clinic.agent)
    conversation = clinic.landed()
    (held,) = clinic.all(select(t.assignments).where(t.assignments.c.ended_at.is_(None)))
    assert (held.actor_id, held.lease_until) == (clinic.agent.id, clinic.now + 30 * MINUTE)
    clinic.now = held.lease_until - SECOND
    watch.tick(clinic.house)
    assert owner(clinic, conversation) == clinic.agent.id
    clinic.now = held.lease_until
    watch.tick(clinic.house)
    assert owner(clinic, conversation) is None, "and it is not given back to who let it lie"
    here(clinic, clinic.rival)
    watch.tick(clinic.house)
    assert owner(clinic, conversation) == clinic.rival.id


@pytest.mark.parametrize("touch", ["look", "answer"])
def test_what_was_touched_stays(clinic: Clinic, touch: str) -> None:
    here(clinic, clinic.agent)
    conversation = clinic.landed()
    clinic.move(MINUTE)
    if touch == "answer":
        clinic.answer(conversation)
        clinic.act(lambda unit: unit.execute(update(t.conversations).values(state="open")))
    else:
        whom = {"actor": clinic.agent, "conversation_id": conversation}
        reading.opened(clinic.house.database, clinic.house.configuration.practice(), **whom)
    clinic.move(HOUR)
    watch.tick(clinic.house)
    assert owner(clinic, conversation) == clinic.agent.id
    assert [row.lease_until for row in clinic.all(select(t.assignments))] == [None]


def test_what_a_person_took_has_no_lease(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.act(assignment.take, actor=clinic.agent, conversation_id=conversation)
    clinic.move(HOUR)
    watch.tick(clinic.house)
    assert owner(clinic, conversation) == clinic.agent.id


def test_who_goes_leaves_what_they_have_not_touched(clinic: Clinic) -> None:
    here(clinic, clinic.agent)
    untouched, touched = waiting(clinic, 2)
    clinic.move(MINUTE)
    whom = {"actor": clinic.agent, "conversation_id": touched}
    reading.opened(clinic.house.database, clinic.house.configuration.practice(), **whom)
    here(clinic, clinic.agent, availability="break")
    assert owner(clinic, untouched) == clinic.agent.id
    here(clinic, clinic.agent, availability="off")
    assert (owner(clinic, untouched), owner(clinic, touched)) == (None, clinic.agent.id)


def test_machines_mail_waits_for_whoever_looks(clinic: Clinic) -> None:
    (arrival,) = clinic.land(
        clinic.mail("robot@vendor.example", "Out of office", "I am away", Auto_Submitted="auto-replied")
    )
    here(clinic, clinic.agent, clinic.nurse, clinic.rival)
    assert (hand_out(clinic), owner(clinic, arrival.conversation_id)) == (0, None)
