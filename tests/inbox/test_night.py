"""A voicemail at two at night, from the ring to somebody who answers for it: who is called, in what words and until
when.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import select

from fixtures import captured
from inbox import closure, escalation, snooze, watch
from inbox.errors import Conflict, Invalid
from inbox.house import House
from inbox.settings import DEMO_ACCOUNT_SID
from inbox.store import tables as t
from tests.support.carrier import Carrier, carrier
from tests.support.house import MARIA, MINUTE, SECOND, Clinic, call_fields

TWO_AT_NIGHT = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
SID, ON_CALL = f"CA{7:032x}", "+14155550911"


@pytest.fixture
def night(clinic: Clinic) -> Iterator[Carrier]:
    """Nobody is in; one phone is on call, behind a carrier that keeps what it was told."""
    clinic.now = TWO_AT_NIGHT
    with carrier(DEMO_ACCOUNT_SID, "demo-token", lambda: clinic.now) as (made, url):
        settings = msgspec.structs.replace(clinic.house.settings, twilio_api_url=url, on_call=(ON_CALL,))
        clinic.house.close()
        clinic.house = House(settings, clock=lambda: clinic.now)
        yield made
        assert made.refused == []


def voicemail(clinic: Clinic, words: str) -> int:
    """Rings, is missed, and says these words; answers the conversation."""
    fields = call_fields(SID)
    for step in ("", "recording", "status"):
        clinic.land(clinic.call(step, fields[step]))
    heard = fields["transcription"] | captured.transcription(DEMO_ACCOUNT_SID, SID, MARIA, words)
    (arrival,) = clinic.land(clinic.call("transcription", heard))
    return int(arrival.conversation_id)


def paged(clinic: Clinic, carried: Carrier) -> list[str]:
    """The words that went to the phone on call, the oldest first."""
    while watch.tick(clinic.house):
        pass
    clinic.send_out()
    return [one["body"] for one in reversed(carried.messages) if one["to"] == ON_CALL]


def test_chest_pain_in_a_voicemail_calls_until_somebody_answers_for_it(clinic: Clinic, night: Carrier) -> None:
    clinic.add_patient("Maria", ("phone", MARIA))
    conversation = voicemail(clinic, "This is Maria, I have crushing chest pain, please call me back")
    row = clinic.conversation(conversation)
    assert (row.priority, row.flagged, row.owner_id, row.team) == (0, True, None, "nursing")
    first = (
        f"Northside Health: request {conversation} waits, step 1, and nobody has answered for it. "
        f"Take it: http://127.0.0.1:8000/conversations/{conversation}"
    )
    assert paged(clinic, night) == [first], "which request and where, and nothing of whom or what it is about"
    rungs = []
    for _ in range(3):
        (hand,) = clinic.all(select(t.escalations))
        rungs.append((hand.tier, hand.to_kind))
        clinic.now = hand.next_tier_at
        calls = len(paged(clinic, night))
    assert (rungs, calls) == ([(1, "team"), (2, "supervisor"), (3, "on_call")], 4)
    clinic.act(escalation.acknowledge, actor=clinic.nurse, conversation_id=conversation, escalation_id=hand.id)
    clinic.move(120 * MINUTE)
    assert (clinic.conversation(conversation).owner_id, len(paged(clinic, night))) == (clinic.nurse.id, 4)
    told = [line.details for line in clinic.lines() if line.verb == "escalation.paged"]
    assert told == [{"escalation": hand.id, "tier": tier, "on_call": 1} for tier in (1, 2, 3, 3)]


def test_what_was_acknowledged_before_the_page_left_pages_nobody(clinic: Clinic, night: Carrier) -> None:
    conversation = voicemail(clinic, "I have crushing chest pain")
    (hand,) = clinic.all(select(t.escalations))
    clinic.act(escalation.acknowledge, actor=clinic.nurse, conversation_id=conversation, escalation_id=hand.id)
    assert paged(clinic, night) == []


def test_a_question_about_a_bill_calls_nobody_at_night(clinic: Clinic, night: Carrier) -> None:
    voicemail(clinic, "Please call me back about my bill")
    assert paged(clinic, night) == []


def test_a_carrier_that_fails_is_asked_again(clinic: Clinic, night: Carrier) -> None:
    night.fault = 500
    voicemail(clinic, "I have crushing chest pain")
    asked = len(paged(clinic, night))
    night.fault = 0
    clinic.move(30 * SECOND)
    assert len(paged(clinic, night)) > asked


def test_a_red_flag_is_neither_hidden_nor_closed_without_what_was_decided(clinic: Clinic, night: Carrier) -> None:
    conversation = voicemail(clinic, "I have crushing chest pain")
    (hand,) = clinic.all(select(t.escalations))
    clinic.act(escalation.acknowledge, actor=clinic.nurse, conversation_id=conversation, escalation_id=hand.id)
    mine = {"actor": clinic.nurse, "conversation_id": conversation}
    with pytest.raises(Conflict):
        clinic.act(snooze.snooze, until=clinic.now + MINUTE, **mine)
    ending = closure.Ending(client_id="e1", outcome="resolved", waiver="told_on_phone")
    clinic.send_out()
    with pytest.raises(Invalid) as refused:
        clinic.act(closure.close, clinic.house, ending=ending, **mine)
    assert list(refused.value.fields) == ["disposition"]
    told = msgspec.structs.replace(ending, disposition="Sent to the emergency department by 911")
    assert clinic.act(closure.close, clinic.house, ending=told, **mine)
