"""Every door leads to one conversation; a repeat changes nothing; what cannot be read waits where people see it."""

from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from sqlalchemy import select

from channels import chat, webform
from channels.envelope import DoorRequest
from channels.form import CONTACT
from channels.twilio_message import body_key
from inbox import intake, worker, worklist
from inbox.intake import Arrived
from inbox.settings import DEMO_ACCOUNT_SID
from inbox.store import tables as t
from tests.support.house import MARIA, MINUTE, NOW, Clinic, call_fields

SESSION = "s" * 43
#: The door, and what its one message looks like once it landed: channel, the sender's address, the words.
DOORS = {
    "sms": ("sms", ("phone", MARIA), "I need to reschedule my appointment"),
    "mms": ("sms", ("phone", MARIA), "Here is my insurance card"),
    "whatsapp": ("whatsapp", ("phone", MARIA), "I need to reschedule my appointment"),
    "mail": ("mail", ("email", "maria@home.example"), "I need to reschedule my appointment"),
    "webform": ("webform", ("email", "maria@home.example"), "I need to reschedule my appointment"),
    "chat": ("chat", ("chat", SESSION), "I need to reschedule my appointment"),
    "voice": ("voice", ("phone", MARIA), "Phone call"),
}


def knock(clinic: Clinic, door: str) -> Arrived:
    """One message at a door, the same bytes each time."""
    text = DOORS[door][2]
    if door == "sms":
        return clinic.sms(text, sid="SM" + "1" * 32)
    if door == "mms":
        picture = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/m/1", "MediaContentType0": "image/png"}
        return clinic.sms(text, sid="MM" + "1" * 32, **picture)
    if door == "whatsapp":
        return clinic.sms(text, from_=f"whatsapp:{MARIA}", sid="SM" + "2" * 32)
    if door == "mail":
        return clinic.mail("Maria <maria@home.example>", "Appointment", text, Message_ID="<1@home.example>")
    if door == "voice":
        return clinic.call("", call_fields("CA" + "1" * 32)[""])
    return form(clinic, text) if door == "webform" else chatted(text)


def form(clinic: Clinic, text: str) -> Arrived:
    token = f"id.{int(NOW.timestamp()) - 60}"
    signed = f"{token}.{webform._mac(clinic.house.keys.form, 'contact', token)}"
    fields = {"name": "Maria Alvarez", "email": "maria@home.example", "message": text, "token": signed}
    request = clinic.request("/forms/contact", fields)
    request = DoorRequest(request.url, {"content-type": "application/x-www-form-urlencoded"}, request.body)
    return Arrived("webform", "webform", "", webform.arrival_key(request, CONTACT, clinic.now), request)


def chatted(text: str, client_id: str = "1") -> Arrived:
    body = b'{"client_id":"%s","text":"%s"}' % (client_id.encode(), text.encode())
    request = DoorRequest("/chat", {"x-chat-session": SESSION}, body)
    return Arrived("chat", "chat", "", chat.arrival_key(request, SESSION), request)


@pytest.mark.parametrize("door", DOORS)
def test_each_door_leads_to_one_conversation(clinic: Clinic, door: str) -> None:
    channel, sender, words = DOORS[door]
    (arrival,) = clinic.land(knock(clinic, door))
    (said,) = clinic.messages(arrival.conversation_id)
    (point,) = clinic.all(select(t.contact_points))
    row = clinic.conversation(arrival.conversation_id)
    assert (arrival.state, arrival.message_id) == ("received", said.id if door != "voice" else None)
    assert (said.channel, (point.kind, point.value), said.body.strip()) == (channel, sender, words)
    assert (row.state, row.channel, row.subject_certainty, row.unread) == ("open", channel, "unknown", True)
    assert set(clinic.states(row.id).values()) == {"running"}
    assert [clinic.count(table) for table in (t.conversations, t.messages)] == [1, 1]


@pytest.mark.parametrize("door", DOORS)
def test_a_repeat_changes_nothing(clinic: Clinic, door: str) -> None:
    clinic.land(knock(clinic, door))
    before, head = clinic.content(), clinic.head()
    clinic.move(MINUTE)
    again = intake.store(clinic.house, [knock(clinic, door), knock(clinic, door)])
    worker.work_off(clinic.house)
    assert [one.repeat for one in again] == [True, True]
    assert (clinic.content(), clinic.head()) == (before, head)


def test_the_same_id_twice_in_one_batch_lands_once(clinic: Clinic) -> None:
    one, other = clinic.land(knock(clinic, "sms"), knock(clinic, "sms"))
    assert (one.id, clinic.count(t.messages)) == (other.id, 1)


def test_the_same_id_with_other_bytes_is_quarantined_beside_the_first(clinic: Clinic) -> None:
    first, second = clinic.land(clinic.sms("One", sid="SM1"), clinic.sms("Other words", sid="SM1"))
    assert (first.state, second.state) == ("received", "quarantined")
    assert second.reason == "conflict: the same id came before with other bytes"
    (again,) = intake.store(clinic.house, [clinic.sms("Other words", sid="SM1")])
    assert (again.arrival_id, again.repeat) == (second.id, True)


