"""The doors as a provider or a patient's program meets them."""

from __future__ import annotations

import hashlib
import json
import smtplib
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.contract.party import SID, Party, new_key, new_number, new_sid, until

SMALL = 1 << 20


def raw_mail(sender: str = "ann@home.example", text: str = "I need a refill of my tablets.", **headers: str) -> bytes:
    fields = {"From": sender, "To": "clinic@clinic.example", "Subject": "Refill", "Message-ID": f"<{new_key()}@home>"}
    head = "".join(f"{name}: {value}\r\n" for name, value in (fields | headers).items())
    return f"{head}\r\n{text}\r\n".encode()


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_both_signature_schemes_open_the_door(party: Party, digest: str) -> None:
    sid = new_sid()
    form = {"AccountSid": SID, "MessageSid": sid, "From": new_number(), "To": "+14155550100", "Body": "Hello"}
    scheme = {} if digest == "sha1" else {"X-Twilio-Webhooks-Signature-Settings": "key=WK1,algorithm=HMAC_SHA256"}
    answer = party.twilio("/in/twilio/messages", form, digest, **scheme)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "application/xml")
    assert party.settled(external_id=sid)["state"] == "received"


def test_a_form_without_our_account_is_checked_with_the_configured_token(party: Party) -> None:
    sid = new_sid()
    form = {"AccountSid": "AC" + "1" * 32, "MessageSid": sid, "From": new_number(), "To": "+14155550100", "Body": "Hi"}
    assert party.twilio("/in/twilio/messages", form).status_code == 200


@pytest.mark.parametrize(
    "path", ["/in/twilio/messages", "/in/twilio/status", "/in/twilio/voice", "/in/twilio/voice/status"]
)
def test_a_bad_signature_is_403_and_recorded(party: Party, path: str) -> None:
    before = {one["id"] for one in party.arrivals(state="refused")}
    answer = party.twilio(path, {"AccountSid": SID, "Body": "x"}, signature="bm9uc2Vuc2U=")
    (recorded,) = [one for one in party.arrivals(state="refused") if one["id"] not in before]
    assert (answer.status_code, recorded["state"], recorded["conversation_id"]) == (403, "refused", None)
    assert httpx.post(party.url + path, data={"Body": "x"}).status_code == 403


def test_a_body_over_the_limit_is_413(party: Party) -> None:
    big = b"Body=" + b"x" * SMALL
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert httpx.post(f"{party.url}/in/twilio/messages", content=big, headers=headers).status_code == 413


def test_a_repeat_is_2xx_and_changes_nothing(party: Party) -> None:
    sender, sid = new_number(), new_sid()
    party.sms("Where do I park?", sender, sid)
    landed = party.settled(external_id=sid)
    party.sms("Where do I park?", sender, sid)
    shown = party.get("agent", f"/api/conversations/{landed['conversation_id']}")
    assert [message["external_id"] for message in shown["messages"]] == [sid]
    assert [one["id"] for one in party.arrivals() if one["external_id"] == sid] == [landed["id"]]


def test_what_cannot_be_understood_is_stored_quarantined_and_2xx(party: Party) -> None:
    before = {one["id"] for one in party.arrivals(state="quarantined")}
    answer = party.twilio("/in/twilio/messages", {"AccountSid": SID, "Odd": new_key()})
    assert answer.status_code == 200
    mail = party.mail(b"\x00\xff\xfe" + new_key().encode())
    assert mail.status_code == 202
    held = until(lambda: _two(party, before))
    shown = {one["id"] for one in party.get("supervisor", "/api/conversations", view="quarantine")["items"]}
    assert {one["conversation_id"] for one in held} <= shown
    listed = party.cli("arrivals", "--state", "quarantined").stdout
    assert [str(one["id"]) in listed for one in held] == [True, True]
    assert party.cli("arrivals", "replay", str(held[0]["id"])).returncode == 0


def _two(party: Party, before: set[int]) -> list[Any]:
    held = [one for one in party.arrivals(state="quarantined") if one["id"] not in before]
    return held if len(held) == 2 else []


def test_an_sms_to_a_number_nobody_configured_lands_marked(party: Party) -> None:
    landed = party.settled(external_id=party.sms("Hello there", new_number(), to="+14155559999"))
    shown = party.get("agent", f"/api/conversations/{landed['conversation_id']}")
    assert (shown["messages"][0]["text"], shown["marks"] != []) == ("Hello there", True)


def test_the_mail_door_answers_202_with_the_arrival_id(party: Party) -> None:
    raw = raw_mail()
    first, again, stranger = party.mail(raw), party.mail(raw), party.mail(raw, token="wrong")
    named = first.json()["id"]
    assert (first.status_code, first.json()["arrival_id"]) == (202, named)
    assert (again.status_code, again.json()["id"]) == (202, named)
    assert (stranger.status_code, stranger.headers["content-type"]) == (403, "application/problem+json")
    assert party.settled(id=named)["channel"] == "mail"


