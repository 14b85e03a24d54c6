"""Message and status hooks as envelopes: hand-made ones, hostile ones, and every payload of the corpus."""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

import channels
from channels import sms, social, twilio_message, voice, whatsapp
from channels.envelope import Address, Attachment, CallEvent, DoorRequest, Inbound, Receipt, Unparseable
from channels.errors import consequence, explain
from channels.statuses import TERMINAL, moves, outcome, rank

CORPORA = Path(__file__).parents[2] / os.environ.get("WARMLINE_CORPORA", "../shared/corpora")
TEXT = {"MessageSid": "SM1", "From": "+15005550100", "To": "+15005550006", "Body": "Hi", "AccountSid": "AC1"}


def hook(fields: dict[str, str], url: str = "https://inbox.example/in/twilio/messages") -> DoorRequest:
    return DoorRequest(url, {"content-type": "application/x-www-form-urlencoded"}, urlencode(fields).encode())


def test_an_sms() -> None:
    assert sms.parse(hook(TEXT)) == Inbound(
        channel="sms",
        external_id="SM1",
        sender=Address("phone", "+15005550100"),
        line="+15005550006",
        account="AC1",
        text="Hi",
    )


def test_an_mms_keeps_where_its_files_are_whatever_the_counter_says() -> None:
    media = {"NumMedia": "0", "MediaUrl0": "https://api.twilio.com/m/0", "MediaContentType0": "image/png"}
    assert sms.parse(hook(TEXT | media)).attachments == (
        Attachment("media-1.png", "image/png", url="https://api.twilio.com/m/0"),
    )


def test_the_providers_own_opt_out_is_kept_and_a_bare_word_is_left_to_the_consent_rules() -> None:
    assert sms.parse(hook(TEXT | {"Body": "STOP", "OptOutType": "STOP"})).opt_out == "stop"
    assert sms.parse(hook(TEXT | {"Body": "STOP"})).opt_out is None


def test_a_whatsapp_button_place_and_quoted_message() -> None:
    fields = {
        "MessageSid": "SM2",
        "From": "whatsapp:+5215512345678",
        "To": "whatsapp:+14155238886",
        "Body": "",
        "ProfileName": "Dana R",
        "ButtonText": "Confirm",
        "ButtonPayload": "confirm:4711",
        "OriginalRepliedMessageSid": "SM0",
        "Latitude": "37.78",
        "Longitude": "-122.39",
        "Label": "Twilio",
        "ExternalUserId": "whatsapp:CO.44",
    }
    message = whatsapp.parse(hook(fields))
    assert message.sender == Address("phone", "+525512345678")
    assert (message.channel, message.line, message.sender_name) == ("whatsapp", "+14155238886", "Dana R")
    assert (message.text, message.in_reply_to) == ("Confirm", ("SM0",))
    assert message.attachments == (Attachment("location.txt", "text/plain", 22, content=b"Twilio\n37.78, -122.39\n"),)
    assert message.details == {
        "button_payload": "confirm:4711",
        "button_text": "Confirm",
        "latitude": "37.78",
        "longitude": "-122.39",
        "place_label": "Twilio",
        "external_user_id": "CO.44",
        "reply_to": "+5215512345678",
    }


def test_a_messenger_id_is_no_phone() -> None:
    message = social.parse(hook({"MessageSid": "SM3", "From": "messenger:123456", "To": "messenger:9", "Body": "Hi"}))
    assert (message.channel, message.sender, message.line) == ("social", Address("social", "123456"), "9")


def test_the_window_closes_after_24_hours() -> None:
    last = datetime(2027, 3, 1, 9, tzinfo=UTC)
    assert whatsapp.window_open(last, last + timedelta(hours=23, minutes=59))
    assert not whatsapp.window_open(last, last + timedelta(hours=24))
    assert not whatsapp.window_open(None, last)


