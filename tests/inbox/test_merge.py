"""One request in two conversations becomes one, and two again (domain.md §4): nothing is lost, nothing owed twice."""

from typing import Any

import pytest
from sqlalchemy import select

from inbox import merge, note
from inbox.actors import Actor
from inbox.errors import Conflict, Invalid, NotFound
from inbox.merge import Merge, Unmerge
from inbox.store import tables as t
from tests.support.house import HOUR, MARIA, MINUTE, Clinic

LUIS, STRANGER = "+14155550143", "+14155550144"
WHY = "the same request by two ways"


def join(clinic: Clinic, loser: int, into: int, actor: Actor | None = None, **asked: Any) -> int:
    given = Merge(into=into, reason=asked.pop("reason", WHY), **asked)
    return clinic.act(merge.merge, clinic.house, actor=actor or clinic.agent, conversation_id=loser, asked=given)


def part(clinic: Clinic, loser: int, actor: Actor | None = None, reason: str = "two people") -> int:
    who = actor or clinic.agent
    return clinic.act(merge.unmerge, clinic.house, actor=who, conversation_id=loser, asked=Unmerge(reason))


def row(clinic: Clinic, conversation: int) -> Any:
    """The conversation itself, a tombstone too."""
    (found,) = clinic.all(select(t.conversations).where(t.conversations.c.id == conversation))
    return found


def two(clinic: Clinic) -> tuple[int, int]:
    first = clinic.landed()
    clinic.move(HOUR)
    return first, clinic.landed("My bill is wrong", LUIS)


def bodies(clinic: Clinic, conversation: int) -> list[str]:
    return [one.body for one in clinic.messages(conversation)]


def test_a_merge_moves_what_was_said_and_leaves_a_tombstone(clinic: Clinic) -> None:
    first, second = two(clinic)
    told = clinic.head()
    join(clinic, second, first)
    lost = row(clinic, second)
    assert bodies(clinic, first) == ["I need to reschedule my appointment", "My bill is wrong"]
    assert [one.sequence for one in clinic.messages(first)] == [1, 2]
    assert (lost.state, lost.merged_into, lost.next_step_id, lost.due_at) == ("closed", first, None, None)
    assert clinic.verbs(told) == ["conversation.merged", "conversation.joined"]
    (ended,) = clinic.all(select(t.closures))
    assert (ended.conversation_id, ended.outcome, ended.resolved) == (second, "merged", False)


def test_what_comes_later_for_the_merged_one_lands_in_the_survivor_and_goes_back_with_it(clinic: Clinic) -> None:
    first, second = two(clinic)
    join(clinic, second, first)
    clinic.move(MINUTE)
    assert clinic.landed("Any news of my bill?", LUIS) == first
    assert clinic.landed("And Tuesday?", MARIA) == first
    part(clinic, second)
    assert bodies(clinic, first) == ["I need to reschedule my appointment", "And Tuesday?"]
    assert bodies(clinic, second) == ["My bill is wrong", "Any news of my bill?"]
    assert (row(clinic, second).state, row(clinic, second).needs_reply) == ("open", True)
    assert clinic.landed("Hello?", LUIS) == second


def test_of_two_promises_the_earlier_deadline_holds_and_both_again_after_the_parting(clinic: Clinic) -> None:
    first, second = two(clinic)
    due = {one: row(clinic, one).due_at for one in (first, second)}
    ledger = clinic.count(t.clock_entries)
    join(clinic, first, second)
    assert (row(clinic, second).due_at, row(clinic, first).due_at) == (due[first], None)
    assert clinic.states(first) == {}
    assert clinic.count(t.clock_entries) == ledger + 3
    part(clinic, first)
    assert {one: row(clinic, one).due_at for one in (first, second)} == due


def test_an_answer_to_the_merged_one_answers_both_for_good(clinic: Clinic) -> None:
    first, second = two(clinic)
    join(clinic, second, first)
    clinic.answer(first)
    clinic.send_out()
    part(clinic, second)
    assert clinic.states(first)["first_response"] == "met"
    assert clinic.states(second)["first_response"] == "stopped"


