"""What was promised to happen next is a clock like any other; a word in between; who comes again is served sooner."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from inbox import assignment, next_step, snooze, watch
from inbox.store import tables as t
from tests.support.house import DAY, HOUR, SECOND, Clinic

COMPLAINT = "I want to file a complaint about how rude the front desk was to me"


def taken(clinic: Clinic, text: str = "I need to reschedule my appointment") -> int:
    conversation = clinic.landed(text)
    clinic.act(assignment.take, actor=clinic.agent, conversation_id=conversation)
    return conversation


def plan(clinic: Clinic, conversation: int, after: timedelta, *, waiting: bool = False) -> None:
    step = {"what": "Call by three", "due_at": clinic.now + after, "waiting": waiting}
    clinic.act(next_step.plan, clinic.house, actor=clinic.agent, conversation_id=conversation, **step)


def test_we_will_call_by_three_is_a_promise_that_breaches_and_raises_a_hand(clinic: Clinic) -> None:
    conversation = taken(clinic)
    deadline = clinic.now + HOUR
    plan(clinic, conversation, HOUR)
    row = clinic.conversation(conversation)
    assert (row.due_at, row.due_metric) == (deadline, "next_step")
    clinic.now = deadline + SECOND
    watch.tick(clinic.house)
    clock = clinic.clocks(conversation)["next_step"]
    assert (clock.state, clock.breached_at) == ("breached", deadline)
    raised = [line.details["cause"] for line in clinic.lines() if line.verb == "escalation.raised"]
    assert raised == ["clock:next_step"]


def test_it_ends_at_the_moment_that_was_said_so_that_it_can_sleep_until_then(clinic: Clinic) -> None:
    conversation = taken(clinic)
    said = clinic.now + HOUR
    clinic.now += timedelta(microseconds=503_267)
    plan(clinic, conversation, said - clinic.now)
    assert clinic.conversation(conversation).due_at == said
    clinic.act(snooze.snooze, actor=clinic.agent, conversation_id=conversation, until=said)
    assert clinic.conversation(conversation).snoozed_until == said


@pytest.mark.parametrize("how", ["answer", "closure", "another"])
def test_it_is_kept_by_an_answer_a_closure_or_another_promise(clinic: Clinic, how: str) -> None:
    conversation = taken(clinic)
    plan(clinic, conversation, HOUR)
    first = clinic.clocks(conversation)["next_step"].id
    if how == "answer":
        clinic.answer(conversation)
    elif how == "closure":
        clinic.close_it(conversation)
    else:
        plan(clinic, conversation, 2 * HOUR)
    clock = clinic.clocks(conversation)["next_step"]
    assert (clock.state, clock.id == first) == (("running", False) if how == "another" else ("met", True))
    clinic.now += HOUR + SECOND
    while watch.tick(clinic.house):
        pass
    assert clinic.clocks(conversation)["next_step"].state != "breached"


def test_what_the_patient_owes_is_no_promise_of_ours(clinic: Clinic) -> None:
    conversation = taken(clinic)
    plan(clinic, conversation, HOUR, waiting=True)
    assert "next_step" not in clinic.states(conversation)


def test_who_complained_is_promised_a_word_in_between_from_each_of_ours(clinic: Clinic) -> None:
    conversation = clinic.landed(COMPLAINT)
    clinic.act(lambda unit: unit.execute(update(t.conversations).values(team="contact_center")))
    clinic.act(assignment.take, actor=clinic.agent, conversation_id=conversation)
    assert "update" not in clinic.states(conversation)
    clinic.answer(conversation)
    first = clinic.clocks(conversation)["update"]
    clinic.move(DAY)
    clinic.answer(conversation, "We have spoken with them.")
    second = clinic.clocks(conversation)["update"]
    assert (first.state, second.state, second.id != first.id, second.due_at > first.due_at) == (
        "running",
        "running",
        True,
        True,
    )
    clinic.send_out()
    clinic.close_it(conversation, actor=clinic.nurse)
    assert clinic.states(conversation)["update"] == "stopped"


def test_nobody_else_is_promised_a_word_in_between(clinic: Clinic) -> None:
    conversation = taken(clinic)
    clinic.answer(conversation)
    assert "update" not in clinic.states(conversation)


@pytest.mark.parametrize(("after", "sooner"), [(timedelta(days=6), 1), (timedelta(days=8), 0)])
def test_who_comes_again_within_seven_days_on_another_channel_is_served_sooner(
    clinic: Clinic, after: timedelta, sooner: int
) -> None:
    address = "maria@home.example"
    clinic.add_patient("Maria", ("phone", "+14155550142"), ("email", address))
    first = clinic.landed("I need to reschedule my appointment")
    clinic.close_it(first)
    clinic.move(after)
    (arrival,) = clinic.land(clinic.mail(address, "", "I need to reschedule my appointment"))
    before, again = clinic.conversation(first), clinic.conversation(arrival.conversation_id)
    assert (again.id != first, before.reason == again.reason) == (True, True)
    assert before.priority - again.priority == sooner
    assert any(line.startswith("repeat: ") for line in again.routed_because) is bool(sooner)
