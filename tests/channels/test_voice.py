"""Call hooks as events, and what a caller hears at each step."""

from datetime import UTC, datetime
from urllib.parse import urlencode
from xml.etree import ElementTree as Tree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import voice
from channels.envelope import Address, CallEvent, DoorRequest, SendFailed, Unparseable
from channels.twiml import CallState, Choice, VoiceMenu, respond, state_of

BASE = "https://inbox.example/in/twilio/voice"
MENU = VoiceMenu("Riverside & Sons Clinic", (Choice("1", "appointment", "appointments", "citas"),))
CALL = {"CallSid": "CA1", "From": "+15005550100", "To": "+15005550006", "CallStatus": "ringing", "Direction": "inbound"}


def hook(step: str, **fields: str) -> DoorRequest:
    return DoorRequest(f"{BASE}/{step}".rstrip("/"), {}, urlencode(CALL | fields).encode())


def heard(step: str, query: str = "", menu: VoiceMenu = MENU, **fields: str) -> list[tuple[str, str]]:
    """(tag, text) of the answer's elements in document order; XML that does not parse fails here."""
    request = DoorRequest(f"{BASE}/{step}?{query}", {}, urlencode(CALL | fields).encode())
    return [(element.tag, element.text or "") for element in Tree.fromstring(respond(request, step, menu, BASE)).iter()]


def address(query: str) -> str:
    return f"{BASE}/menu?{query}"


def test_a_call_arrives() -> None:
    assert voice.parse(hook("", StirVerstat="TN-Validation-Passed-A")) == CallEvent(
        call_sid="CA1",
        kind="ringing",
        sender=Address("phone", "+15005550100"),
        line="+15005550006",
        status="ringing",
        language="en",
        caller_verified=True,
    )


@pytest.mark.parametrize("withheld", ["+266696687", "Anonymous", "Restricted", "Unknown", "", "sip:x@y"])
def test_a_withheld_number_is_nobody(withheld: str) -> None:
    assert voice.parse(hook("", From=withheld)).sender is None


def test_a_call_that_we_placed_is_about_the_other_party() -> None:
    event = voice.parse(hook("status", Direction="outbound-api", CallStatus="busy"), "status")
    assert (event.sender, event.line) == (Address("phone", "+15005550006"), "+15005550100")
    assert (event.direction, event.kind, event.status) == ("outbound", "ended", "busy")


def test_the_end_of_a_call_counts_seconds_not_minutes() -> None:
    ended = {"CallStatus": "completed", "Duration": "1", "CallDuration": "45"}
    event = voice.parse(hook("status", **ended, Timestamp="Mon, 22 Nov 2027 15:05:00 +0000"), "status")
    assert (event.kind, event.seconds, event.at) == ("ended", 45, datetime(2027, 11, 22, 15, 5, tzinfo=UTC))


def test_the_pressed_digit_becomes_its_reason() -> None:
    request = DoorRequest(address("l=es&r=0"), {}, urlencode(CALL | {"Digits": "1"}).encode())
    event = voice.parse(request, "menu", MENU)
    assert (event.digits, event.chosen_reason, event.language, event.recording_refused) == (
        "1",
        "appointment",
        "es",
        True,
    )


def test_a_failed_transcript_keeps_its_recording() -> None:
    fields = {"TranscriptionStatus": "failed", "RecordingSid": "RE1", "RecordingUrl": "https://api.twilio.com/RE1"}
    event = voice.parse(hook("transcription", **fields), "transcription")
    assert (event.kind, event.transcript_ok, event.recording_sid) == ("transcription", False, "RE1")
    assert event.recording_url == "https://api.twilio.com/RE1"


def test_no_call_sid_is_unparseable() -> None:
    with pytest.raises(Unparseable, match="no CallSid"):
        voice.parse(DoorRequest(BASE, {}, b"From=%2B1"))


def test_each_hook_of_a_call_has_its_own_key_and_a_repeat_has_the_same() -> None:
    hooks = [
        ("", hook("")),
        ("menu", hook("menu", Digits="2")),
        ("menu", hook("menu", Digits="1")),
        ("status", hook("status", CallStatus="completed", SequenceNumber="3")),
    ]
    keys = [voice.dedupe_key(request, step) for step, request in hooks]
    assert len(set(keys)) == 4
    assert keys == [voice.dedupe_key(request, step) for step, request in hooks]


