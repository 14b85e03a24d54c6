"""Which conversation a message continues, and whom it is about: by proof, never by a guess (domain.md §3, §4)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from channels import mail
from channels.mail_child import parse_limited
from inbox import identity, intake, outgoing, worker
from inbox.store import tables as t
from tests.support.house import DAY, HOUR, MARIA, MINUTE, SECOND, Clinic

HOME, STRANGER = "maria@home.example", "olaf@elsewhere.example"


def test_simultaneous_first_messages_make_one_conversation_each(clinic: Clinic) -> None:
    """20 senders, 6 messages each, over 8 threads."""
    arrived = [clinic.sms(f"Question {n}", f"+1415200{sender:04d}") for n in range(6) for sender in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: intake.store(clinic.house, [one]), arrived))
        list(pool.map(lambda _: worker.work_off(clinic.house, limit=3), range(8)))
    clinic.move(10 * SECOND)
    worker.work_off(clinic.house)
    per_sender = select(func.count(), func.count(t.conversations.c.sender_contact_id.distinct()))
    assert tuple(clinic.all(per_sender.select_from(t.conversations))[0]) == (20, 20)
    assert clinic.count(t.messages) == 120
    assert {row.state for row in clinic.all(select(t.arrivals.c.state))} == {"received"}
    sequences = select(t.messages.c.sequence, func.count()).group_by(t.messages.c.sequence)
    assert sorted(tuple(row) for row in clinic.all(sequences)) == [(n, 20) for n in range(1, 7)]


# one address, several people


def test_an_address_of_two_patients_lands_marked_and_unguessed(clinic: Clinic) -> None:
    for name in ("Maria", "Luis"):
        clinic.add_patient(name, ("phone", MARIA), relationship="shared")
    row = clinic.conversation(clinic.landed())
    assert (row.subject_patient_id, row.subject_certainty, row.marks) == (None, "unknown", ["about_whom"])


def test_a_confirmed_patient_is_known_from_the_next_message_on(clinic: Clinic) -> None:
    maria = clinic.add_patient("Maria", ("phone", MARIA))
    first = clinic.landed()
    assert clinic.conversation(first).subject_certainty == "probable"
    clinic.act(identity.confirm, actor=clinic.agent, conversation_id=first, patient_id=maria)
    clinic.close_it(first)
    clinic.move(8 * DAY)
    second = clinic.conversation(clinic.landed("I need a new appointment"))
    assert (second.id != first, second.subject_patient_id, second.subject_certainty) == (True, maria, "confirmed")


def test_an_unknown_sender_is_tied_by_a_person(clinic: Clinic) -> None:
    luis = clinic.add_patient("Luis")
    conversation = clinic.landed()
    assert clinic.conversation(conversation).subject_certainty == "unknown"
    clinic.act(identity.confirm, actor=clinic.agent, conversation_id=conversation, patient_id=luis)
    row = clinic.conversation(conversation)
    assert (row.subject_patient_id, row.subject_certainty) == (luis, "confirmed")


def test_a_wrong_number_ends_the_links(clinic: Clinic) -> None:
    maria = clinic.add_patient("Maria", ("phone", MARIA))
    clinic.landed("You have the wrong number")
    (link,) = clinic.all(select(t.contact_links))
    (point,) = clinic.all(select(t.contact_points))
    assert (link.patient_id, link.valid_to, point.state) == (maria, clinic.now, "reassigned")
    clinic.move(MINUTE)
    assert clinic.conversation(clinic.landed("Hello again")).subject_certainty == "unknown"


# texts: the receiving conversation


def test_a_text_continues_the_receiving_conversation(clinic: Clinic) -> None:
    assert clinic.landed() == clinic.landed("Any news?")


@pytest.mark.parametrize(("after", "same"), [(7 * DAY, True), (7 * DAY + SECOND, False)])
def test_a_closed_conversation_receives_for_seven_days(clinic: Clinic, after: Any, same: bool) -> None:
    first = clinic.landed()
    clinic.close_it(first)
    clinic.move(after)
    second = clinic.landed("I still need that appointment")
    rows = [clinic.conversation(first), clinic.conversation(second)]
    assert (first == second, rows[0].state) == (same, "open" if same else "closed")
    assert [row.receiving for row in rows] == ([True, True] if same else [False, True])
    assert rows[1].related_id == (None if same else first)


@pytest.mark.parametrize("thanks", ["Thanks!", "ok", "gracias", "👍"])
def test_a_bare_thanks_on_a_closed_conversation_does_not_reopen(clinic: Clinic, thanks: str) -> None:
    conversation = clinic.landed()
    clinic.close_it(conversation)
    clinic.move(HOUR)
    assert clinic.landed(thanks) == conversation
    row = clinic.conversation(conversation)
    assert (row.state, row.needs_reply, len(clinic.messages(conversation))) == ("closed", False, 2)


def test_a_red_flag_with_thanks_reopens(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.close_it(conversation)
    assert clinic.landed("Thanks but I have chest pain") == conversation
    assert clinic.conversation(conversation).state == "open"


# mail: a Message-ID of ours and an address that takes part


def answered_mail(clinic: Clinic) -> tuple[int, str]:
    """A mail conversation that we answered, and the Message-ID of our answer."""
    (arrival,) = clinic.land(clinic.mail(HOME, "Appointment", "I need to reschedule my appointment"))
    message = clinic.answer(arrival.conversation_id)
    clinic.send_out()
    return int(arrival.conversation_id), f"<{clinic.message(message).mail_id}>"


def test_a_mail_by_its_writer_to_our_message_id_continues(clinic: Clinic) -> None:
    conversation, ours = answered_mail(clinic)
    (again,) = clinic.land(clinic.mail(HOME, "Quite another subject", "Monday please", In_Reply_To=ours))
    assert again.conversation_id == conversation


def test_a_stranger_with_the_same_headers_gets_a_conversation_and_a_suggestion(clinic: Clinic) -> None:
    conversation, ours = answered_mail(clinic)
    (other,) = clinic.land(clinic.mail(STRANGER, "Re: Appointment", "Me too", In_Reply_To=ours, References=ours))
    row = clinic.conversation(other.conversation_id)
    assert (row.id != conversation, row.related_id, row.marks) == (True, conversation, ["looks_related"])


def test_the_same_subject_alone_joins_nothing(clinic: Clinic) -> None:
    conversation, _ = answered_mail(clinic)
    (other,) = clinic.land(clinic.mail(HOME, "Re: Appointment", "Another thing"))
    assert other.conversation_id != conversation


def plus_address(clinic: Clinic, conversation: int) -> str:
    contact = clinic.messages(conversation)[0].contact_id
    token = mail.thread_token(clinic.house.keys.thread, str(conversation), str(contact))
    return mail.plus_address("clinic@warmline.example", token)


@pytest.mark.parametrize(("sender", "same"), [(HOME, True), (STRANGER, False)])
def test_the_signed_reply_address_continues_for_its_own_writer(clinic: Clinic, sender: str, same: bool) -> None:
    conversation, _ = answered_mail(clinic)
    (again,) = clinic.land(clinic.mail(sender, "No headers", "Monday", To=plus_address(clinic, conversation)))
    assert (again.conversation_id == conversation) == same


def test_our_answer_carries_the_signed_reply_address(clinic: Clinic) -> None:
    conversation, _ = answered_mail(clinic)
    ours = clinic.messages(conversation)[-1]
    assert outgoing.reply_to(clinic.house, ours, "clinic@warmline.example") == plus_address(clinic, conversation)


def test_a_mail_after_seven_days_opens_a_related_conversation(clinic: Clinic) -> None:
    conversation, ours = answered_mail(clinic)
    clinic.close_it(conversation)
    clinic.move(7 * DAY + SECOND)
    (late,) = clinic.land(clinic.mail(HOME, "Late", "Sorry, late", In_Reply_To=ours))
    assert clinic.conversation(late.conversation_id).related_id == conversation


def test_a_bounce_fails_the_mail_and_marks_the_address(clinic: Clinic) -> None:
    conversation, ours = answered_mail(clinic)
    assert clinic.states(conversation)["first_response"] == "met"
    raw = BOUNCE.replace("OURS", ours).replace("\n", "\r\n").encode()
    assert parse_limited(raw, "clinic@warmline.example").machine == "bounce"
    (arrival,) = clinic.land(intake.mail(clinic.house, raw))
    failed, row = clinic.messages(conversation)[-1], clinic.conversation(conversation)
    (point,) = clinic.all(select(t.contact_points).where(t.contact_points.c.value == HOME))
    assert (arrival.conversation_id, arrival.message_id, arrival.reason) == (conversation, None, "bounce")
    assert (failed.status, point.state, row.state, row.needs_reply) == ("failed", "invalid", "open", True)
    states = clinic.states(conversation)
    assert (states["first_response"], states["resolution"]) == ("running", "running")
    assert row.due_at is not None


BOUNCE = """From: MAILER-DAEMON@home.example
To: clinic@warmline.example
Subject: Undelivered
Message-ID: <bounce@home.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; home.example

Final-Recipient: rfc822; maria@home.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: OURS
From: clinic@warmline.example

--b--
"""
