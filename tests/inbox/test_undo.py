"""A reply taken back before it leaves, and one planned for later (requirements P05, P06)."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from inbox import accounts, assignment, draft, reason, undo, worker
from inbox.actors import Actor
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.practice import Practice, calendar_of
from inbox.store import accounts as people
from inbox.store import tables as t
from inbox.store.promises import newest
from tests.support.house import DAY, HOUR, MARIA, MINUTE, SECOND, Clinic

CHECK_BACK = "Check back with the patient"


def held(clinic: Clinic, conversation: int, text: str = "Tuesday at ten?", hold: int = 10, **more: Any) -> int:
    return clinic.answer(conversation, text, hold=hold, **more)


def take_back(clinic: Clinic, conversation: int, message: int, actor: Actor | None = None) -> int:
    asked = {"actor": actor or clinic.agent, "conversation_id": conversation, "message_id": message}
    return clinic.act(undo.undo, clinic.house, **asked)


def drafts(clinic: Clinic, conversation: int) -> list[str]:
    with clinic.house.database.snapshot() as reading:
        return [one.text for one in draft.of(reading, actor=clinic.agent, conversation_id=conversation)]


def step(clinic: Clinic, conversation: int) -> str:
    live = select(t.next_steps.c.what).where(
        t.next_steps.c.conversation_id == conversation, t.next_steps.c.done_at.is_(None)
    )
    (row,) = clinic.all(live)
    return str(row.what)


def test_a_held_reply_waits_and_then_leaves(clinic: Clinic) -> None:
    conversation = clinic.landed()
    message = held(clinic, conversation)
    assert clinic.states(conversation)["first_response"] == "met"
    clinic.send_out()
    assert clinic.message(message).status == "queued"
    clinic.move(10 * SECOND)
    clinic.send_out()
    assert clinic.message(message).status == "accepted"
    with pytest.raises(Conflict):
        take_back(clinic, conversation, message)


def test_taken_back_it_never_leaves_and_nobody_has_answered(clinic: Clinic) -> None:
    conversation = clinic.landed()
    before, clocks = clinic.conversation(conversation), clinic.states(conversation)
    clinic.move(MINUTE)
    message = held(clinic, conversation)
    assert (clinic.conversation(conversation).state, step(clinic, conversation)) == ("waiting", CHECK_BACK)
    clinic.move(5 * SECOND)
    take_back(clinic, conversation, message)
    head = clinic.head()
    assert take_back(clinic, conversation, message) == message
    after = clinic.conversation(conversation)
    same = ("state", "needs_reply", "next_step_id", "last_message_id", "due_at", "due_metric")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert clinic.states(conversation) == {**clocks, "read": "met"}
    assert (step(clinic, conversation), drafts(clinic, conversation)) == ("Read and decide", ["Tuesday at ten?"])
    clinic.move(HOUR)
    clinic.send_out()
    assert (clinic.message(message).status, clinic.count(t.attempts), clinic.head()) == ("cancelled", 0, head)
    assert clinic.verbs()[-1] == "reply.undone"


def test_taken_back_it_is_nobodys_again_unless_somebody_gave_it(clinic: Clinic) -> None:
    conversation = clinic.landed()
    first = held(clinic, conversation)
    clinic.move(2 * SECOND)
    second = held(clinic, conversation, "And one more thing")
    assert clinic.conversation(conversation).owner_id == clinic.agent.id
    take_back(clinic, conversation, first)
    assert clinic.conversation(conversation).owner_id == clinic.agent.id
    take_back(clinic, conversation, second, clinic.rival)
    assert clinic.conversation(conversation).owner_id is None
    told = [line for line in clinic.lines() if line.verb == "conversation.assigned"][-1]
    assert (told.actor_id, told.details["to"], told.details["vis"][0]["owner"]) == (
        clinic.rival.id,
        None,
        clinic.agent.id,
    )
    given = held(clinic, conversation)
    clinic.act(assignment.give, actor=clinic.supervisor, conversation_id=conversation, actor_id=clinic.agent.id)
    take_back(clinic, conversation, given)
    assert clinic.conversation(conversation).owner_id == clinic.agent.id


def test_a_draft_never_outgrows_what_can_be_kept(clinic: Clinic) -> None:
    conversation = clinic.landed()
    message = held(clinic, conversation, "a" * draft.LONGEST)
    begun = draft.Words(text="b" * 10)
    clinic.act(draft.keep, actor=clinic.agent, conversation_id=conversation, words=begun)
    take_back(clinic, conversation, message)
    assert drafts(clinic, conversation) == ["b" * 10]
    assert clinic.message(message).body == "a" * draft.LONGEST


def test_words_begun_since_are_kept_behind_those_taken_back(clinic: Clinic) -> None:
    conversation = clinic.landed()
    message = held(clinic, conversation)
    words = draft.Words(text="And bring your card")
    clinic.act(draft.keep, actor=clinic.agent, conversation_id=conversation, words=words)
    take_back(clinic, conversation, message)
    assert drafts(clinic, conversation) == ["Tuesday at ten?\n\nAnd bring your card"]


@pytest.mark.parametrize("answered", [False, True])
def test_a_message_that_came_meanwhile_stays_and_is_one_turn_with_the_one_before(
    clinic: Clinic, answered: bool
) -> None:
    conversation = clinic.landed()
    if answered:
        clinic.answer(conversation, "Which day suits you?")
        clinic.move(MINUTE)
        clinic.landed("Any day next week, what do you have?")
    owed = "next_response" if answered else "first_response"
    due = clinic.clocks(conversation)[owed].due_at
    message = held(clinic, conversation)
    clinic.move(3 * SECOND)
    clinic.landed("Only mornings please, I work late")
    take_back(clinic, conversation, message)
    row = clinic.conversation(conversation)
    assert (row.state, row.needs_reply) == ("open", True)
    with clinic.house.database.transaction() as unit:
        clocks = newest(unit, conversation, calendar_of(Practice()))
    live = [metric for metric in ("first_response", "next_response") if metric in clocks and clocks[metric].clock.live]
    assert live == [owed]
    assert {clocks[metric].clock.due_at for metric in live} == {due}
    clinic.move(MINUTE)
    clinic.answer(conversation, "Tuesday at nine")
    rows = clinic.all(select(t.clocks.c.state).where(t.clocks.c.metric.in_(("first_response", "next_response"))))
    assert {row.state for row in rows} <= {"met", "stopped"}


def test_the_second_of_two_leaves_the_first_as_it_was(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.answer(conversation, "Hello")
    clinic.move(MINUTE)
    message = held(clinic, conversation, "And one more thing")
    take_back(clinic, conversation, message)
    row = clinic.conversation(conversation)
    assert (row.state, row.needs_reply, step(clinic, conversation)) == ("waiting", False, CHECK_BACK)
    assert clinic.states(conversation) == {"first_response": "met", "read": "met", "resolution": "paused"}


def test_the_first_of_two_leaves_the_second_as_the_answer(clinic: Clinic) -> None:
    conversation = clinic.landed()
    first = held(clinic, conversation, "Hello")
    clinic.move(2 * SECOND)
    at, second = clinic.now, held(clinic, conversation, "And one more thing")
    clinic.move(2 * SECOND)
    take_back(clinic, conversation, first)
    row = clinic.conversation(conversation)
    assert (row.state, row.needs_reply, row.last_message_id) == ("waiting", False, second)
    assert clinic.states(conversation) == {"first_response": "met", "read": "met", "resolution": "paused"}
    assert (clinic.clocks(conversation)["first_response"].met_at, step(clinic, conversation)) == (at, CHECK_BACK)


def test_both_of_two_taken_back_leave_the_patient_unanswered(clinic: Clinic) -> None:
    conversation = clinic.landed()
    before = clinic.conversation(conversation)
    replies = [held(clinic, conversation, "Hello")]
    clinic.move(2 * SECOND)
    replies.append(held(clinic, conversation, "And one more thing"))
    clinic.move(2 * SECOND)
    for message in replies:
        take_back(clinic, conversation, message)
    after = clinic.conversation(conversation)
    same = ("state", "needs_reply", "next_step_id", "last_message_id", "due_at", "due_metric")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert clinic.states(conversation) == {"first_response": "running", "read": "met", "resolution": "running"}


def test_a_planned_one_taken_back_leaves_the_answer_given_meanwhile(clinic: Clinic) -> None:
    conversation = clinic.landed()
    planned = clinic.answer(conversation, "See you on Monday", send_at=clinic.now + DAY)
    clinic.move(MINUTE)
    clinic.answer(conversation, "We have your message")
    take_back(clinic, conversation, planned)
    row = clinic.conversation(conversation)
    assert (row.state, row.needs_reply, clinic.states(conversation)["first_response"]) == ("waiting", False, "met")


def test_the_list_shows_what_left_when_the_next_is_taken_back(clinic: Clinic) -> None:
    conversation = clinic.landed()
    left = held(clinic, conversation, "Hello")
    clinic.move(MINUTE)
    clinic.send_out()
    take_back(clinic, conversation, held(clinic, conversation, "And one more thing"))
    assert clinic.conversation(conversation).last_message_id == left


def test_the_id_of_a_reply_taken_back_sends_nothing_and_says_so(clinic: Clinic) -> None:
    conversation = clinic.landed()
    take_back(clinic, conversation, held(clinic, conversation, client_id="mine"))
    with pytest.raises(Invalid) as refused:
        held(clinic, conversation, client_id="mine")
    assert refused.value.fields == {"client_id": "was taken back before it left; make a new one"}


def test_who_does_not_see_it_takes_nothing_back(clinic: Clinic) -> None:
    conversation, other = clinic.landed(), clinic.landed("My bill is wrong", "+14155550177")
    message = held(clinic, conversation)
    for where, actor in ((conversation, clinic.outsider), (other, clinic.agent)):
        with pytest.raises(NotFound):
            take_back(clinic, where, message, actor)
    assert clinic.message(message).status == "queued"


def test_taking_back_races_the_sender_and_one_of_them_wins(clinic: Clinic) -> None:
    outcomes = set()
    for number in range(12):
        conversation = clinic.landed(from_=f"+141555501{number:02}")
        message = held(clinic, conversation)
        clinic.move(10 * SECOND)
        gate = threading.Barrier(2)
        undone: list[bool] = []

        def ask(gate: threading.Barrier = gate, undone: list[bool] = undone, at: Any = (conversation, message)) -> None:
            gate.wait()
            try:
                undone.append(bool(take_back(clinic, *at)))
            except Conflict:
                undone.append(False)

        asking = threading.Thread(target=ask)
        asking.start()
        gate.wait()
        worker.work_off(clinic.house, "outbound")
        asking.join()
        clinic.send_out()
        left = clinic.all(select(t.attempts.c.id).where(t.attempts.c.message_id == message))
        outcomes.add((undone[0], clinic.message(message).status, len(left)))
    assert outcomes <= {(True, "cancelled", 0), (False, "accepted", 1)}


def test_a_planned_reply_answers_nobody_before_it_leaves(clinic: Clinic) -> None:
    conversation = clinic.landed()
    states = clinic.states(conversation)
    message = clinic.answer(conversation, "See you on Monday", send_at=clinic.now + DAY)
    row = clinic.conversation(conversation)
    assert (row.state, row.needs_reply, clinic.states(conversation)) == ("open", True, states)
    assert step(clinic, conversation) == "A planned reply leaves: see that it did"
    clinic.move(DAY)
    clinic.send_out()
    row, said = clinic.conversation(conversation), clinic.message(message)
    assert (row.state, row.needs_reply, step(clinic, conversation)) == ("waiting", False, CHECK_BACK)
    assert (said.status, said.at, row.last_message_id) == ("accepted", clinic.now, message)
    assert clinic.clocks(conversation)["first_response"].met_at == clinic.now


def test_a_planned_reply_is_changed_by_taking_it_back(clinic: Clinic) -> None:
    conversation = clinic.landed()
    message = clinic.answer(conversation, "See you on Monday", send_at=clinic.now + DAY)
    take_back(clinic, conversation, message)
    assert (step(clinic, conversation), drafts(clinic, conversation)) == ("Read and decide", ["See you on Monday"])
    clinic.move(DAY)
    clinic.send_out()
    assert clinic.message(message).status == "cancelled"


def test_an_opt_out_in_between_blocks_a_planned_reply(clinic: Clinic) -> None:
    conversation = clinic.landed()
    message = clinic.answer(conversation, "See you on Monday", send_at=clinic.now + DAY)
    clinic.landed("STOP")
    clinic.move(DAY)
    clinic.send_out()
    assert (clinic.message(message).status, clinic.message(message).error_code) == ("failed", "consent")
    assert clinic.clocks(conversation)["first_response"].met_at is None


def test_a_window_that_closes_in_between_blocks_a_planned_reply(clinic: Clinic) -> None:
    conversation = clinic.landed(from_=f"whatsapp:{MARIA}")
    message = clinic.answer(conversation, "See you", channel="whatsapp", send_at=clinic.now + DAY + HOUR)
    clinic.move(DAY + HOUR)
    clinic.send_out()
    assert (clinic.message(message).status, clinic.message(message).error_code) == ("failed", "63016")


@pytest.mark.parametrize(
    ("said", "what"), [("Which bus goes there?", "Read and decide"), ("thanks!", "See whether this is done")]
)
def test_the_next_step_follows_what_the_patient_answered(clinic: Clinic, said: str, what: str) -> None:
    conversation = clinic.landed()
    clinic.answer(conversation)
    clinic.move(MINUTE)
    clinic.landed(said)
    assert (clinic.conversation(conversation).state, step(clinic, conversation)) == ("open", what)


def test_words_of_a_nurse_stay_hers_when_the_work_is_not_clinical_any_more(clinic: Clinic) -> None:
    given = {"email": "cora@clinic.example", "name": "Cora", "role": "front_desk", "teams": ["nursing"]}
    clerk_id = clinic.act(accounts.add, **given, password=None, by=None)
    with clinic.house.database.snapshot() as reading:
        clerk = people.actor(reading, clerk_id)
    assert clerk is not None
    conversation = clinic.landed("I need a refill of my lisinopril")
    planned: dict[str, Any] = {"actor": clinic.nurse, "send_at": clinic.now + DAY}
    message = clinic.answer(conversation, "Your potassium is high, stop the tablets", **planned)
    practice = clinic.house.configuration.practice()
    corrected = {"actor": clinic.nurse, "conversation_id": conversation, "reason": "appointment_change"}
    clinic.act(reason.correct, practice, **corrected)
    assert not clinic.conversation(conversation).clinical
    with pytest.raises(Forbidden, match="Its words"):
        take_back(clinic, conversation, message, actor=clerk)
    assert (clinic.message(message).status, clinic.count(t.drafts)) == ("queued", 0)
    take_back(clinic, conversation, message, actor=clinic.nurse)
    assert clinic.message(message).status == "cancelled"
