"""Why a clock is red: the ledger run again equals what is shown, to the second; and why a conversation is here."""

from datetime import timedelta
from typing import Any

import pytest

from inbox import explanation, next_step
from inbox.errors import Invalid, NotFound
from inbox.explanation import Place, Promise
from inbox.store import tables as t
from tests.support.cast import AGENT, CLERK, NURSE, OUTSIDER, Cast
from tests.support.house import Clinic

HOUR = timedelta(hours=1)


def promise(clinic: Clinic, conversation_id: int, metric: str) -> Promise:
    asked: dict[str, Any] = {"actor": clinic.agent, "conversation_id": conversation_id, "metric": metric}
    with clinic.house.database.snapshot() as reading:
        return explanation.of_clock(reading, clinic.house.configuration.practice(), **asked)


def test_the_ledger_run_again_is_the_state_shown(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.move(HOUR)
    step = {"what": "Wait for the form", "due_at": clinic.now + 30 * HOUR, "waiting": True}
    clinic.act(next_step.plan, clinic.house, actor=clinic.agent, conversation_id=conversation, **step)
    clinic.move(2 * HOUR)
    clinic.landed("I need to reschedule it to Friday")
    clinic.move(HOUR)
    clinic.answer(conversation)
    told = promise(clinic, conversation, "resolution")
    assert [(one.kind, one.cause, one.by) for one in told.steps] == [
        ("start", "message.received", ""),
        ("pause", "conversation.waiting", clinic.agent.name),
        ("resume", "message.received", ""),
        ("pause", "reply.queued", clinic.agent.name),
    ]
    shown = clinic.clocks(conversation)["resolution"]
    assert (told.agrees, told.state, told.due_at) == (True, shown.state, None)
    assert (told.seconds.wall, told.seconds.business) == (4 * 3600, 2 * 3600)
    met = promise(clinic, conversation, "first_response")
    assert (met.state, met.ended_at, met.agrees) == ("met", clinic.now, True)


def test_a_row_that_says_something_else_is_not_hidden(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clock = clinic.clocks(conversation)["first_response"]
    with clinic.house.database.transaction() as unit:
        unit.execute(t.clocks.update().where(t.clocks.c.id == clock.id).values(due_at=clock.due_at + HOUR))
    assert promise(clinic, conversation, "first_response").agrees is False


def test_it_names_the_policy_that_matched_and_why(clinic: Clinic) -> None:
    conversation = clinic.landed("I have a question about my bill")
    told = promise(clinic, conversation, "first_response")
    assert (told.policy, told.because, told.target) == ("routine/1", "priority is P3", "1 business day")
    with pytest.raises(NotFound):
        promise(clinic, conversation, "callback")
    with pytest.raises(Invalid):
        promise(clinic, conversation, "nonsense")


def place(cast: Cast, conversation_id: int, actor: Any) -> Place:
    with cast.database.snapshot() as reading:
        return explanation.of_place(reading, actor=actor, conversation_id=conversation_id)


@pytest.fixture
def chest(cast: Cast) -> int:
    flag = {"kind": "cardiac", "level": "E", "matched": "chest hurts"}
    trace = ["rules 2020.1: Red flags go to nursing: team nursing", f"{AGENT.id}: clinical work needs a nurse"]
    made = cast.add_conversation(
        team="nursing", clinical=True, reason="symptom_new", reasons=["symptom_new"], red_flags=[flag],
        because=["symptom_new: 'chest hurts'"], routed_because=trace, priority=0,
    )  # fmt: skip
    cast.add_message(made, "Hello, my chest hurts", **{"class": "clinical"})
    return made


def test_who_may_read_sees_words_people_and_every_rule(cast: Cast, chest: int) -> None:
    told = place(cast, chest, NURSE)
    assert (told.words, told.text) == (("chest hurts",), "Hello, my chest hurts")
    assert told.people == ((AGENT.name, "clinical work needs a nurse"),)
    assert told.stale is True
    tried = {one.name: (one.set, one.failed) for one in told.tried}
    assert tried["Red flags go to nursing"] == (("nursing", "nurse"), "")
    assert tried["Bills"] == ((), "reason is not bill or payment")


def test_who_may_not_read_sees_no_word_of_the_patient(cast: Cast, chest: int) -> None:
    told = place(cast, chest, CLERK)
    assert (told.because, told.words, told.text) == ((), (), "")
    with pytest.raises(NotFound):
        place(cast, chest, OUTSIDER)
