"""A chat whose visitor goes: on by text with a proven number, or by a private message where they can be reached."""

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from channels import chat
from channels.envelope import DoorRequest
from inbox import chat as courier
from inbox import chat_file, chat_left, chat_place, hand_over, identity, upload, worker
from inbox.errors import Invalid, NotFound
from inbox.intake import Arrived
from inbox.practice import Line, Practice, publish
from inbox.store import contacts, patients
from inbox.store import tables as t
from tests.support.house import DAY, LINE, MARIA, MINUTE, SECOND, Clinic

SESSION = "s" * 43
LEFT = 10 * MINUTE


@pytest.fixture(autouse=True)
def _numbered(clinic: Clinic) -> None:
    with clinic.house.database.transaction() as unit:
        publish(unit, Practice(lines=(Line(LINE),)), actor=None)
    clinic.house.configuration.forget()


def write(clinic: Clinic, text: str = "May I come today?", *, user: str = "", **more: Any) -> int:
    """Words in the chat; answers their conversation."""
    frame = msgspec.json.encode({"client_id": clinic.new_id("c"), "text": text, **more})
    headers = {chat.SESSION_HEADER: SESSION} | ({chat.USER_HEADER: user} if user else {})
    request = DoorRequest("http://127.0.0.1:8000/chat/live", headers, frame)
    key = chat.parse(request, SESSION).external_id
    (row,) = clinic.land(Arrived("chat", "chat", "chat", key, request))
    assert row.state == "received"
    return int(row.conversation_id)


def code_of(clinic: Clinic, conversation: int) -> str:
    return re.sub(r"\D.*", "", clinic.messages(conversation)[-1].body)


def ask(clinic: Clinic, phone: str = "(415) 555-0142") -> str:
    return clinic.act(hand_over.send_code, clinic.house, SESSION, phone)


def wait(clinic: Clinic, by: timedelta = LEFT) -> None:
    clinic.move(by)
    worker.work_off(clinic.house, "bulk")


def notices(clinic: Clinic, conversation: int) -> list[Any]:
    return [said for said in clinic.messages(conversation) if said.template == "chat.left"]


def test_a_proven_number_takes_the_chat_over_and_its_texts_go_on_there(clinic: Clinic) -> None:
    conversation = write(clinic)
    assert ask(clinic) == "sent"
    sent = clinic.messages(conversation)[-1]
    assert (sent.channel, sent.line, sent.author_kind, clinic.conversation(conversation).channel) == (
        "sms",
        LINE,
        "automatic",
        "chat",
    )
    assert clinic.act(hand_over.confirm, clinic.house, SESSION, code_of(clinic, conversation)) == "42"
    assert clinic.verbs()[-1] == "conversation.handed_over"
    reply = clinic.message(clinic.answer(conversation))
    assert (reply.channel, reply.line, reply.consent_id is None) == ("sms", LINE, True)
    assert clinic.landed("Thanks, by text now", MARIA) == conversation


def test_the_numbers_own_conversation_gives_way(clinic: Clinic) -> None:
    earlier = clinic.landed("An older matter", MARIA)
    conversation = write(clinic)
    ask(clinic)
    clinic.act(hand_over.confirm, clinic.house, SESSION, code_of(clinic, conversation))
    assert clinic.landed("And now?", MARIA) == conversation
    assert not clinic.conversation(earlier).receiving


@pytest.fixture
def texted(clinic: Clinic) -> int:
    """A chat of a confirmed patient that Jess answered by text, though nobody moved it there."""
    patient = clinic.add_patient("Maria", ("phone", MARIA))
    with clinic.house.database.transaction() as unit:
        point = contacts.find_or_add(unit, "phone", MARIA)
        agreed = {"channel": "sms", "purpose": "care", "kind": "grant", "method": "written", "source": "clinic"}
        contacts.add_consent(unit, contact_id=point.id, patient_id=patient, evidence={}, **agreed)
    conversation = write(clinic)
    clinic.act(identity.confirm, actor=clinic.agent, conversation_id=conversation, patient_id=patient)
    clinic.answer(conversation, "We tried to call you.", channel="sms", to=MARIA)
    clinic.send_out()
    return conversation


