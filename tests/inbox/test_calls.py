"""A phone call is one conversation, whatever the order and number of its hooks."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from inbox import intake, worker
from inbox.store import tables as t
from tests.support.house import MARIA, MINUTE, Clinic, call_fields

STEPS = ("", "recording", "transcription", "status")


def sid(number: int) -> str:
    return f"CA{number:032x}"


def caller(number: int) -> str:
    return f"+1415200{number:04d}"


def story(clinic: Clinic, call: str) -> dict[str, Any]:
    """What became of a call, without the moments and ids."""
    (heard,) = clinic.all(select(t.calls).where(t.calls.c.sid == call))
    row = clinic.conversation(heard.conversation_id)
    return {
        "said": sorted((one.external_id.split(":")[1:2], one.body) for one in clinic.messages(row.id)),
        "call": (heard.result, heard.recording_sid, heard.recording_seconds, heard.ended_at is not None),
        "promises": sorted(clinic.states(row.id).items()),
        "who": (row.sender_contact_id is not None, row.subject_certainty, row.state, row.line),
        "about": (row.priority, sorted(row.reasons), row.clinical),
    }


def test_every_order_of_a_calls_hooks_ends_in_the_same_conversation(clinic: Clinic) -> None:
    orders = list(permutations(STEPS))[::3]
    for number, order in enumerate(orders):
        fields = call_fields(sid(number), caller(number))
        for step in order:
            clinic.land(clinic.call(step, fields[step]))
    stories = [story(clinic, sid(number)) for number in range(len(orders))]
    for told in stories:
        told["call"] = (told["call"][0], told["call"][2:])
    assert stories == [stories[0]] * len(orders)
    assert clinic.count(t.conversations) == len(orders)
    assert stories[0]["said"] == [
        ([], "Phone call"),
        (["recording"], "Voicemail, 48 seconds"),
        (["transcript"], "Please call me back about my bill."),
    ]
    assert stories[0]["call"] == ("voicemail", (48, True))
    assert dict(stories[0]["promises"])["callback"] == "running"


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_repeated_hooks_in_any_order_change_nothing(clinic: Clinic, data: st.DataObject) -> None:
    """Every hook at least once, in a random order, some of them again and again."""
    number = clinic.count(t.conversations)
    again = data.draw(st.lists(st.sampled_from(STEPS), max_size=6))
    order = data.draw(st.permutations([*STEPS, *again]))
    fields = call_fields(sid(number), caller(number))
    for step in order:
        clinic.land(clinic.call(step, fields[step]))
    told = story(clinic, sid(number))
    assert clinic.count(t.conversations) == number + 1
    assert [what for what, _ in told["said"]] == [[], ["recording"], ["transcript"]]
    assert told["call"][0] == "voicemail"
    head = clinic.head()
    intake.store(clinic.house, [clinic.call(step, fields[step]) for step in order])
    assert (worker.work_off(clinic.house), clinic.head()) == (0, head)


def test_two_recordings_of_one_call_are_two_messages(clinic: Clinic) -> None:
    """The caller was sent to the voicemail twice; a repeat of either hook adds nothing."""
    first, second = call_fields(sid(1))["recording"], call_fields(sid(1))["recording"] | {"RecordingSid": "RE2"}
    second |= {"RecordingUrl": first["RecordingUrl"] + "2", "RecordingDuration": "7"}
    (arrival, *_) = clinic.land(*(clinic.call("recording", fields) for fields in (first, second, first)))
    said = sorted(one.body for one in clinic.messages(arrival.conversation_id))
    assert said == ["Phone call", "Voicemail, 48 seconds", "Voicemail, 7 seconds"]
    (call,) = clinic.all(select(t.calls))
    assert call.recording_seconds == 55


def test_a_menu_choice_says_what_the_call_is_about(clinic: Clinic) -> None:
    fields = call_fields(sid(3), caller(3))[""]
    (rang,) = clinic.land(clinic.call("", fields))
    clinic.land(clinic.call("menu", fields | {"Digits": "4"}))
    row = clinic.conversation(rang.conversation_id)
    assert (row.reason, row.team) == ("billing", "billing")


def test_that_the_menu_picked_up_is_nobodys_answer(clinic: Clinic) -> None:
    fields = call_fields(sid(4), caller(4))
    (rang,) = clinic.land(clinic.call("", fields[""]))
    clinic.land(clinic.call("status", fields[""] | {"CallStatus": "in-progress"}))
    (call,) = clinic.all(select(t.calls))
    assert (call.answered_at, call.phase, clinic.states(rang.conversation_id)["first_response"]) == (
        None,
        "ringing",
        "running",
    )


def test_a_recording_before_the_ring_still_learns_who_called(clinic: Clinic) -> None:
    patient = clinic.add_patient("Maria", ("phone", MARIA))
    fields = call_fields(sid(1))
    (arrival,) = clinic.land(clinic.call("recording", fields["recording"]))
    assert clinic.conversation(arrival.conversation_id).sender_contact_id is None
    clinic.land(clinic.call("", fields[""]))
    row = clinic.conversation(arrival.conversation_id)
    assert (row.subject_patient_id, row.subject_certainty, row.line) == (patient, "probable", "+14155550101")


def test_a_missed_call_without_a_voicemail_is_owed_a_call_back_from_the_ring(clinic: Clinic) -> None:
    fields = call_fields(sid(1))
    (arrival,) = clinic.land(clinic.call("", fields[""]))
    rang = clinic.now
    clinic.move(MINUTE)
    clinic.land(clinic.call("status", fields["status"]))
    callback = clinic.clocks(arrival.conversation_id)["callback"]
    assert (callback.started_at, callback.due_at) == (rang, rang + 30 * MINUTE)
    assert "call.missed" in clinic.verbs()


def test_an_unheard_transcript_asks_a_person_to_listen(clinic: Clinic) -> None:
    fields = call_fields(sid(1))["transcription"] | {"TranscriptionStatus": "failed", "TranscriptionText": ""}
    (arrival,) = clinic.land(clinic.call("transcription", fields))
    said = [one.body for one in clinic.messages(arrival.conversation_id)]
    assert said == ["Phone call", "The voicemail could not be transcribed. Please listen to it."]


@pytest.mark.parametrize("order", [("", "transcription"), ("transcription", "")])
def test_a_red_flag_in_a_voicemail_raises_whatever_came_first(clinic: Clinic, order: tuple[str, ...]) -> None:
    fields = call_fields(sid(1))
    fields["transcription"]["TranscriptionText"] = "I have crushing chest pain"
    for step in order:
        (arrival,) = clinic.land(clinic.call(step, fields[step]))
    row = clinic.conversation(arrival.conversation_id)
    assert (row.priority, row.team, row.clinical, row.flagged) == (0, "nursing", True, True)


def test_the_transcript_says_what_the_call_is_about(clinic: Clinic) -> None:
    fields = call_fields(sid(7), caller(7))
    (rang,) = clinic.land(clinic.call("", fields[""]))
    assert clinic.conversation(rang.conversation_id).reason == "admin_other"
    clinic.land(clinic.call("transcription", fields["transcription"]))
    row = clinic.conversation(rang.conversation_id)
    assert (row.reason, row.team) == ("billing", "billing")