def test_spellings_of_one_number() -> None:
    assert whatsapp.spellings("+5215512345678") == ("+5215512345678", "+525512345678")
    assert whatsapp.spellings("+541123456789") == ("+541123456789", "+5491123456789")
    assert whatsapp.spellings("+551187654321") == ("+551187654321", "+5511987654321")
    assert whatsapp.spellings("+15005550100") == ("+15005550100",)


def test_a_receipt_carries_our_attempt_and_the_carriers_time() -> None:
    url = "https://inbox.example/in/twilio/status?a=018f"
    fields = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003", "RawDlrDoneDate": "2607171206"}
    assert sms.parse_receipt(hook(fields, url)) == Receipt(
        channel="sms",
        external_id="SM1",
        status="undelivered",
        code="30003",
        attempt="018f",
        at=datetime(2026, 7, 17, 12, 6, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"From": "+15005550100", "Body": "hi"}, "no MessageSid"),
        ({"MessageSid": "SM1", "MessageStatus": "delivered"}, "no From"),
        ({"MessageSid": "SM1", "From": "whatsapp:"}, "no From"),
        ({}, "no MessageSid"),
    ],
)
def test_what_has_no_id_or_no_sender_is_unparseable(fields: dict[str, str], reason: str) -> None:
    with pytest.raises(Unparseable) as refused:
        sms.parse(hook(fields))
    assert str(refused.value) == reason


def test_keys_make_a_repeat_the_same_arrival() -> None:
    assert sms.arrival_key(hook(TEXT)) == "SM1"
    status = {"MessageSid": "SM1", "MessageStatus": "sent"}
    assert sms.receipt_key(hook(status)) == "SM1:sent:"
    assert sms.receipt_key(hook(status | {"ErrorCode": "30003"})) == "SM1:sent:30003"
    assert sms.arrival_key(DoorRequest("https://x.example", {}, b"")) == (
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@given(st.binary(max_size=300), st.dictionaries(st.sampled_from([*TEXT, "Media", "MediaUrl0", "CallSid"]), st.text()))
def test_hostile_bodies_are_read_or_refused_and_nothing_else(body: bytes, fields: dict[str, str]) -> None:
    encoded = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()}).encode()
    for raw in (body, encoded, encoded + b"&" + body):
        request = DoorRequest("https://inbox.example/in?c=%ED%A0%80", {}, raw)
        for parse in (sms.parse, whatsapp.parse, social.parse, voice.parse, sms.parse_receipt, voice.parse_receipt):
            with suppress(Unparseable):
                parse(request)
        assert twilio_message.arrival_key(request) != ""
        assert voice.dedupe_key(request) != ""


def test_a_status_only_rises_and_a_failure_never_undoes_a_delivery() -> None:
    order = ["accepted", "scheduled", "queued", "sending", "sent", "delivered", "read"]
    assert sorted(order, key=rank) == order
    assert not moves("delivered", "sent")
    assert not moves("delivered", "undelivered")
    assert not moves("sent", "sent")
    assert moves("sent", "failed")
    assert all(not moves(status, "delivered") for status in TERMINAL)
    assert rank("something new") == 0
    assert [outcome(status) for status in ("queued", "sent", "delivered", "read", "undelivered")] == [
        "pending",
        "sent",
        "delivered",
        "read",
        "failed",
    ]


def test_codes_in_words() -> None:
    assert explain("21610") == "The recipient has opted out of messages from this number."
    assert consequence("63016") == "template"
    assert (explain("99999"), consequence("99999")) == ("The provider refused the message (code 99999).", None)


def test_the_registry_names_modules_that_are_there() -> None:
    assert channels.module("sms") is sms
    with pytest.raises(KeyError):
        channels.module("fax")


def payloads() -> list[Any]:
    source = CORPORA / "03_twilio" / "payloads.jsonl"
    rows = [json.loads(line) for line in source.read_text().splitlines()] if source.exists() else []
    return [pytest.param(row, id=row["id"]) for row in rows]