def test_a_text_that_answers_ours_goes_on_in_the_chats_conversation(clinic: Clinic, texted: int) -> None:
    assert clinic.landed("I was at work", MARIA) == texted
    assert clinic.message(clinic.answer(texted)).channel == "sms"


def test_a_text_long_after_ours_or_of_another_matter_is_its_own(clinic: Clinic, texted: int) -> None:
    clinic.move(4 * DAY)
    own = clinic.landed("My bill", MARIA)
    assert own != texted
    clinic.answer(texted, "And once more.", channel="sms", to=MARIA)
    clinic.send_out()
    clinic.move(SECOND)
    assert clinic.landed("I was at work", MARIA) == texted
    clinic.move(SECOND)
    clinic.answer(own, "Your bill is paid.")
    clinic.send_out()
    clinic.move(SECOND)
    assert clinic.landed("Thank you for the bill", MARIA) == own


def test_a_wrong_or_an_old_code_changes_nothing(clinic: Clinic) -> None:
    conversation = write(clinic)
    ask(clinic)
    right = code_of(clinic, conversation)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    assert [clinic.act(hand_over.confirm, clinic.house, SESSION, one) for one in (wrong, "", "ñ")] == [None] * 3
    clinic.move(10 * MINUTE)
    assert clinic.act(hand_over.confirm, clinic.house, SESSION, right) is None
    assert clinic.conversation(conversation).channel == "chat"


def test_nobody_is_texted_who_did_not_ask(clinic: Clinic) -> None:
    assert ask(clinic) == "no"
    conversation = write(clinic)
    assert [ask(clinic, odd) for odd in ("", "12", "+442071838750")] == ["wrong"] * 3
    assert [ask(clinic), ask(clinic)] == ["sent", "later"]
    for _ in range(3):
        clinic.move(MINUTE)
        last = ask(clinic)
    assert (last, len(clinic.messages(conversation))) == ("no", 1 + hand_over.CODES)


def test_a_number_that_opted_out_is_not_texted(clinic: Clinic) -> None:
    clinic.landed("STOP", MARIA)
    conversation = write(clinic)
    assert (ask(clinic), len(clinic.messages(conversation))) == ("no", 1)


def test_an_answer_that_nobody_saw_goes_where_the_visitor_can_be_reached(clinic: Clinic) -> None:
    conversation = write(clinic, answers={"phone": "(415) 555-0142", "name": "Tomás"})
    for text in ("Yes, at four.", "Bring your card."):
        clinic.answer(conversation, text)
    clinic.send_out()
    wait(clinic, LEFT - SECOND)
    assert notices(clinic, conversation) == []
    wait(clinic, SECOND)
    (notice,) = notices(clinic, conversation)
    assert (notice.channel, notice.exempt_reason, "four" in notice.body) == ("sms", "reply", False)
    (letter,) = clinic.all(select(t.secure_texts))
    assert (letter.body, letter.message_id) == ("Yes, at four.\n\nBring your card.", notice.id)
    wait(clinic)
    assert len(notices(clinic, conversation)) == 1


def test_a_mail_address_will_do_and_a_made_up_one_will_not(clinic: Clinic) -> None:
    conversation = write(clinic, answers={"email": "ana@home.example"})
    clinic.answer(conversation)
    clinic.send_out()
    wait(clinic)
    (notice,) = notices(clinic, conversation)
    assert (notice.channel, notice.line) == ("mail", "clinic@warmline.example")


@pytest.mark.parametrize("answers", [{}, {"email": "ana@home.example\r\nBcc: all"}, {"phone": "12"}])
def test_without_an_address_nothing_is_sent(clinic: Clinic, answers: dict[str, str]) -> None:
    conversation = write(clinic, answers=answers)
    clinic.answer(conversation)
    clinic.send_out()
    wait(clinic)
    assert notices(clinic, conversation) == []


def test_what_was_on_screen_is_not_sent_again(clinic: Clinic) -> None:
    conversation = write(clinic, answers={"phone": "(415) 555-0142"})
    message = clinic.answer(conversation)
    clinic.send_out()
    clinic.act(chat_left.seen, SESSION, message)
    wait(clinic)
    assert (clinic.message(message).status, notices(clinic, conversation)) == ("read", [])


