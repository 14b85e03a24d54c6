"""Red flags and priority: a hand and a safety text at once; machines only raise (domain.md §5, §6)."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from inbox import assignment, escalation, priority, promise, snooze
from inbox.errors import Forbidden, Invalid
from inbox.store import tables as t
from tests.support.house import DAY, HOUR, MARIA, MINUTE, SECOND, Clinic

CHEST, CRISIS = "I have crushing chest pain", "I want to kill myself"


def automatic(clinic: Clinic, conversation: int) -> list[str]:
    return [one.template for one in clinic.messages(conversation) if one.author_kind == "automatic"]


def test_a_red_flag_is_emergent_with_nursing_and_answered_at_once(clinic: Clinic) -> None:
    row = clinic.conversation(clinic.landed(CHEST))
    assert (row.priority, row.team, row.clinical, row.flagged) == (0, "nursing", True, True)
    assert row.due_at == clinic.now + 5 * MINUTE
    assert automatic(clinic, row.id) == ["safety.emergency"]
    (hand,) = clinic.all(select(t.escalations))
    assert (hand.conversation_id, hand.cause, hand.tier, hand.acked_at) == (row.id, "red_flag", 1, None)
    assert clinic.states(row.id)["first_response"] == "running"


def test_a_safety_text_goes_once_a_day_for_each_kind(clinic: Clinic) -> None:
    conversation = clinic.landed(CHEST)
    clinic.landed("the chest pain is worse")
    assert automatic(clinic, conversation) == ["safety.emergency"]
    clinic.landed(CRISIS)
    assert automatic(clinic, conversation) == ["safety.emergency", "safety.crisis"]
    clinic.move(DAY + SECOND)
    clinic.landed(CHEST)
    assert automatic(clinic, conversation)[2:] == ["safety.emergency"]


@pytest.mark.parametrize(
    ("words", "begins"), [("Mi mamá no puede respirar", "Si es una emergencia"), (CHEST, "If this is an emergency")]
)
def test_a_safety_text_speaks_the_language_of_the_words_not_of_the_record(
    clinic: Clinic, words: str, begins: str
) -> None:
    clinic.add_patient("Rosa", ("phone", MARIA))  # whose record says English
    (text,) = [one.body for one in clinic.messages(clinic.landed(words)) if one.author_kind == "automatic"]
    assert text[: len(begins)] == begins


@pytest.mark.parametrize(("words", "sent"), [("provider", []), ("patient", ["safety.emergency"])])
def test_only_the_providers_own_block_stops_a_safety_text(clinic: Clinic, words: str, sent: list[str]) -> None:
    fields = {"OptOutType": "STOP"} if words == "provider" else {}
    clinic.landed("STOP", **fields)
    conversation = clinic.landed(CHEST)
    assert automatic(clinic, conversation) == sent
    assert len(clinic.all(select(t.escalations))) == 1


def test_a_red_flag_of_long_ago_is_shown_and_never_nothing(clinic: Clinic) -> None:
    row = clinic.conversation(clinic.landed("I had a heart attack years ago"))
    assert (row.priority, row.flagged, automatic(clinic, row.id)) == (2, False, [])


def test_a_later_red_flag_raises_retargets_and_hands_over(clinic: Clinic) -> None:
    conversation = clinic.landed()
    before = clinic.conversation(conversation)
    assert (before.priority, before.team) == (3, "contact_center")
    clinic.act(snooze_of(clinic), actor=clinic.agent, conversation_id=conversation)
    clinic.move(2 * MINUTE)
    clinic.landed(CHEST)
    row = clinic.conversation(conversation)
    assert (row.priority, row.team, row.owner_id, row.clinical) == (0, "nursing", None, True)
    assert (row.due_at, before.due_at > row.due_at) == (before.opened_at + 5 * MINUTE, True)
    assert (row.snoozed_until, row.reason) == (None, before.reason)
    verbs = clinic.verbs()
    assert [verb for verb in ("priority.raised", "conversation.reclassified") if verb in verbs] == [
        "priority.raised",
        "conversation.reclassified",
    ]


def snooze_of(clinic: Clinic) -> Any:
    """Takes it and hides it for an hour."""

    def both(unit: Any, *, actor: Any, conversation_id: int) -> None:
        assignment.take(unit, actor=actor, conversation_id=conversation_id)
        snooze.snooze(unit, actor=actor, conversation_id=conversation_id, until=unit.now + HOUR)

    return both


def test_machines_never_lower(clinic: Clinic) -> None:
    conversation = clinic.landed(CHEST)
    clinic.landed("I also need a new appointment")
    assert clinic.conversation(conversation).priority == 0


def set_to(clinic: Clinic, conversation: int, level: int, actor: Any, why: str = "a false alarm") -> int:
    practice = clinic.house.configuration.practice()
    return clinic.act(
        priority.set_priority, practice, actor=actor, conversation_id=conversation, priority=level, why=why
    )


def test_a_person_raises_and_the_deadline_moves_forward_only(clinic: Clinic) -> None:
    conversation = clinic.landed()
    before = clinic.conversation(conversation)
    clinic.move(MINUTE)
    set_to(clinic, conversation, 1, clinic.agent)
    row = clinic.conversation(conversation)
    assert (row.priority, row.due_at) == (1, before.opened_at + 15 * MINUTE)
    set_to(clinic, conversation, 3, clinic.agent)
    assert clinic.conversation(conversation).due_at == before.due_at
    assert [verb for verb in clinic.verbs() if verb.startswith("priority.")] == ["priority.raised", "priority.lowered"]


def test_the_reason_given_is_kept_as_a_note_and_not_in_the_journal(clinic: Clinic) -> None:
    conversation = clinic.landed()
    set_to(clinic, conversation, 4, clinic.agent, why=" she called back ")
    practice = clinic.house.configuration.practice()
    clinic.act(escalation.raise_hand, practice, actor=clinic.agent, conversation_id=conversation, why="angry caller")
    clinic.act(escalation.raise_hand, practice, actor=clinic.agent, conversation_id=conversation)
    kept = clinic.all(select(t.notes).order_by(t.notes.c.id))
    assert [(one.author_id, one.body) for one in kept] == [
        (clinic.agent.id, "Priority lowered: she called back"),
        (clinic.agent.id, "Escalated: angry caller"),
    ]
    assert [line for line in clinic.all(select(t.journal)) if "caller" in str(line.details)] == []


def test_urgency_ends_a_snooze(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.act(snooze_of(clinic), actor=clinic.agent, conversation_id=conversation)
    set_to(clinic, conversation, 1, clinic.agent)
    assert clinic.conversation(conversation).snoozed_until is None


def test_lowering_needs_a_reason_and_red_flags_a_nurse(clinic: Clinic) -> None:
    plain, flagged = clinic.landed(), clinic.landed(CHEST, from_="+14152000009")
    with pytest.raises(Invalid):
        set_to(clinic, plain, 4, clinic.agent, why="")
    nearby = msgspec.structs.replace(clinic.agent, teams=frozenset({"nursing"}))
    with pytest.raises(Forbidden):
        set_to(clinic, flagged, 2, nearby)
    set_to(clinic, flagged, 2, clinic.nurse)
    assert clinic.conversation(flagged).priority == 2


def test_a_bare_thanks_in_a_waiting_conversation_is_looked_at_again(clinic: Clinic) -> None:
    conversation = clinic.landed()
    clinic.answer(conversation)
    assert clinic.states(conversation)["resolution"] == "paused"
    clinic.landed("thanks")
    row = clinic.conversation(conversation)
    assert (row.state, row.unread, row.needs_reply) == ("open", True, False)
    states = clinic.states(conversation)
    assert (states["resolution"], states["first_response"], "next_response" in states) == ("running", "met", False)


def test_what_the_conversation_shows_as_due_is_the_first_live_clock(clinic: Clinic) -> None:
    conversation = clinic.landed(CHEST)
    with clinic.house.database.transaction() as unit:
        ledger = promise.Ledger(unit, clinic.house.configuration.practice(), conversation)
        first = promise.first_due(ledger.clocks)
    row = clinic.conversation(conversation)
    assert (row.due_at, row.due_metric) == (first.due_at, first.metric)