def test_words_begun_and_raised_hands_are_found_in_the_survivor(clinic: Clinic) -> None:
    first, second = clinic.landed(), clinic.landed("I have crushing chest pain", LUIS)
    clinic.send_out()
    join(clinic, second, first, actor=clinic.nurse)
    (hand,) = clinic.all(select(t.escalations))
    kept = row(clinic, first)
    assert (hand.conversation_id, hand.acked_at) == (first, None)
    assert (kept.priority, kept.flagged, kept.clinical, kept.team) == (0, True, True, "nursing")
    part(clinic, second, actor=clinic.nurse)
    (hand,) = clinic.all(select(t.escalations))
    back = row(clinic, first)
    assert hand.conversation_id == second
    assert (back.priority > 0, back.flagged, back.clinical, back.team) == (True, False, False, "contact_center")


def test_a_chain_is_cut_in_the_middle(clinic: Clinic) -> None:
    a, b, c = clinic.landed("a"), clinic.landed("b", LUIS), clinic.landed("c", STRANGER)
    join(clinic, a, b)
    join(clinic, b, c)
    assert bodies(clinic, c) == ["a", "b", "c"]
    part(clinic, b)
    assert (bodies(clinic, a), bodies(clinic, b), bodies(clinic, c)) == ([], ["a", "b"], ["c"])
    part(clinic, a)
    assert (bodies(clinic, a), bodies(clinic, b), bodies(clinic, c)) == (["a"], ["b"], ["c"])


def test_a_circle_is_refused_and_what_is_merged_is_not_merged_again(clinic: Clinic) -> None:
    first, second = two(clinic)
    join(clinic, second, first)
    with pytest.raises(Invalid):
        join(clinic, first, second)
    with pytest.raises(Conflict):
        join(clinic, second, clinic.landed("else", STRANGER))
    with pytest.raises(Conflict):
        part(clinic, first)


def test_conversations_about_two_patients_are_not_one(clinic: Clinic) -> None:
    clinic.add_patient("Maria", ("phone", MARIA))
    clinic.add_patient("Luis", ("phone", LUIS))
    first, second = two(clinic)
    before = clinic.content()
    with pytest.raises(Conflict):
        join(clinic, second, first)
    assert clinic.content() == before


def test_nothing_is_merged_while_a_message_is_on_its_way(clinic: Clinic) -> None:
    first, second = two(clinic)
    clinic.answer(second)
    with pytest.raises(Conflict):
        join(clinic, second, first)
    clinic.send_out()
    join(clinic, second, first)


def test_who_may_and_why_and_once(clinic: Clinic) -> None:
    first, second = two(clinic)
    with pytest.raises(NotFound):
        join(clinic, second, first, actor=clinic.outsider)
    with pytest.raises(Invalid):
        join(clinic, second, first, reason=" ")
    with pytest.raises(Conflict):
        join(clinic, second, first, version=99)
    act = join(clinic, second, first, client_id="m1")
    assert join(clinic, second, first, client_id="m1") == act
    with pytest.raises(Invalid):
        join(clinic, first, second, client_id="m1")


def test_an_open_request_does_not_end_in_a_closed_one(clinic: Clinic) -> None:
    first, second = two(clinic)
    clinic.close_it(first)
    with pytest.raises(Conflict):
        join(clinic, second, first)
    join(clinic, first, second)
    part(clinic, first)
    assert (row(clinic, first).state, clinic.count(t.closures)) == ("closed", 1)


def test_a_message_that_meets_the_merge_lands_in_the_survivor(clinic: Clinic) -> None:
    """The tombstone is followed when the message is written, not when its thread was found."""
    first, second = two(clinic)
    clinic.move(MINUTE)
    asked = Merge(into=first, reason=WHY)

    def merged(unit: Any) -> None:
        merge.merge(unit, clinic.house, actor=clinic.agent, conversation_id=second, asked=asked)

    def noted(unit: Any) -> int:
        return note.write(unit, actor=clinic.agent, conversation_id=second, text="Called", client_id="n")

    clinic.meanwhile(merged, noted)
    clinic.landed("Any news?", LUIS)
    assert clinic.all(select(t.notes.c.conversation_id))[0][0] == first
    assert bodies(clinic, second) == []
