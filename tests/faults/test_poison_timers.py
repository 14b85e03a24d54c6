"""Timers whose effect raises, more than one look takes: the others fire in the same second."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from inbox import watch
from inbox.house import House
from inbox.practice import Practice
from inbox.promise import Ledger
from inbox.store.database import Transaction
from tests.faults.clinic import Clinic
from tests.faults.test_killed_watch import broken

POISONED = watch.BATCH + 3


class Poison(Exception):
    """What the effect of a poisoned row raises."""


def fire_all(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Fires all that is due, the poisoned first; answers how many others there were and how many fired."""
    with clinic.shifted(-timedelta(days=3)) as earlier:
        conversations = clinic.land(POISONED + 3, earlier)
    poisoned = set(conversations[:POISONED])
    real = watch.Ledger

    def ledger(unit: Transaction, practice: Practice, conversation_id: int) -> Ledger:
        if conversation_id in poisoned:
            raise Poison
        return real(unit, practice, conversation_id)

    monkeypatch.setattr(watch, "Ledger", ledger)
    for _ in range(12):
        watch.tick(clinic.house)
    return 2 * 3, len(broken(clinic))


def test_poisoned_rows_do_not_hold_the_others(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    others, fired = fire_all(clinic, monkeypatch)
    assert fired == others


def test_without_a_catch_nobody_fires(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    def fire(house: House, act: Any, rows: list[Row[Any]]) -> int:
        with house.database.transaction() as unit:
            return sum(act(unit, house, row) for row in rows)

    monkeypatch.setattr(watch, "_fire", fire)
    with pytest.raises(Poison):
        fire_all(clinic, monkeypatch)
    assert broken(clinic) == []