def test_the_greeting_says_911_first_then_the_notice_then_the_choices() -> None:
    assert heard("") == [
        ("Response", ""),
        ("Gather", ""),
        (
            "Say",
            "Thank you for calling Riverside & Sons Clinic. If this is an emergency, hang up and dial 911. "
            "This call may be recorded. Press 9 not to be recorded.",
        ),
        ("Say", "Para español, oprima 2."),
        ("Say", "For appointments, press 1."),
        ("Redirect", address("l=en&r=1")),
    ]


def test_two_speaks_spanish_and_nine_is_remembered() -> None:
    assert heard("menu", "l=en&r=1", Digits="2")[-1] == ("Redirect", address("l=es&r=1"))
    assert heard("menu", "l=es&r=1", Digits="9")[-1] == ("Redirect", address("l=es&r=0"))
    assert state_of(address("l=es&r=0&c=billing")) == CallState("es", False, "billing")


def test_a_reason_or_silence_leads_to_a_transcribed_voicemail_below_two_minutes() -> None:
    request = hook("menu", Digits="1")
    record = Tree.fromstring(respond(request, "menu", MENU, BASE)).find("Record")
    assert record is not None
    assert record.attrib == {
        "maxLength": "119",
        "playBeep": "true",
        "transcribe": "true",
        "transcribeCallback": f"{BASE}/transcription?l=en&r=1&c=appointment",
        "recordingStatusCallback": f"{BASE}/recording?l=en&r=1&c=appointment",
        "action": f"{BASE}/voicemail?l=en&r=1&c=appointment",
        "method": "POST",
    }
    assert [tag for tag, _ in heard("menu")] == ["Response", "Say", "Record", "Say", "Hangup"]
    assert [tag for tag, _ in heard("fallback")] == ["Response", "Say", "Record", "Say", "Hangup"]


def test_who_refused_is_never_recorded() -> None:
    assert heard("menu", "r=0", Digits="1") == [
        ("Response", ""),
        ("Say", "Thank you. We have your number and call you back as soon as we can. Goodbye."),
        ("Hangup", ""),
    ]


def test_the_queue_says_the_place_and_offers_a_call_back_after_a_minute() -> None:
    staffed = VoiceMenu("Clinic", queue="front_desk")
    assert heard("menu", menu=staffed)[-1] == ("Enqueue", "front_desk")
    assert heard("wait", menu=staffed, QueuePosition="3", QueueTime="5") == [
        ("Response", ""),
        ("Say", "You are number 3 in line."),
        ("Pause", ""),
    ]
    late = heard("wait", menu=staffed, QueuePosition="3", QueueTime="61")
    assert [tag for tag, _ in late] == ["Response", "Gather", "Say", "Say", "Pause"]
    assert heard("callback", Digits="1") == [("Response", ""), ("Leave", "")]
    assert [tag for tag, _ in heard("left", QueueResult="leave")] == ["Response", "Say", "Hangup"]
    assert [tag for tag, _ in heard("left", QueueResult="queue-full")] == ["Response", "Say", "Record", "Say", "Hangup"]
    assert heard("left", QueueResult="hangup") == [("Response", "")]


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from(["", "menu", "wait", "left", "callback", "status"]))
def test_every_hook_gets_well_formed_twiml(digits: str, query: str, step: str) -> None:
    body = urlencode({"Digits": digits.encode("utf-8", "replace"), "QueueTime": digits.encode("utf-8", "replace")})
    request = DoorRequest(f"{BASE}/{step}?{query}", {}, body.encode())
    assert Tree.fromstring(respond(request, step, MENU, BASE)).tag == "Response"


async def test_words_are_not_sent_by_voice() -> None:
    from channels.envelope import Outbound
    from channels.twilio import Account

    with pytest.raises(SendFailed) as refused:
        await voice.send(Outbound("voice", "+1", "+1", "x", "1"), Account("AC"))
    assert refused.value.permanent
