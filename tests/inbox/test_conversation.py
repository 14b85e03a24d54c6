"""One conversation: whole for those who may, blank where they may not, and told in plain words."""

from typing import Any

import pytest

from inbox import conversation
from inbox.conversation import Candidate, Patient, Sender, View
from inbox.errors import NotFound
from inbox.store import tables as t
from inbox.telling import tell
from tests.support.cast import (
    AGENT,
    ANA,
    CLERK,
    COMPLIANCE,
    DAY,
    FAMILY_PHONE,
    HOUR,
    LUIS,
    MARIA,
    MINUTE,
    NOW,
    NURSE,
    OUTSIDER,
    RIVAL,
    SUPERVISOR,
    Cast,
    Statements,
)


def view(cast: Cast, conversation_id: int, actor: Any = NURSE) -> View:
    with cast.database.snapshot() as reading:
        return conversation.view(reading, actor=actor, conversation_id=conversation_id, now=NOW)


@pytest.fixture
def chest(cast: Cast) -> int:
    """Maria's clinical conversation in nursing with one of everything."""
    flag = {"kind": "cardiac", "level": "emergent", "matched": "chest hurts"}
    made = cast.add_conversation(
        team="nursing",
        clinical=True,
        flagged=True,
        priority=0,
        subject="Chest",
        owner_id=NURSE.id,
        red_flags=[flag],
        because=["chest hurts"],
        routed_because=["clinical goes to nursing"],
        sender_name="Maria",
    )
    step = cast.add(
        t.next_steps,
        conversation_id=made,
        what="Call her",
        owner_id=NURSE.id,
        team="nursing",
        due_at=NOW + MINUTE,
        at=NOW,
    )
    cast.change(t.conversations, made, next_step_id=step)
    said = cast.add_message(made, "My chest hurts", author_name="Maria", **{"class": "clinical"})
    file = {"filename": "rash.jpg", "content_type": "image/jpeg", "size": 9, "sha256": "ab", "inline": False}
    cast.add(t.attachments, message_id=said, state="stored", **file)
    cast.add_message(made, "We call you", direction="out", author_name="Rosa Núñez", at=NOW, **{"class": "clinical"})
    cast.add_note(made, "ECG today", **{"class": "clinical"})
    clock = cast.add_clock(made, target={"metric": "first_response", "seconds": 300, "calendar": "always"})
    cast.add(t.clock_entries, clock_id=clock, at=NOW - HOUR, kind="start", cause="message.received")
    cast.add(t.calls, sid="CA1", conversation_id=made, direction="in", ringing_at=NOW, result="missed")
    raised = {"cause": "red_flag", "tier": 1, "raised_at": NOW, "to_kind": "team", "acked_by": NURSE.id}
    cast.add(t.escalations, conversation_id=made, acked_at=NOW, **raised)
    cast.journal("conversation.opened", conversation_id=made)
    cast.journal("conversation.assigned", conversation_id=made, actor_id=NURSE.id, details={"to": NURSE.id})
    return made


def test_a_nurse_reads_everything(cast: Cast, chest: int) -> None:
    shown = view(cast, chest)
    assert shown.patient == Patient(MARIA, "Maria Elena Alvarez", "confirmed")
    assert shown.sender == Sender("+14155550142", "phone", "Maria")
    assert shown.owner == shown.next_step.owner == conversation.Person(NURSE.id, "Rosa Núñez", "RN")  # type: ignore[union-attr]  # the fixture has a step
    assert [(said.direction, said.text) for said in shown.messages] == [
        ("in", "My chest hurts"),
        ("out", "We call you"),
    ]
    assert [(file.filename, file.url != "") for file in shown.messages[0].attachments] == [("rash.jpg", True)]
    assert [(note.author, note.text) for note in shown.notes] == [("Dana Kim", "ECG today")]
    assert [(clock.target, [entry.kind for entry in clock.ledger]) for clock in shown.clocks] == [
        ("5 min around the clock", ["start"])
    ]
    assert [(one.to, one.acked_by) for one in shown.escalations] == [("team", "Rosa Núñez")]
    assert [(event.text, event.actor) for event in shown.events] == [
        ("The conversation began", ""),
        ("Assigned to Rosa Núñez", "Rosa Núñez"),
    ]
    assert (shown.calls[0].sid, shown.closure, shown.head, shown.base_seq) == ("CA1", None, 2, 2)
    assert {act for act, allowed in shown.permissions.items() if not allowed} == {"assign"}


def test_a_clerk_sees_who_and_how_urgent_but_no_words(cast: Cast, chest: int) -> None:
    shown = view(cast, chest, CLERK)
    assert shown.patient == Patient(MARIA, "Maria Elena Alvarez", "confirmed")
    assert shown.red_flags == ({"kind": "cardiac", "level": "emergent"},)
    assert (shown.subject, shown.because, shown.next_step and shown.next_step.what) == ("", (), "")
    assert {said.text for said in shown.messages} | {note.text for note in shown.notes} == {""}
    assert [(file.filename, file.url) for file in shown.messages[0].attachments] == [("", "")]
    assert (shown.permissions["reply"], shown.permissions["work"]) == (False, True)


