"""How a conversation ends, and how it comes back (domain.md §11)."""

from datetime import datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from inbox import closure, worker
from inbox.closure import Confirmation, FollowUp
from inbox.errors import Conflict, Forbidden, Invalid
from inbox.store import tables as t
from tests.support.house import DAY, HOUR, MINUTE, SECOND, Clinic

CHEST = "I have crushing chest pain"


def faults(clinic: Clinic, conversation: int, **ending: Any) -> dict[str, str]:
    before = clinic.content()
    with pytest.raises(Invalid) as refused:
        clinic.close_it(conversation, **ending)
    assert clinic.content() == before
    return refused.value.fields


def closures(clinic: Clinic) -> list[Any]:
    return list(clinic.all(select(t.closures).order_by(t.closures.c.id)))


def test_all_that_is_missing_is_listed_at_once(clinic: Clinic) -> None:
    conversation = clinic.landed(CHEST)
    clinic.answer(conversation, actor=clinic.nurse)
    found = faults(clinic, conversation, actor=clinic.nurse, client_id=" ", outcome="resolved", waiver=None)
    assert found == {
        "client_id": "made by the client, new for each closure",
        "confirmation": "tell the patient, or give a waiver that says why not",
        "disposition": "a red flag needs what was decided, by a nurse",
        "messages": "a message is still on its way out; wait for it or cancel it",
    }


def test_an_outcome_and_a_known_waiver_are_required(clinic: Clinic) -> None:
    conversation = clinic.landed()
    assert list(faults(clinic, conversation, outcome="done", waiver="because")) == ["outcome", "waiver"]


@pytest.mark.parametrize(
    ("follow_up", "field"),
    [
        (FollowUp(" ", datetime(2026, 3, 11)), "what due_at"),  # noqa: DTZ001 - without a zone on purpose
        (FollowUp("Call", datetime(2026, 3, 11)), "due_at"),  # noqa: DTZ001 - without a zone on purpose
        (FollowUp("Call", datetime.fromisoformat("2027-01-01T00:00:00Z"), team="nowhere"), "team"),
    ],
)
def test_a_follow_up_is_checked(clinic: Clinic, follow_up: FollowUp, field: str) -> None:
    found = faults(clinic, clinic.landed(), follow_up=follow_up)
    assert sorted(found) == sorted(f"follow_up.{name}" for name in field.split())


