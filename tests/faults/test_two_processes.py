"""Two processes, each with ids of its own, continue one conversation by turns: what is read in the order of ids is in
the order in which it happened."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from inbox import watch
from inbox.clock import utc_now
from inbox.store import tables as t
from inbox.store.database import Transaction
from tests.faults.clinic import Clinic
from tests.faults.test_killed_watch import broken


def unreadable(clinic: Clinic) -> int:
    """How many deadlines this process could not note in the ledgers that another one began with later ids."""
    with clinic.shifted(-timedelta(days=3)) as other:
        clinic.land(3, other)
    due = len(clinic.all(select(t.clocks.c.id).where(t.clocks.c.state == "running", t.clocks.c.due_at < utc_now())))
    watch.tick(clinic.house)
    return due - len(broken(clinic))


def test_a_ledger_is_continued_above_what_stands_in_it(clinic: Clinic) -> None:
    assert unreadable(clinic) == 0


def test_numbers_from_blocks_alone_break_it(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Transaction, "outrank", lambda _: None)
    assert unreadable(clinic) > 0