def steps(kind: str) -> str:
    known = {
        "voice.inbound": "",
        "voice.gather": "menu",
        "voice.recording": "recording",
        "voice.voicemail": "transcription",
    }
    return next((step for start, step in known.items() if kind.startswith(start)), "status")


def read(row: dict[str, Any]) -> Inbound | Receipt | CallEvent:
    request = hook(row["form"])
    if row["kind"].startswith("voice."):
        return voice.parse(request, steps(row["kind"]))
    module = channels.module(twilio_message.kind(request))
    if ".status" in row["kind"]:
        receipt: Receipt = module.parse_receipt(request)
        return receipt
    inbound: Inbound = module.parse(request)
    return inbound


def normalised(value: Inbound | Receipt | CallEvent) -> dict[str, Any]:
    """In the corpus' own words."""
    if isinstance(value, Receipt):
        return receipt_words(value)
    sender = value.sender.value if value.sender else ""
    if isinstance(value, CallEvent):
        return {
            "channel": "voice",
            "from_": sender,
            "call_sid": value.call_sid,
            "call_status": value.status,
            "duration": value.seconds,
            "digits": value.digits,
            "text": value.transcript,
            "recording": value.recording_sid,
            "anonymous": value.sender is None,
            "caller_unverified": value.caller_verified is False,
            "recording_missing": not value.recording_url,
            "transcript_failed": not value.transcript_ok,
            "keep_recording": bool(value.recording_sid),
        }
    details = value.details
    return {
        "channel": "messenger" if value.channel == "social" else value.channel,
        "from_": sender,
        "author": sender,
        "name": value.sender_name,
        "text": value.text or None,
        "sid": value.external_id,
        "media": len(value.attachments),
        "media_types": [part.content_type for part in value.attachments],
        "opt_out": value.opt_out == "stop" or value.text == "STOP",
        "opt_in": value.opt_out == "start",
        "help": value.opt_out == "help",
        "in_reply_to": next(iter(value.in_reply_to), None),
        "external_user_id": details.get("external_user_id"),
        "button_payload": details.get("button_payload"),
        "list_id": details.get("list_id"),
        "location": [float(details.get("latitude", 0)), float(details.get("longitude", 0))],
        "label": details.get("place_label"),
        "attachment_kind": "contact" if details.get("message_type") == "contacts" else "",
        "not_a_phone_number": value.sender is not None and value.sender.kind != "phone",
    }


def receipt_words(receipt: Receipt) -> dict[str, Any]:
    done_at = receipt.at.strftime("%Y-%m-%dT%H:%M") if receipt.at else ""
    return {
        "status": "failed" if outcome(receipt.status) == "failed" else receipt.status,
        "error_code": receipt.code,
        "error": f"{receipt.code} - {receipt.message}",
        "done_at": done_at,
        "opt_out": consequence(receipt.code) == "opted_out",
        "number_not_textable": consequence(receipt.code) == "bad_address",
        "needs_template": consequence(receipt.code) == "template",
    }


@pytest.mark.corpus
@pytest.mark.parametrize("row", payloads())
def test_every_payload_of_the_corpus(row: dict[str, Any]) -> None:
    expected = row["expect"]
    if row["kind"] == "malformed" and not expected["accept"]:
        with pytest.raises(Unparseable):
            read(row)
        return
    got = normalised(read(row))
    if row["kind"] == "message.status.late_sent":
        assert not moves("delivered", got["status"])
        return
    if expected.get("channel") == "mms|sms":
        expected = expected | {"channel": "sms"}
    other = {"note", "must_not_crash", "must_not_auto_reply", "must_not_create_message", "accept", "language"}
    other |= {"duplicate_of", "same_conversation_as"}
    assert {name: got.get(name, "no such word") for name in expected if name not in other} == {
        name: value for name, value in expected.items() if name not in other
    }