def test_smtp_accepts_any_recipient_and_stores_before_250(party: Party) -> None:
    before = {one["id"] for one in party.arrivals()}
    with smtplib.SMTP("127.0.0.1", party.smtp) as door:
        refused = door.sendmail("ann@home.example", ["whoever@anywhere.example"], raw_mail(text="By SMTP"))
    (stored,) = [one for one in party.arrivals() if one["id"] not in before and one["channel"] == "mail"]
    assert (refused, party.settled(id=stored["id"])["state"]) == ({}, "received")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Ann", "email": "ann@home.example", "phone": "", "birth_date": "", "topic": "", "message": "Hello"},
        {"email": "ann@home.example", "message": "Hello"},
    ],
    ids=["all", "some"],
)
def test_a_plain_program_posts_the_contact_form(party: Party, fields: dict[str, str]) -> None:
    answer = httpx.post(f"{party.url}/forms/contact", data=fields | {"message": new_key()})
    assert answer.status_code == 202, answer.text
    landed = party.settled(id=answer.json()["id"])
    assert (landed["channel"], landed["state"]) == ("webform", "received")


def test_the_form_and_the_widget_are_served(party: Party) -> None:
    kinds = {}
    for path in ("/forms/contact", "/forms/contact.js", "/chat/widget.js"):
        answer = httpx.get(party.url + path)
        kinds[path] = (answer.status_code, answer.headers["content-type"].partition(";")[0])
    script = (200, "text/javascript")
    assert kinds == {"/forms/contact": (200, "text/html"), "/forms/contact.js": script, "/chat/widget.js": script}
    page = httpx.get(f"{party.url}/forms/contact").text
    fields = ("name", "email", "phone", "birth_date", "topic", "message")
    assert [f'name="{field}"' in page for field in fields] == [True] * 6


def test_a_chat_says_its_session_first_and_resumes_by_it(party: Party) -> None:
    address, text = party.url.replace("http", "ws") + "/chat/live", f"Hello {new_key()}"
    with connect(address) as socket:
        socket.send(json.dumps({"client_id": "c1", "text": text, "name": "Ann"}))
        first, acknowledged = json.loads(socket.recv(5)), json.loads(socket.recv(5))
    assert (list(first), acknowledged["ack"]) == (["session"], "c1")
    with connect(f"{address}?session={first['session']}") as socket:
        frames = [json.loads(socket.recv(5)) for _ in range(2)]
    assert (frames[0], frames[1]["text"]) == (first, text)
    with connect(address) as socket:
        socket.send(json.dumps({"session": first["session"], "client_id": "c2", "text": "Again"}))
        resumed = [json.loads(socket.recv(5)) for _ in range(3)]
    assert [first["session"] in frame.values() for frame in resumed][:2] == [False, True]
    shown = until(lambda: _chat(party, text))
    assert [message["text"] for message in shown["messages"]] == [text, "Again"]


def _chat(party: Party, text: str) -> Any:
    for row in party.get("supervisor", "/api/conversations", limit=5)["items"]:
        shown = party.get("supervisor", f"/api/conversations/{row['id']}")
        said = [message["text"] for message in shown["messages"]]
        if shown["channel"] == "chat" and said[:1] == [text] and len(said) == 2:
            return shown
    return None


def test_a_calls_conversation_exists_as_soon_as_the_call_arrives(party: Party) -> None:
    call = "CA" + hashlib.md5(new_key().encode(), usedforsecurity=False).hexdigest()
    caller = new_number()
    form = {"AccountSid": SID, "CallSid": call, "From": caller, "To": "+14155550100", "CallStatus": "ringing"}
    form |= {"Direction": "inbound"}
    answer = party.twilio("/in/twilio/voice", form)
    assert (answer.status_code, answer.text[:5], "<Response>" in answer.text) == (200, "<?xml", True)
    shown = until(lambda: _call(party, caller))
    assert (shown["channel"], shown["state"], len(shown["calls"])) == ("voice", "open", 1)
    ended = form | {"CallStatus": "completed", "CallDuration": "12", "SequenceNumber": "3"}
    assert party.twilio("/in/twilio/voice/status", ended).status_code == 200


def _call(party: Party, caller: str) -> Any:
    for row in party.get("supervisor", "/api/conversations", limit=5)["items"]:
        shown = party.get("supervisor", f"/api/conversations/{row['id']}")
        if shown["channel"] == "voice" and shown["sender"]["address"] == caller:
            return shown
    return None
