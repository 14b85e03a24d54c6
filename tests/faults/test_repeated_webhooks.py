"""The carrier's words three times each and in any order, handled at once by several hands: one end state."""

import random
from collections import Counter

import pytest

from inbox import dispatch, intake, worker
from tests.faults.clinic import Clinic, together

SEED, REPLIES = 11, 8
SAID = ("queued", "sent", "delivered", "undelivered")


def end_states(clinic: Clinic, seed: int) -> Counter[str]:
    """What becomes of replies whose receipts come three times, shuffled, to three hands."""
    for number, conversation_id in enumerate(clinic.land(REPLIES)):
        clinic.answer(conversation_id, f"Reply {number}")
    worker.work_off(clinic.house, "outbound")
    said = [one for message in clinic.messages("out") for one in clinic.receipts(message, *SAID)]
    shuffled = [one for _ in range(3) for one in said]
    random.Random(seed).shuffle(shuffled)
    for start in range(0, len(shuffled), 16):
        intake.store(clinic.house, shuffled[start : start + 16])
        together(3, lambda _: worker.work_off(clinic.house, "inbound", limit=2))
    return Counter(clinic.statuses().values())


def test_any_order_ends_in_the_same_state(clinic: Clinic) -> None:
    assert end_states(clinic, SEED) == {"delivered": REPLIES}
    assert [job.last_error for job in clinic.waiting("inbound")] == []


def test_the_last_word_would_depend_on_the_order(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "rises", lambda old, new: True)
    assert end_states(clinic, SEED) != {"delivered": REPLIES}
