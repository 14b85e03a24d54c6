"""Two people answer the same words at once: one reply leaves, the other writer is shown it."""

import pytest

from inbox import reply
from inbox.errors import Conflict
from inbox.store import journal
from tests.faults.clinic import Clinic, together

ROUNDS = 10


def answered_twice(clinic: Clinic) -> int:
    """Conversations that got two replies when two people who had seen the same sent at the same time."""
    twice = 0
    for conversation_id in clinic.land(ROUNDS):
        with clinic.house.database.snapshot() as reading:
            seen = journal.head(reading.connection)

        def answer(person: int, conversation_id: int = conversation_id, seen: int = seen) -> bool:
            actor = (clinic.agent, clinic.rival)[person]
            try:
                clinic.answer(conversation_id, f"{person} answers {conversation_id}", actor, base_seq=seen)
            except Conflict:
                return False
            return True

        sent = together(2, answer)
        assert any(sent)
        twice += all(sent)
    return twice


def test_one_of_two_simultaneous_replies_leaves(clinic: Clinic) -> None:
    assert answered_twice(clinic) == 0
    assert len(clinic.messages("out")) == ROUNDS


def test_without_the_check_both_would_leave(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "_refuse_if_newer", lambda *_: None)
    assert answered_twice(clinic) > 0