def test_a_user_of_the_clinics_site_is_marked_and_what_was_asked_is_told(clinic: Clinic) -> None:
    conversation = write(clinic, user="u-7", answers={"name": "Tomás Vega", "birth_date": "5/2/1984"})
    row = clinic.conversation(conversation)
    assert ("site_verified" in row.marks, row.sender_name) == (True, "Tomás Vega")
    assert "site_verified" not in clinic.conversation(clinic.landed("By text")).marks


def test_who_signs_in_during_a_conversation_is_marked_from_there(clinic: Clinic) -> None:
    conversation = write(clinic)
    assert clinic.conversation(conversation).marks == []
    assert write(clinic, "I have signed in", user="u-7") == conversation
    assert clinic.conversation(conversation).marks == ["site_verified"]


def numbered(clinic: Clinic, given: str = "Maria", number: str = "u-7") -> int:
    """A record with a number that the clinic's site signs its users by."""
    patient = clinic.add_patient(given)
    with clinic.house.database.transaction() as unit:
        patients.add_identifier(unit, patient_id=patient, system="PORTAL", value=number)
        publish(unit, Practice(lines=(Line(LINE),), site_numbers="PORTAL"), actor=None)
    clinic.house.configuration.forget()
    return patient


def about(clinic: Clinic, conversation: int) -> tuple[int | None, str, list[str]]:
    row = clinic.conversation(conversation)
    return row.subject_patient_id, row.subject_certainty, row.marks


def test_the_sites_word_confirms_whose_number_it_signed_and_leaves_its_evidence(clinic: Clinic) -> None:
    patient = numbered(clinic)
    conversation = write(clinic, user="u-7", answers={"name": "Maria Alvarez"})
    assert about(clinic, conversation) == (patient, "confirmed", ["site_matched", "site_verified"])
    (line,) = [line for line in clinic.lines() if line.verb == "subject.vouched"]
    assert (line.patient_id, line.details) == (
        patient,
        {"patient": patient, "was": None, "evidence": ["site_identifier"]},
    )


def test_who_signs_in_later_is_confirmed_from_there_and_once(clinic: Clinic) -> None:
    patient = numbered(clinic)
    conversation = write(clinic)
    assert about(clinic, conversation) == (None, "unknown", [])
    for _ in range(2):
        assert write(clinic, "It is me", user="u-7") == conversation
    assert about(clinic, conversation) == (patient, "confirmed", ["site_matched", "site_verified"])
    assert clinic.verbs().count("subject.vouched") == 1


@pytest.mark.parametrize("answers", [{"name": "Tomás Vega"}, {"name": "Pia Alvarez"}])
def test_words_that_name_somebody_else_confirm_nobody(clinic: Clinic, answers: dict[str, str]) -> None:
    numbered(clinic)
    assert about(clinic, write(clinic, user="u-7", answers=answers)) == (
        None,
        "unknown",
        ["site_differs", "site_verified"],
    )
    assert "subject.vouched" not in clinic.verbs()


def test_a_persons_word_on_this_chat_stands_against_the_sites(clinic: Clinic) -> None:
    numbered(clinic)
    other, conversation = clinic.add_patient("Pia"), write(clinic)
    asked = {"actor": clinic.agent, "conversation_id": conversation}
    clinic.act(identity.confirm, **asked, patient_id=other)
    assert write(clinic, "Hello?", user="u-7") == conversation
    assert about(clinic, conversation) == (other, "confirmed", ["about_whom", "site_differs", "site_verified"])


@pytest.mark.parametrize(("system", "user"), [("", "u-7"), ("PORTAL", "u-8"), ("MRN", "u-7")])
def test_without_a_number_of_the_site_nobody_is_matched(clinic: Clinic, system: str, user: str) -> None:
    numbered(clinic)
    with clinic.house.database.transaction() as unit:
        publish(unit, Practice(lines=(Line(LINE),), site_numbers=system), actor=None)
    clinic.house.configuration.forget()
    assert about(clinic, write(clinic, user=user)) == (None, "unknown", ["site_verified"])


def test_a_number_typed_in_the_chat_is_a_claim(clinic: Clinic) -> None:
    patient = clinic.add_patient("Maria", ("phone", MARIA))
    row = clinic.conversation(write(clinic, answers={"name": "Maria Alvarez", "phone": "(415) 555-0142"}))
    assert (row.subject_patient_id, row.subject_certainty) == (patient, "probable")


