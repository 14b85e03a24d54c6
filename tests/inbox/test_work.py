"""What people do with a conversation besides answering: take it, hide it, note something, plan the next step, look."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from inbox import accounts, assignment, escalation, next_step, note, reading, snooze
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.store import tables as t
from tests.support.house import DAY, HOUR, MINUTE, Clinic

NAIVE = datetime(2026, 3, 12, tzinfo=UTC).replace(tzinfo=None)


def taken(clinic: Clinic, text: str = "I need to reschedule my appointment") -> int:
    conversation = clinic.landed(text)
    clinic.act(assignment.take, actor=clinic.agent, conversation_id=conversation)
    return conversation


# who has it


def test_fifty_who_take_at_once_make_one_owner(clinic: Clinic) -> None:
    conversation = clinic.landed()
    actors = [clinic.agent, clinic.rival] * 25

    def take(actor: Any) -> bool:
        try:
            clinic.act(assignment.take, actor=actor, conversation_id=conversation)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(take, actors))
    owners = {actor.id for actor, got in zip(actors, won, strict=True) if got}
    assert owners == {clinic.conversation(conversation).owner_id}
    live = select(t.assignments.c.actor_id).where(t.assignments.c.ended_at.is_(None))
    assert [row.actor_id for row in clinic.all(live)] == list(owners)


def test_one_conversation_for_each_of_fifty_takers(clinic: Clinic) -> None:
    """The negative control of the race: where nobody competes, everybody wins."""
    conversations = [clinic.landed(from_=f"+1415200{n:04d}") for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        act = {"actor": clinic.agent}
        list(pool.map(lambda one: clinic.act(assignment.take, conversation_id=one, **act), conversations))
    assert [clinic.conversation(one).owner_id for one in conversations] == [clinic.agent.id] * 8


def test_only_a_supervisor_gives_to_others_and_anyone_back_to_a_team(clinic: Clinic) -> None:
    conversation = taken(clinic)
    to_rival = {"conversation_id": conversation, "actor_id": clinic.rival.id}
    with pytest.raises(Forbidden):
        clinic.act(assignment.give, actor=clinic.agent, **to_rival)
    clinic.act(assignment.give, actor=clinic.supervisor, **to_rival)
    assert clinic.conversation(conversation).owner_id == clinic.rival.id
    clinic.act(assignment.give, actor=clinic.rival, conversation_id=conversation, team="billing")
    row = clinic.conversation(conversation)
    assert (row.owner_id, row.team) == (None, "billing")
    before, after = clinic.lines()[-1].details["vis"]
    assert (before["team"], before["owner"], after["team"], after["owner"]) == (
        "contact_center",
        clinic.rival.id,
        "billing",
        None,
    )


@pytest.mark.parametrize(
    ("availability", "lease", "moves"),
    [("available", None, False), ("break", HOUR, False), ("off", None, True), ("available", -MINUTE, True)],
)
def test_a_colleagues_work_moves_only_while_they_are_away(
    clinic: Clinic, availability: str, lease: timedelta | None, moves: bool
) -> None:
    conversation = taken(clinic)
    clinic.act(accounts.declare, actor=clinic.agent, availability=availability)
    until = None if lease is None else clinic.now + lease
    clinic.act(lambda unit: unit.execute(update(t.assignments).values(lease_until=until)))
    for to in ({"actor_id": clinic.rival.id}, {"team": "billing"}):
        asked = {"actor": clinic.rival, "conversation_id": conversation, **to}
        if moves:
            clinic.act(assignment.give, **asked)
            break
        with pytest.raises(Forbidden, match="Agent has it and is here"):
            clinic.act(assignment.give, **asked)
    assert (clinic.conversation(conversation).owner_id == clinic.rival.id) is moves
    clinic.act(assignment.give, actor=clinic.supervisor, conversation_id=conversation, team="billing")
    assert clinic.conversation(conversation).owner_id is None


@pytest.mark.parametrize("wrong", [{"team": "nowhere"}, {"actor_id": 99_999_999}])
def test_work_goes_only_to_known_people_and_teams(clinic: Clinic, wrong: dict[str, Any]) -> None:
    conversation = clinic.landed()
    with pytest.raises(Invalid) as refused:
        clinic.act(assignment.give, actor=clinic.supervisor, conversation_id=conversation, **wrong)
    assert list(refused.value.fields) == list(wrong)


def test_a_stale_version_and_an_outsider_take_nothing(clinic: Clinic) -> None:
    conversation = clinic.landed()
    with pytest.raises(Conflict):
        clinic.act(assignment.take, actor=clinic.agent, conversation_id=conversation, version=99)
    with pytest.raises(NotFound):
        clinic.act(assignment.take, actor=clinic.outsider, conversation_id=conversation)


# hidden until


def hide(clinic: Clinic, conversation: int, until: Any, actor: Any = None) -> None:
    act = {"actor": actor or clinic.agent, "conversation_id": conversation, "until": until}
    clinic.act(snooze.snooze, **act)


def test_a_snooze_hides_stops_no_clock_and_ends_with_the_next_message(clinic: Clinic) -> None:
    conversation = taken(clinic)
    before = clinic.states(conversation)
    hide(clinic, conversation, clinic.now + HOUR)
    assert (clinic.conversation(conversation).snoozed_until, clinic.states(conversation)) == (
        clinic.now + HOUR,
        before,
    )
    clinic.landed("Please cancel the appointment")
    assert clinic.conversation(conversation).snoozed_until is None
    assert [row.end_cause for row in clinic.all(select(t.snoozes))] == ["inbound"]


def test_a_snooze_can_be_moved_and_ended_by_hand(clinic: Clinic) -> None:
    conversation = taken(clinic)
    hide(clinic, conversation, clinic.now + HOUR)
    hide(clinic, conversation, clinic.now + 2 * HOUR)
    clinic.act(snooze.wake, actor=clinic.agent, conversation_id=conversation)
    assert sorted(row.end_cause for row in clinic.all(select(t.snoozes))) == ["by hand", "moved"]
    with pytest.raises(Conflict):
        clinic.act(snooze.wake, actor=clinic.agent, conversation_id=conversation)


def test_a_snooze_ends_before_the_next_promise_and_in_the_future(clinic: Clinic) -> None:
    conversation = taken(clinic)
    due = clinic.conversation(conversation).due_at
    hide(clinic, conversation, due)
    for until in (due + MINUTE, clinic.now, NAIVE):
        with pytest.raises(Invalid):
            hide(clinic, conversation, until)


@pytest.mark.parametrize("kind", ["emergent", "unowned", "closed"])
def test_urgent_unowned_and_closed_work_is_not_hidden(clinic: Clinic, kind: str) -> None:
    conversation = clinic.landed("I have crushing chest pain" if kind == "emergent" else "I need to reschedule")
    if kind == "closed":
        clinic.close_it(conversation)
    with pytest.raises(Conflict):
        hide(clinic, conversation, clinic.now + MINUTE, clinic.nurse if kind == "emergent" else clinic.agent)


# words between colleagues


def test_a_note_is_written_once_and_never_sent(clinic: Clinic) -> None:
    conversation = clinic.landed()
    act = {"actor": clinic.agent, "conversation_id": conversation, "client_id": "n1"}
    first = clinic.act(note.write, text="She prefers mornings", **act)
    assert clinic.act(note.write, text="She prefers mornings", **act) == first
    with pytest.raises(Invalid):
        clinic.act(note.write, text="Other words", **act)
    (row,) = clinic.all(select(t.notes))
    assert (row.id, row.body, row._mapping["class"]) == (first, "She prefers mornings", "phi")
    assert [one.body for one in clinic.messages(conversation)] == ["I need to reschedule my appointment"]


def test_a_clinical_note_is_a_nurses(clinic: Clinic) -> None:
    conversation = clinic.landed()
    with pytest.raises(Forbidden):
        clinic.act(note.write, actor=clinic.agent, conversation_id=conversation, text="x", clinical=True)
    clinic.act(note.write, actor=clinic.nurse, conversation_id=conversation, text="x", clinical=True)
    with pytest.raises(Invalid):
        clinic.act(note.write, actor=clinic.nurse, conversation_id=conversation, text=" ")


# what happens next


def plan(clinic: Clinic, conversation: int, **step: Any) -> int:
    wanted = {"what": "Ask the pharmacy", "due_at": clinic.now + DAY, **step}
    return clinic.act(next_step.plan, clinic.house, actor=clinic.agent, conversation_id=conversation, **wanted)


def test_one_next_step_at_a_time(clinic: Clinic) -> None:
    conversation = taken(clinic)
    plan(clinic, conversation)
    live = clinic.all(select(t.next_steps).where(t.next_steps.c.done_at.is_(None)))
    assert [(step.id, step.what, step.owner_id) for step in live] == [
        (clinic.conversation(conversation).next_step_id, "Ask the pharmacy", clinic.agent.id)
    ]


def test_waiting_for_somebody_else_pauses_the_resolution_only(clinic: Clinic) -> None:
    conversation = taken(clinic)
    plan(clinic, conversation, waiting=True)
    assert clinic.conversation(conversation).state == "waiting"
    assert clinic.states(conversation) == {"first_response": "running", "read": "running", "resolution": "paused"}
    plan(clinic, conversation, waiting=False)
    assert (clinic.conversation(conversation).state, clinic.states(conversation)["resolution"]) == ("open", "running")


def test_a_wrong_step_names_every_fault(clinic: Clinic) -> None:
    conversation = clinic.landed()
    with pytest.raises(Invalid) as refused:
        plan(clinic, conversation, what="", due_at=clinic.now, team="nowhere", owner_id=99_999_999)
    assert sorted(refused.value.fields) == ["due_at", "owner", "team", "what"]
    clinic.close_it(conversation)
    with pytest.raises(Conflict):
        plan(clinic, conversation)


# the first look


def test_the_first_look_with_sight_of_the_words_meets_the_read_promise(clinic: Clinic) -> None:
    conversation = clinic.landed()
    practice = clinic.house.configuration.practice()
    look = {"conversation_id": conversation}
    assert clinic.act(reading.read, practice, actor=clinic.agent, **look) is True
    assert (clinic.states(conversation)["read"], clinic.conversation(conversation).unread) == ("met", False)
    assert clinic.act(reading.read, practice, actor=clinic.rival, **look) is False
    with pytest.raises(NotFound):
        clinic.act(reading.read, practice, actor=clinic.outsider, **look)


# a raised hand


def test_a_hand_is_taken_once_and_gives_the_owner(clinic: Clinic) -> None:
    conversation = clinic.landed()
    practice = clinic.house.configuration.practice()
    hand = clinic.act(escalation.raise_hand, practice, actor=clinic.agent, conversation_id=conversation)
    take = {"conversation_id": conversation, "escalation_id": hand}
    clinic.act(escalation.acknowledge, actor=clinic.supervisor, **take)
    assert clinic.conversation(conversation).owner_id == clinic.supervisor.id
    with pytest.raises(Conflict):
        clinic.act(escalation.acknowledge, actor=clinic.agent, **take)
    with pytest.raises(NotFound):
        clinic.act(escalation.acknowledge, actor=clinic.agent, conversation_id=conversation, escalation_id=1)
