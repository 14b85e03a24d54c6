"""Words not said yet: kept for their writer alone, never overwritten unseen, gone when they are said (P03)."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from inbox import draft, note
from inbox.actors import Actor
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.store import drafts
from inbox.store import tables as t
from tests.support.house import MINUTE, Clinic


def keep(clinic: Clinic, conversation: int, text: str, actor: Actor | None = None, **words: Any) -> int:
    given = draft.Words(text=text, **words)
    return clinic.act(draft.keep, actor=actor or clinic.agent, conversation_id=conversation, words=given)


def kept(clinic: Clinic, conversation: int, actor: Actor | None = None) -> list[tuple[str, str, int]]:
    with clinic.house.database.snapshot() as reading:
        found = draft.of(reading, actor=actor or clinic.agent, conversation_id=conversation)
    return [(one.mode, one.text, one.version) for one in found]


def test_a_draft_is_its_writers_alone_and_one_for_each_mode(clinic: Clinic) -> None:
    conversation, head = clinic.landed(), clinic.head()
    assert keep(clinic, conversation, "Hola Maria", channel="sms", to="+14155550142") == 1
    assert keep(clinic, conversation, "Ask the nurse", mode="note") == 1
    assert keep(clinic, conversation, "Hola Maria, le llamo", version=1) == 2
    assert kept(clinic, conversation) == [("note", "Ask the nurse", 1), ("reply", "Hola Maria, le llamo", 2)]
    assert kept(clinic, conversation, clinic.rival) == []
    with clinic.house.database.snapshot() as reading:
        assert drafts.of_actor(reading, clinic.agent.id) == {conversation}
        assert drafts.of_actor(reading, clinic.rival.id) == set()
    assert clinic.head() == head


def test_another_screens_words_are_said_not_overwritten(clinic: Clinic) -> None:
    conversation = clinic.landed()
    keep(clinic, conversation, "From the desk")
    clinic.move(MINUTE)
    with pytest.raises(Conflict) as said:
        keep(clinic, conversation, "From the phone")
    assert (said.value.extra["kept"]["text"], said.value.extra["kept"]["version"]) == ("From the desk", 1)
    assert kept(clinic, conversation) == [("reply", "From the desk", 1)]
    assert keep(clinic, conversation, "From the desk") == 1
    assert keep(clinic, conversation, "From the phone", version=1) == 2


def test_saying_the_words_ends_their_draft_in_the_same_transaction(clinic: Clinic) -> None:
    conversation = clinic.landed()
    keep(clinic, conversation, "Tuesday at ten?")
    keep(clinic, conversation, "She prefers mornings", mode="note")
    keep(clinic, conversation, "I have it", actor=clinic.rival)
    clinic.answer(conversation, "Tuesday at ten?")
    assert [mode for mode, *_ in kept(clinic, conversation)] == ["note"]
    clinic.act(note.write, actor=clinic.agent, conversation_id=conversation, text="She prefers mornings")
    assert kept(clinic, conversation) == []
    assert kept(clinic, conversation, clinic.rival) == [("reply", "I have it", 1)]


def test_a_refused_reply_keeps_its_draft(clinic: Clinic) -> None:
    conversation, seen = clinic.landed(), clinic.head()
    keep(clinic, conversation, "Tuesday at ten?")
    clinic.landed("Please cancel instead")
    with pytest.raises(Conflict):
        clinic.answer(conversation, "Tuesday at ten?", base_seq=seen)
    assert kept(clinic, conversation) == [("reply", "Tuesday at ten?", 1)]


def test_empty_words_and_discarding_end_it(clinic: Clinic) -> None:
    conversation = clinic.landed()
    keep(clinic, conversation, "Hola")
    assert keep(clinic, conversation, " ", version=1) == 0
    assert kept(clinic, conversation) == []
    keep(clinic, conversation, "Hola")
    clinic.act(draft.discard, actor=clinic.agent, conversation_id=conversation, mode="reply")
    assert clinic.count(t.drafts) == 0


def test_who_loses_sight_loses_the_draft_and_finds_it_again(clinic: Clinic) -> None:
    conversation = clinic.landed()
    keep(clinic, conversation, "Hola")
    moved = update(t.conversations).where(t.conversations.c.id == conversation)
    clinic.act(lambda unit: unit.execute(moved.values(team="nursing", owner_id=None)))
    with pytest.raises(NotFound):
        kept(clinic, conversation)
    with pytest.raises(NotFound):
        keep(clinic, conversation, "Hola", version=1)
    clinic.act(lambda unit: unit.execute(moved.values(team="contact_center")))
    assert kept(clinic, conversation) == [("reply", "Hola", 1)]


def test_who_may_not_write_keeps_nothing(clinic: Clinic) -> None:
    conversation = clinic.landed()
    manager = msgspec.structs.replace(clinic.agent, role="manager")
    with pytest.raises(Forbidden):
        keep(clinic, conversation, "Hola", actor=manager)
    with pytest.raises(Invalid):
        keep(clinic, conversation, "x" * 20_001)
    assert clinic.count(t.drafts) == 0