def test_a_closure_is_a_row_with_its_seconds(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.move(10 * MINUTE)
    clinic.answer(conversation)
    clinic.send_out()
    clinic.move(HOUR)
    clinic.close_it(conversation, outcome="partly")
    (row,) = closures(clinic)
    assert (row.outcome, row.resolved, row.waiver, row.closed_by, row.closed_at) == (
        "partly",
        True,
        "told_on_phone",
        clinic.agent.id,
        clinic.now,
    )
    assert (row.response_wall_seconds, row.response_business_seconds) == (600, 600)
    assert (row.resolution_wall_seconds, row.resolution_business_seconds) == (4200, 600)
    assert row.since_reopen_seconds is None
    ended = clinic.conversation(conversation)
    assert (ended.state, ended.closed_at, ended.due_at, ended.needs_reply) == ("closed", clinic.now, None, False)
    assert clinic.states(conversation) == {"first_response": "met", "read": "met", "resolution": "met"}


def test_closed_but_not_resolved_is_told_apart(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.close_it(conversation, outcome="not_resolved")
    (row,) = closures(clinic)
    assert (row.resolved, row.response_wall_seconds) == (False, None)
    assert clinic.states(conversation) == {"first_response": "stopped", "read": "met", "resolution": "stopped"}


def test_one_client_id_is_one_closure(clinic: Clinic) -> None:
    conversation = clinic.landed()
    first = clinic.close_it(conversation, client_id="z")
    head = clinic.head()
    assert (clinic.close_it(conversation, client_id="z"), clinic.head()) == (first, head)
    assert list(faults(clinic, conversation, client_id="z", outcome="spam")) == ["client_id"]
    with pytest.raises(Conflict):
        clinic.close_it(conversation)


def test_a_stale_closure_is_refused(clinic: Clinic) -> None:
    conversation = clinic.landed()
    version = clinic.conversation(conversation).version
    clinic.landed("Also cancel the other appointment")
    with pytest.raises(Conflict):
        clinic.close_it(conversation, version=version)


def test_a_red_flag_is_disposed_of_by_a_nurse(clinic: Clinic) -> None:
    conversation = clinic.landed(CHEST)
    clinic.send_out()
    with pytest.raises(Forbidden):
        clinic.close_it(conversation, actor=msgspec.structs.replace(clinic.agent, teams=frozenset({"nursing"})))
    clinic.close_it(conversation, actor=clinic.nurse, disposition="Sent to the ER")
    assert closures(clinic)[0].disposition == "Sent to the ER"


def test_a_confirmation_goes_out_with_the_closure(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.close_it(conversation, waiver=None, confirmation=Confirmation("You are booked for Monday."))
    said = clinic.messages(conversation)[-1]
    (row,) = closures(clinic)
    assert (said.body, said.status, row.confirmation_message_id, row.waiver) == (
        "You are booked for Monday.",
        "queued",
        said.id,
        None,
    )
    assert clinic.conversation(conversation).state == "closed"


def test_a_failed_confirmation_reopens(clinic: Clinic) -> None:
    conversation = clinic.landed(from_="+14152001211")
    clinic.close_it(conversation, waiver=None, confirmation=Confirmation("Done."))
    clinic.move(MINUTE)
    clinic.send_out()
    row = clinic.conversation(conversation)
    (ended,) = closures(clinic)
    assert (row.state, row.needs_reply, row.closed_at) == ("open", True, None)
    assert (ended.reopened_at, ended.reopen_cause) == (clinic.now, "confirmation failed")
    assert clinic.states(conversation) == {"first_response": "running", "read": "met", "resolution": "running"}


def test_an_earlier_answer_that_fails_late_leaves_the_closure(clinic: Clinic) -> None:
    conversation = clinic.landed(from_="+14152000006")
    clinic.answer(conversation)
    clinic.send_out()
    clinic.close_it(conversation)
    before = clinic.states(conversation)
    clinic.move(2 * SECOND)
    worker.work_off(clinic.house)
    assert clinic.messages(conversation)[-1].status == "failed"
    assert (clinic.conversation(conversation).state, clinic.states(conversation)) == ("closed", before)


@pytest.mark.parametrize("how", ["staff", "inbound"])
@pytest.mark.parametrize("handed_on", [False, True])
def test_a_reopening_ends_the_closure_and_keeps_it(clinic: Clinic, how: str, handed_on: bool) -> None:
    conversation = clinic.landed()
    follow_up = FollowUp("Call the pharmacy", clinic.now + DAY) if handed_on else None
    clinic.close_it(conversation, follow_up=follow_up)
    clinic.move(HOUR)
    if how == "staff":
        clinic.act(closure.reopen, clinic.house, actor=clinic.agent, conversation_id=conversation)
    else:
        assert clinic.landed("I still need the appointment") == conversation
    row = clinic.conversation(conversation)
    (ended,) = closures(clinic)
    assert (row.state, row.closed_at, ended.reopen_cause, ended.reopened_at) == ("open", None, how, clinic.now)
    assert clinic.states(conversation)["resolution"] == "running"
    live = select(t.next_steps).where(t.next_steps.c.done_at.is_(None))
    assert [(step.id, step.due_at > clinic.now) for step in clinic.all(live)] == [(row.next_step_id, True)]
    clinic.move(10 * MINUTE)
    clinic.close_it(conversation)
    assert closures(clinic)[1].since_reopen_seconds == 600


def test_closed_time_does_not_count_for_the_resolution(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.move(MINUTE)
    clinic.close_it(conversation)
    clinic.move(DAY)
    clinic.act(closure.reopen, clinic.house, actor=clinic.agent, conversation_id=conversation)
    clinic.move(MINUTE)
    clinic.close_it(conversation)
    assert [row.resolution_business_seconds for row in closures(clinic)] == [60, 120]


def test_what_is_open_cannot_be_reopened(clinic: Clinic) -> None:
    with pytest.raises(Conflict):
        clinic.act(closure.reopen, clinic.house, actor=clinic.agent, conversation_id=clinic.landed())


def test_spam_owes_nothing_more(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.close_it(conversation, outcome="spam", waiver="spam")
    assert set(clinic.states(conversation).values()) == {"met", "stopped"}