PDF = b"%PDF-1.7\n"


def put(clinic: Clinic, conversation: int, content: bytes = PDF, name: str = "form.pdf") -> int:
    file = upload.keep(clinic.house, name, content)
    return clinic.act(upload.add, actor=clinic.agent, conversation_id=conversation, file=file)


def shown_files(clinic: Clinic) -> tuple[chat_file.ChatFile, ...]:
    return courier.thread(clinic.house, SESSION)[-1].files


def fetch(clinic: Clinic, url: str) -> bytes:
    row = clinic.act(chat_file.fetch, clinic.house, url.removeprefix("/chat/files/"), address="192.0.2.7")
    return clinic.house.files.read(row.blob)


def test_a_file_goes_with_a_reply_into_the_chat_and_each_fetch_is_logged(clinic: Clinic) -> None:
    conversation = write(clinic)
    clinic.answer(conversation, "", attachments=(put(clinic, conversation),))
    assert len(courier.thread(clinic.house, SESSION)) == 1  # it has not left yet
    clinic.send_out()
    (file,) = shown_files(clinic)
    assert (file.name, file.type, file.size, fetch(clinic, file.url)) == ("form.pdf", "application/pdf", 9, PDF)
    (row,) = clinic.all(select(t.access))
    assert (row.role, row.object, row.conversation_id, row.address) == (
        "patient",
        "attachment",
        conversation,
        "192.0.2.7",
    )


def test_the_address_of_a_file_is_its_sessions_own_and_runs_out(clinic: Clinic) -> None:
    conversation = write(clinic)
    clinic.answer(
        conversation, "Two", attachments=(put(clinic, conversation), put(clinic, conversation, b"Hours\n", "x"))
    )
    clinic.send_out()
    first, second = shown_files(clinic)
    number, rest = first.url.split(".", 1)
    carriers = upload.address(clinic.house, int(number.rpartition("/")[2])).rpartition("/")[2]
    for wrong in (first.url[:-1], f"{second.url.split('.')[0]}.{rest}", f"/chat/files/{carriers}", "/chat/files/1", ""):
        with pytest.raises(NotFound):
            fetch(clinic, wrong)
    assert fetch(clinic, second.url) == b"Hours\n"
    clinic.move(chat_file.LIFE + SECOND)
    with pytest.raises(NotFound):
        fetch(clinic, second.url)
    assert fetch(clinic, shown_files(clinic)[1].url) == b"Hours\n"


def test_a_chat_carries_what_its_visitor_may_send(clinic: Clinic) -> None:
    conversation = write(clinic)
    large = put(clinic, conversation, PDF + bytes(10_000_000))
    with pytest.raises(Invalid) as refused:
        clinic.answer(conversation, attachments=(large,))
    assert refused.value.fields == {"attachments": "at most 10 MB by this channel"}


def test_a_letter_to_who_left_names_the_file(clinic: Clinic) -> None:
    conversation = write(clinic, answers={"phone": "(415) 555-0142"})
    clinic.answer(conversation, "Please fill this in.", attachments=(put(clinic, conversation),))
    clinic.send_out()
    wait(clinic)
    (letter,) = clinic.all(select(t.secure_texts))
    assert letter.body == (
        "Please fill this in.\n\nThe file form.pdf is in our chat. Answer here if we should send it another way."
    )


def places(clinic: Clinic) -> dict[int, chat_place.Place]:
    with clinic.house.database.snapshot() as reading:
        return chat_place.places(reading)


def test_the_line_counts_who_comes_first_and_how_long_that_takes(clinic: Clinic) -> None:
    with clinic.house.database.transaction() as unit:
        unit.execute(update(t.actors).values(availability="off"))
    conversation = write(clinic)
    assert places(clinic)[conversation] == chat_place.Place(1, None)
    with clinic.house.database.transaction() as unit:
        unit.execute(update(t.actors).where(t.actors.c.id == clinic.agent.id).values(availability="available"))
    assert places(clinic)[conversation] == chat_place.Place(1, 7)  # five minutes, stretched for what comes between
    clinic.answer(conversation)
    assert conversation not in places(clinic)
