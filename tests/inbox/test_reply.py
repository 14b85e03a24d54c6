"""A person's answer: who may write it, to whom, and what happens when something newer came (domain.md §9, §11)."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from inbox import identity, way
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.store import contacts
from inbox.store import tables as t
from tests.support.house import DAY, HOUR, MARIA, MINUTE, SECOND, Clinic

STOPPED = "Cannot write by sms: opted out."


def test_a_reply_meets_the_promises_and_waits_for_the_patient(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.move(MINUTE)
    message = clinic.answer(conversation, "Tuesday at ten?")
    row, said = clinic.conversation(conversation), clinic.message(message)
    assert (row.state, row.needs_reply, row.unread, row.last_message_id) == ("waiting", False, False, message)
    assert clinic.states(conversation) == {"first_response": "met", "read": "met", "resolution": "paused"}
    assert (said.status, said.body, said.exempt_reason, said.line) == ("queued", "Tuesday at ten?", "reply", row.line)


def test_whoever_answers_unowned_work_has_it(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.answer(conversation)
    clinic.answer(conversation, actor=clinic.rival)
    assert clinic.conversation(conversation).owner_id == clinic.agent.id
    live = select(t.assignments.c.actor_id).where(t.assignments.c.ended_at.is_(None))
    assert [row.actor_id for row in clinic.all(live)] == [clinic.agent.id]


def test_one_client_id_is_one_message(clinic: Clinic) -> None:
    conversation = clinic.landed()
    first = clinic.answer(conversation, client_id="c1")
    before, head = clinic.content(), clinic.head()
    assert clinic.answer(conversation, client_id="c1") == first
    assert (clinic.content(), clinic.head()) == (before, head)
    with pytest.raises(Invalid) as refused:
        clinic.answer(conversation, "Other words", client_id="c1")
    assert refused.value.fields == {"client_id": "was used for another message; make a new one"}


def test_a_newer_message_stops_a_reply_until_it_was_read(clinic: Clinic) -> None:
    conversation = clinic.landed()
    seen = clinic.head()
    clinic.landed("Please cancel the appointment instead")
    with pytest.raises(Conflict) as stopped:
        clinic.answer(conversation, base_seq=seen)
    assert stopped.value.extra["newer"] == {
        "seq": clinic.head(),
        "direction": "in",
        "text": "Please cancel the appointment instead",
    }
    assert clinic.answer(conversation, base_seq=seen, override=True) == clinic.messages(conversation)[-1].id
    with pytest.raises(Conflict):
        clinic.answer(conversation, base_seq=seen, actor=clinic.rival)
    assert clinic.answer(conversation, base_seq=clinic.head()) > 0


def refusal(clinic: Clinic, conversation: int, **draft: Any) -> tuple[str, dict[str, str]]:
    before = clinic.content()
    with pytest.raises(Invalid) as refused:
        clinic.answer(conversation, **draft)
    assert clinic.content() == before
    return refused.value.detail, refused.value.fields


def test_an_empty_or_endless_reply_names_its_faults(clinic: Clinic) -> None:
    conversation = clinic.landed()
    assert refusal(clinic, conversation, text=" ")[1] == {"text": "may not be empty"}
    assert refusal(clinic, conversation, text="x" * 20_001)[1] == {"text": "at most 20000 characters"}
    assert refusal(clinic, conversation, text="a\0")[1] == {"text": "may not hold NUL characters"}
    assert refusal(clinic, conversation, to="+14155550999")[1] == {"to": "the patient has no such address here"}


def test_whatsapp_answers_only_within_its_day(clinic: Clinic) -> None:
    conversation = clinic.landed(from_=f"whatsapp:{MARIA}")
    clinic.move(DAY - SECOND)
    assert clinic.message(clinic.answer(conversation)).channel == "whatsapp"
    clinic.move(2 * SECOND)
    detail, _ = refusal(clinic, conversation, channel="whatsapp")
    assert detail.startswith("Cannot write by whatsapp: window closed")
    assert refusal(clinic, conversation, channel="whatsapp", template="HX" + "1" * 32)[1] == {
        "template": "is not approved; choose another"
    }


def test_messenger_answers_only_within_its_day(clinic: Clinic) -> None:
    conversation = clinic.landed(from_="messenger:4711")
    assert clinic.message(clinic.answer(conversation)).channel == "social"
    clinic.move(DAY)
    detail, _ = refusal(clinic, conversation)
    assert detail.startswith("Cannot write by social: window closed: the patient's last Messenger message")


def test_a_writer_who_keeps_their_number_is_answered_by_whatsapp_alone(clinic: Clinic) -> None:
    conversation = clinic.landed(from_="whatsapp:US.13491208655302741918")
    with clinic.house.database.snapshot() as reading:
        found = way.ways(reading, clinic.conversation(conversation))
    assert [(one.channel, one.contact.kind, one.ok) for one in found] == [("whatsapp", "social", True)]
    message = clinic.answer(conversation)
    clinic.send_out()
    assert clinic.message(message).status == "accepted"


def test_a_closed_window_offers_what_else_there_is(clinic: Clinic) -> None:
    conversation = clinic.landed(from_=f"whatsapp:{MARIA}")
    clinic.move(DAY)
    with pytest.raises(Invalid) as refused:
        clinic.answer(conversation, channel="whatsapp")
    assert refused.value.extra["fallback"] == [
        {"channel": "whatsapp", "to": MARIA, "template": True},
        {"channel": "sms", "to": MARIA},
        {"channel": "voice", "to": MARIA},
    ]


def test_by_night_a_reply_waits_unless_its_writer_says_that_it_cannot(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.move(12 * HOUR)
    with pytest.raises(Conflict) as late:
        clinic.answer(conversation)
    assert late.value.detail.startswith("It is 22:00 for the patient. Plan it for 08:00")
    morning = late.value.extra["quiet_until"]
    assert clinic.message(clinic.answer(conversation, send_at=morning)).status == "queued"
    assert clinic.message(clinic.answer(conversation, override=True)).status == "queued"
    clinic.landed("Is anybody there?")
    assert clinic.message(clinic.answer(conversation)).status == "queued"


def test_by_night_a_mail_and_a_red_flag_wait_for_nobody(clinic: Clinic) -> None:
    mailed = clinic.land(clinic.mail("maria@home.example", "Bill", "What do I owe?"))[0].conversation_id
    urgent = clinic.landed("I have chest pain and cannot breathe")
    clinic.move(12 * HOUR)
    for conversation in (mailed, urgent):
        message = clinic.message(clinic.answer(conversation, actor=clinic.nurse))
        assert message.status == "queued"


def test_stop_refuses_a_reply_at_queueing_and_start_allows_it(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.landed("STOP")
    assert refusal(clinic, conversation, channel="sms") == (STOPPED, {"channel": "opted out"})
    clinic.landed("START")
    assert clinic.message(clinic.answer(conversation)).status == "queued"


def test_stop_between_queueing_and_sending_stops_the_message(clinic: Clinic) -> None:
    conversation = clinic.landed()
    message = clinic.answer(conversation)
    clinic.landed("STOP")
    clinic.send_out()
    said, row = clinic.message(message), clinic.conversation(conversation)
    assert (said.status, said.error_code, said.error) == ("failed", "consent", "Not sent: opted out.")
    assert (row.state, row.needs_reply) == ("open", True)
    assert clinic.states(conversation)["first_response"] == "running"
    assert clinic.count(t.attempts) == 0


def test_a_clinical_message_is_answered_by_a_nurse(clinic: Clinic) -> None:
    conversation = clinic.landed("My wound is red and open")
    with pytest.raises(NotFound):
        clinic.answer(conversation, actor=clinic.agent)
    assert clinic.message(clinic.answer(conversation, actor=clinic.nurse)).body == "We will call you."


def test_an_agent_who_sees_clinical_work_still_may_not_answer_it(clinic: Clinic) -> None:
    conversation = clinic.landed("My wound is red and open")
    nearby = msgspec.structs.replace(clinic.agent, teams=frozenset({"nursing"}))
    with pytest.raises(Forbidden):
        clinic.answer(conversation, actor=nearby)


def test_an_outsider_sees_nothing_to_answer(clinic: Clinic) -> None:
    with pytest.raises(NotFound):
        clinic.answer(clinic.landed(), actor=clinic.outsider)


def test_a_closed_conversation_is_reopened_before_it_is_answered(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.close_it(conversation)
    with pytest.raises(Conflict):
        clinic.answer(conversation)


def test_a_confirmed_patient_is_written_to_at_another_address_with_consent(clinic: Clinic) -> None:
    maria = clinic.add_patient("Maria", ("phone", MARIA), ("email", "maria@home.example"))
    conversation = clinic.landed()
    clinic.act(identity.confirm, actor=clinic.agent, conversation_id=conversation, patient_id=maria)
    with clinic.house.database.transaction() as unit:
        mine = contacts.of_patient(unit, maria)
        given = {"channel": "mail", "purpose": "care", "kind": "grant", "method": "form", "source": "patient"}
        contacts.add_consent(unit, contact_id=mine[-1].id, patient_id=maria, evidence={}, **given)
    message = clinic.message(clinic.answer(conversation, channel="mail"))
    assert (message.channel, message.contact_id, message.consent_id is not None) == ("mail", mine[-1].id, True)


def test_a_planned_reply_leaves_at_its_time_and_holds_up_nobody(clinic: Clinic) -> None:
    conversation = clinic.landed()
    later = clinic.answer(conversation, "Reminder", send_at=clinic.now + HOUR)
    now = clinic.answer(conversation, "At once")
    clinic.send_out()
    assert [clinic.message(one).status for one in (later, now)] == ["queued", "accepted"]
    clinic.move(HOUR)
    clinic.send_out()
    assert clinic.message(later).status == "accepted"