def unreadable(clinic: Clinic) -> dict[str, Arrived]:
    nobody = clinic.request("/in/twilio/messages", {"MessageSid": "SM9", "Body": "chest pain"})
    broken = DoorRequest("/chat", {"x-chat-session": SESSION}, b'{"text": "no id"}')
    return {
        "no sender": intake.message(clinic.house, nobody),
        "no mail": intake.mail(clinic.house, b"From: " + b"(" * 900),
        "no frame": Arrived("chat", "chat", "", body_key(broken.body), broken),
        "no CallSid": clinic.call("", {"From": MARIA}),
    }


@pytest.mark.parametrize("kind", ["no sender", "no mail", "no frame", "no CallSid"])
def test_what_cannot_be_read_is_a_conversation_with_a_running_clock(clinic: Clinic, kind: str) -> None:
    (arrival,) = clinic.land(unreadable(clinic)[kind])
    row = clinic.conversation(arrival.conversation_id)
    assert (arrival.state, row.marks, row.state) == ("quarantined", ["quarantined"], "open")
    assert arrival.reason != ""
    assert clinic.states(row.id)["read"] == "running"
    assert row.due_at is not None
    assert clinic.verbs()[-1] == "arrival.quarantined"


def test_the_preview_of_what_cannot_be_read_is_harmless_and_scanned(clinic: Clinic) -> None:
    (arrival,) = clinic.land(unreadable(clinic)["no sender"])
    (said,) = clinic.messages(arrival.conversation_id)
    assert said.body == f"AccountSid={DEMO_ACCOUNT_SID}&MessageSid=SM9&Body=chest+pain"
    assert clinic.conversation(arrival.conversation_id).priority == 0


#: NUL is what PostgreSQL refuses in text, a lone surrogate what no engine encodes.
ODD = b"a\0b \xed\xa0\x80 c"


def odd_sms(clinic: Clinic, **fields: bytes) -> Arrived:
    """A text message with raw bytes in any field."""
    said = {"AccountSid": b"AC1", "MessageSid": b"SM7", "From": MARIA.encode(), "To": b"+1", "Body": b"x", **fields}
    body = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in said.items()).encode()
    return intake.message(clinic.house, DoorRequest("http://127.0.0.1:8000/in/twilio/messages", {}, body))


@pytest.mark.parametrize("field", ["Body", "ProfileName", "From", "To", "MessageSid", "AccountSid", "MediaUrl0"])
def test_bytes_that_a_database_refuses_are_kept_in_the_raw_arrival_and_land_without(clinic: Clinic, field: str) -> None:
    arrived = odd_sms(clinic, **{field: ODD})
    (arrival,) = clinic.land(arrived)
    assert (arrival.state, bytes(arrival.body)) == ("received", arrived.request.body)
    assert clinic.count(t.messages) == 1


def test_a_transcript_and_a_receipt_with_odd_bytes_land(clinic: Clinic) -> None:
    heard = call_fields("CA" + "2" * 32)["transcription"] | {"TranscriptionText": "please call\0 me"}
    (arrival,) = clinic.land(clinic.call("transcription", heard))
    assert arrival.state == "received"
    assert [one.body for one in clinic.messages(arrival.conversation_id)] == ["Phone call", "please call me"]
    message = clinic.answer(clinic.landed())
    clinic.send_out()
    external: Any = clinic.message(message).external_id
    (receipt,) = clinic.land(clinic.receipt(external, "undelivered", ErrorCode="300\x0003"))
    assert (receipt.state, clinic.message(message).status) == ("received", "failed")


def test_an_attachment_with_an_odd_name_lands(clinic: Clinic) -> None:
    raw = (
        b"From: maria@home.example\r\nMessage-ID: <2@home.example>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nSee file\r\n'
        b"--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment;"
        b" filename*=utf-8''a%00%ED%A0%80.pdf\r\n\r\nPDF\r\n--x--\r\n"
    )
    (arrival,) = clinic.land(intake.mail(clinic.house, raw))
    (file,) = clinic.all(select(t.attachments))
    assert (arrival.state, file.state, file.size) == ("received", "stored", 3)


def test_a_key_longer_than_the_column_is_still_recognised(clinic: Clinic) -> None:
    (first,) = intake.store(clinic.house, [clinic.sms("Hello", sid="SM" + "x" * 400)])
    (again,) = intake.store(clinic.house, [clinic.sms("Hello", sid="SM" + "x" * 400)])
    assert (again.arrival_id, again.repeat) == (first.arrival_id, True)


def test_a_chat_session_is_no_name(clinic: Clinic) -> None:
    session = chat.new_session()
    said = DoorRequest("http://x.example/chat/live", {"x-chat-session": session}, b'{"client_id": "1", "text": "Hi"}')
    clinic.land(Arrived("chat", "chat", "chat", chat.arrival_key(said, session), said))
    with clinic.house.database.snapshot() as reading:
        (row,) = worklist.page(reading, actor=clinic.supervisor).items
    assert row.name == f"Visitor {session[:4]}"