def test_compliance_sees_work_without_a_person(cast: Cast, chest: int) -> None:
    shown = view(cast, chest, COMPLIANCE)
    assert (shown.patient, shown.sender, shown.reachability, shown.red_flags) == (None, None, (), ())
    assert [said.author for said in shown.messages] == ["", "Rosa Núñez"]
    assert set(shown.permissions.values()) == {False}


@pytest.mark.parametrize("actor", [OUTSIDER, AGENT])
def test_out_of_scope_is_not_found(cast: Cast, chest: int, actor: Any) -> None:
    with pytest.raises(NotFound):
        view(cast, chest, actor)
    with pytest.raises(NotFound):
        view(cast, 999_999, actor)


def test_a_supervisor_reads_texts_but_no_clinical_notes(cast: Cast, chest: int) -> None:
    cast.add_note(chest, "left a voicemail")
    shown = view(cast, chest, SUPERVISOR)
    assert [note.text for note in shown.notes] == ["", "left a voicemail"]
    assert shown.messages[0].text == "My chest hurts"


def test_who_shares_the_address_is_offered_by_first_name_and_initial(cast: Cast) -> None:
    whose = cast.add_conversation(subject_patient_id=None, subject_certainty="unknown", marks=["about_whom"])
    assert view(cast, whose, AGENT).candidates == (
        Candidate(MARIA, "Maria A.", "MA", "self"),
        Candidate(LUIS, "Luis A.", "LA", "shared"),
        Candidate(ANA, "Ana A.", "AA", "shared"),
    )


def test_ways_to_the_patient_say_why_not(cast: Cast) -> None:
    stopped = cast.add_conversation(channel="whatsapp")
    said = cast.add_message(stopped, "hola", channel="whatsapp", contact_id=FAMILY_PHONE, received_at=NOW - 2 * DAY)
    cast.change(t.messages, said, at=NOW - 2 * DAY)
    entry = {"channel": "sms", "purpose": "", "kind": "revoke_all", "method": "text", "source": "patient", "at": NOW}
    cast.add(t.consents, contact_id=FAMILY_PHONE, **entry)
    shown = {(way.channel, way.to): way for way in view(cast, stopped, AGENT).reachability}
    assert set(shown) == {
        ("sms", "+14155550142"),
        ("whatsapp", "+14155550142"),
        ("mail", "maria@home.example"),
    }
    sms, whatsapp = shown["sms", "+14155550142"], shown["whatsapp", "+14155550142"]
    assert (sms.ok, sms.why) == (False, "opted out")
    assert (whatsapp.ok, whatsapp.window_expires_at) == (False, NOW - DAY)


def test_a_closure_is_told_with_its_seconds(cast: Cast) -> None:
    done = cast.add_conversation(state="closed")
    seconds = {"resolution_wall_seconds": 600, "resolution_business_seconds": 300}
    how = {"reason": "billing", "channel": "sms", "team": "billing", "outcome": "resolved", "waiver": "told_on_phone"}
    cast.add(
        t.closures,
        conversation_id=done,
        closed_at=NOW,
        closed_by=RIVAL.id,
        resolved=True,
        disposition="x",
        **how,
        **seconds,
    )
    ending = view(cast, done, AGENT).closure
    assert ending is not None
    assert (ending.closed_by, ending.outcome, ending.resolution_wall_seconds) == ("Dana Kim", "resolved", 600)


def test_the_api_names_are_those_of_the_contract(cast: Cast, chest: int) -> None:
    found = conversation.plain(view(cast, chest))
    promised = {"id", "state", "version", "reasons", "priority", "owner", "queue", "patient", "next_step", "clocks"}
    of_message = [
        "id",
        "direction",
        "channel",
        "text",
        "subject",
        "status",
        "external_id",
        "client_id",
        "at",
        "attachments",
    ]
    assert promised - set(found) == set()
    assert {*of_message, "attachments"} - set(found["messages"][0]) == set()
    assert (found["messages"][0]["class"], found["messages"][0]["at"]) == ("clinical", "2026-03-11T16:00:00Z")


def test_it_costs_the_same_with_one_message_and_with_three(cast: Cast) -> None:
    made, costs = cast.add_conversation(), []
    for _ in range(2):
        cast.add_message(made, "hello")
        cast.add_clock(made, state="met", met_at=NOW)
        cast.add_note(made, "seen")
        with Statements(cast) as statements:
            view(cast, made, AGENT)
        costs.append(statements.count)
        cast.add_message(made, "hello again")
    assert costs[0] == costs[1] <= 30


@pytest.mark.parametrize(
    ("verb", "details", "words"),
    [
        ("clock.breached", {"metric": "first_response"}, "The promise for the first reply was missed"),
        ("conversation.assigned", {"to": 7}, "Assigned to somebody"),
        ("conversation.assigned", {"to": None, "team": "billing"}, "Assigned to the team"),
        ("conversation.closed", {"outcome": "referred_on"}, "Closed: referred on"),
        ("thing.never_heard_of", {}, "Thing never heard of"),
    ],
)
def test_a_journal_line_reads_as_plain_words(verb: str, details: dict[str, Any], words: str) -> None:
    assert tell(verb, details, {}) == words
